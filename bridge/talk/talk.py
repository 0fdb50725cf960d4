"""All conversations of this server."""

import asyncio
from dataclasses import replace
from types import TracebackType
from typing import Self

from bridge.session.session import Session
from bridge.talk.conversation import Conversation
from bridge.talk.dialogs import Dialogs
from bridge.talk.hearing import Recognition
from bridge.talk.host import Host
from bridge.talk.mouths import Mouths
from bridge.talk.partner import Partners
from bridge.talk.recorder import Recorder
from bridge.talk.voice_microphone import voice_opener


class Talk:
    """An async context manager; leaving it ends all chats and releases the dialogs and the voices.

    A `recorder` writes down all; without `mouths` the cloud's voice speaks everywhere; `means` is what people are heard
    with, `partners` are the voice models, which hear by themselves.
    """

    def __init__(
        self,
        dialogs: Dialogs,
        recorder: Recorder | None = None,
        *,
        mouths: Mouths | None = None,
        means: Recognition | None = None,
        partners: Partners | None = None,
    ) -> None:
        self.dialogs = dialogs
        self._recorder = recorder
        self._mouths = mouths or Mouths()
        self._means = means
        self._partners = partners
        self._conversations: dict[str, Conversation] = {}
        self._hosts: dict[str, Host] = {}
        self._tasks = asyncio.TaskGroup()
        self._owner: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        began = asyncio.Event()
        self._owner = asyncio.create_task(self._own_tasks(began), name="talk")
        await began.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End all chats and release the dialogs. May be called twice."""
        for host in self._hosts.values():
            host.close()
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.cancel()
            await asyncio.wait({owner})
        await self.dialogs.aclose()
        await self._mouths.aclose()
        if self._means is not None:
            await self._means.recognizer.aclose()
        if self._partners is not None:
            await self._partners.aclose()

    def listens(self, session: Session) -> bool:
        """Whether a microphone may be opened for a conversation in `session`."""
        wish = session.new
        return self._means is not None or self.dialogs.part(wish.dialog, wish.avatar, wish.mode).by_voice

    def of(self, session: Session) -> Conversation:
        """Return the conversation in `session`, which begins with the first call."""
        conversation = self._conversations.get(session.session_id)
        if conversation is None:
            self._forget_ended()
            part = self.dialogs.part(session.new.dialog, session.new.avatar, session.new.mode)
            opener, mouth = voice_opener(session, self._tasks), self._mouths.of(session, self._tasks)
            means = self._means
            if part.by_voice and self._partners is not None:
                partner = self._partners.of(session, part.persona, mouth, self._tasks)
                part, mouth, means = replace(part, aloud=partner.aloud), partner.mouth, Recognition(partner.model)
            conversation = Conversation(session, part, self._tasks, opener, mouth, means)
            self._conversations[session.session_id] = conversation
            if self._recorder is not None:
                self._recorder.follow(session.feed)
        return conversation

    def host(self, session: Session) -> Host:
        """Return the script and the audience of `session`, empty at the first call."""
        conversation = self.of(session)
        host = self._hosts.get(session.session_id)
        if host is None:
            host = self._hosts[session.session_id] = Host(conversation, self._tasks)
        return host

    def reset(self, session: Session) -> None:
        """Forget the people in front of `session`: what they said and wrote, and the script that is for them."""
        if session.session_id in self._hosts:
            self._hosts[session.session_id].forget()
        self.of(session).reset()

    def _forget_ended(self) -> None:
        ended = [key for key, conversation in self._conversations.items() if conversation.session.is_over]
        for key in ended:
            del self._conversations[key]
            if (host := self._hosts.pop(key, None)) is not None:
                host.close()

    async def _own_tasks(self, began: asyncio.Event) -> None:
        async with self._tasks:
            began.set()
            await asyncio.Event().wait()  # until cancelled, and all chats with it

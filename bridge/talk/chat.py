"""One question and its answer, as those follow it who asked: from its beginning, whenever they come."""

import asyncio

import msgspec

from bridge.session.events import Problem, UtteranceStatus


class Accepted(msgspec.Struct, frozen=True):
    """The question was taken; the answer is this utterance."""

    utterance_id: str


class Delta(msgspec.Struct, frozen=True):
    """The next piece of the answer, as it will be spoken."""

    text: str


class Ended(msgspec.Struct, frozen=True):
    """The answer's utterance reached its end; `heard` is what of it was really spoken."""

    utterance_id: str
    status: UtteranceStatus
    heard: str | None


class Failed(msgspec.Struct, frozen=True):
    """The dialog or the cloud did not do its part; `end` still follows."""

    problem: Problem


ChatEvent = Accepted | Delta | Ended | Failed


class Chat:
    """The events of one exchange; begins with Accepted and ends with Ended, and nothing is lost for late readers."""

    def __init__(self, utterance_id: str) -> None:
        self.utterance_id = utterance_id
        self.over = asyncio.Event()
        self._events: list[ChatEvent] = [Accepted(utterance_id)]
        self._changed = asyncio.Event()

    @property
    def failed(self) -> bool:
        """Whether an error was told."""
        return any(isinstance(event, Failed) for event in self._events)

    def add(self, event: ChatEvent) -> None:
        """Tell the next event."""
        self._events.append(event)
        if isinstance(event, Ended):
            self.over.set()
        self._changed.set()
        self._changed = asyncio.Event()

    def read(self) -> "ChatReader":
        """Return an iterator over all events, those to come too; its `__anext__` may be cancelled."""
        return ChatReader(self)

    async def event(self, number: int) -> ChatEvent | None:
        """Return event `number` (from 0) once it is there, or None if the chat ended before."""
        while number >= len(self._events):
            if self.over.is_set():
                return None
            await self._changed.wait()
        return self._events[number]


class ChatReader:
    """Iterates over the events of a chat."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self._number = 0

    def __aiter__(self) -> "ChatReader":
        return self

    async def __anext__(self) -> ChatEvent:
        event = await self._chat.event(self._number)
        if event is None:
            raise StopAsyncIteration
        self._number += 1
        return event

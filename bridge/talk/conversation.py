"""What is said in one session: texts as they are given, and questions that its dialog answers."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from typing import Literal

import structlog

from bridge.errors import ModeMismatch, NoVoice
from bridge.session.estimate import SpeechRate
from bridge.session.events import (
    Event,
    Interrupted,
    InterruptSource,
    SentenceChanged,
    Transcript,
    TurnChanged,
    TurnState,
    UtteranceChanged,
    UtteranceStatus,
)
from bridge.session.session import Session
from bridge.talk.chat import Chat, Ended, Failed
from bridge.talk.cloud_exchange import CloudExchange, checked
from bridge.talk.dialogs import Part, Words
from bridge.talk.exchange import Exchange
from bridge.talk.floor import Floor
from bridge.talk.media import MediaReports
from bridge.talk.mouth import CloudMouth, Mouth
from bridge.talk.source import TextSource
from bridge.talk.stages import Stages
from bridge.talk.voice import VoiceFormat, VoiceOpener, VoiceSink
from bridge.talk.voice_playing import Manner, Playing, begin
from dialog.history import History
from dialog.timeline import Outcome

log = structlog.stdlib.get_logger("bridge.talk")


class Conversation:
    """Speaks in one session. At most one question is being answered; a new one interrupts it.

    Chats run as tasks of `tasks`, whose owner ends them.
    """

    def __init__(
        self,
        session: Session,
        part: Part,
        tasks: asyncio.TaskGroup,
        open_voice: VoiceOpener | None = None,
        mouth: Mouth | None = None,
    ) -> None:
        self.session = session
        self._mouth = mouth or CloudMouth(session)
        self.media = MediaReports()
        self.floor = Floor()
        self._open_voice = open_voice
        self._part = part
        self._words = Words(part.persona)
        self._rate = SpeechRate()
        self._tasks = tasks
        self._stages = Stages(session, self.media, tasks)
        self._history = History(interrupted=part.persona.phrases().interrupted)
        self._current: Exchange | None = None
        self._running: list[Exchange] = []
        self._turns = 0
        self._visitor = uuid.uuid4().hex
        session.follow(self._follow)

    def say(self, text: str, *, interrupt: bool = False, ref: str | None = None) -> str:
        """Have `text` spoken as it is; return the utterance's id. Raises SessionEnded, QueueFull."""
        source = self.open_text(interrupt=interrupt, ref=ref)
        source.feed(text)
        source.end()
        return source.utterance_id

    def open_text(self, *, interrupt: bool = False, ref: str | None = None) -> TextSource:
        """Begin a text that arrives in pieces. Raises as `say`."""
        self.session.touch()
        utterance_id = self._mouth.open(interrupt=interrupt, by="api", ref=ref)
        if interrupt:
            self._cut_tail()
        return TextSource(self._mouth, utterance_id)

    def voice(self, wanted: VoiceFormat) -> VoiceSink:
        """Begin to listen to a microphone.

        Raises ModeMismatch where the avatar cannot speak with a voice from outside, NoVoice, SessionEnded.
        """
        self.session.touch()
        if wanted.purpose == "drive" and self.session.new.mode != "audio":
            raise ModeMismatch("this session is for text; create one with mode audio to speak with your own voice")
        if self._open_voice is None:
            raise NoVoice("this server does not listen to microphones")
        return self._open_voice(wanted)

    async def play(self, pieces: AsyncIterator[bytes], manner: Manner) -> Playing:
        """Have a file of sound spoken that arrives in `pieces`; return once its first sound is there.

        Raises ModeMismatch, SessionEnded, QueueFull, AudioUnusable, and what the pieces raise.
        """
        self.session.touch()
        return await begin(self.session, pieces, manner, self._tasks)

    def chat(self, message: str) -> Chat:
        """Ask the dialog and have its answer spoken; whatever is being said is interrupted.

        Raises SessionEnded, QueueFull, InvalidRequest for what the cloud's own dialog cannot be asked; what fails later
        is told by the chat.
        """
        self.session.touch()
        exchange = self._open(message)
        utterance_id = exchange.chat.utterance_id
        self._cut_tail()
        previous, self._current = self._current, exchange
        if previous is not None and not previous.chat.over.is_set():
            if previous.producer is not None:
                previous.producer.cancel()
            self._turn("interrupted")
        self.session.emit(Transcript(who="user", text=message, final=True))
        self._turn("thinking")
        self._running.append(exchange)
        self._tasks.create_task(self._run(exchange, previous), name=f"chat-{utterance_id}")
        if isinstance(exchange, CloudExchange):
            exchange.ask(self._visitor)
        return exchange.chat

    def _open(self, message: str) -> Exchange:
        """Begin an answer. Raises as `chat`."""
        self._turns += 1
        rest = self._words, self._rate, message
        if self._part.by_cloud:
            checked(message)
            chat = Chat(self.session.open_utterance("text", interrupt=True, by="text"))
            return CloudExchange(self.session, CloudMouth(self.session), *rest, chat, self._turns)
        chat = Chat(self._mouth.open(interrupt=True, by="text", excuse=lambda: self._words.apology(message)))
        return Exchange(self.session, self._mouth, *rest, chat, self._turns)

    def interrupt(self, scope: Literal["all", "current"], by: InterruptSource) -> tuple[str, ...]:
        """Stop what is being said, and with "all" what waits; return the ids. What still sounds is heard no further."""
        self.session.touch()
        self._cut_tail()
        return self.session.interrupt(scope, by)

    def reset(self) -> None:
        """Forget the person: stop what is said or waits to be said, and clear the history and the event log."""
        self.interrupt("all", "api")
        self._history.clear()
        self._visitor = uuid.uuid4().hex
        for exchange in self._running:
            exchange.forgotten = True
        self.session.forget()

    async def _run(self, exchange: Exchange, previous: Exchange | None) -> None:
        """See one exchange through; no error of it may reach the tasks beside it."""
        try:
            if previous is not None:
                # Only its end tells what was heard, which is all that the history may hold.
                await previous.chat.over.wait()
            await self._answer(exchange)
        except Exception:
            log.exception("chat_broken", session_id=self.session.session_id)
            self.session.finish(exchange.chat.utterance_id)
        finally:
            self._running.remove(exchange)
            if not exchange.chat.over.is_set():
                exchange.chat.add(Ended(exchange.chat.utterance_id, "failed", None))

    async def _answer(self, exchange: Exchange) -> None:
        chat, session = exchange.chat, self.session
        said = self._history.messages()
        exchange.turn = self._history.ask(exchange.message) if session.is_open(chat.utterance_id) else 0
        async with asyncio.TaskGroup() as group:
            exchange.producer = group.create_task(exchange.produce(self._part.dialog, said))
            tasks = [exchange.producer, group.create_task(self._tell_speaking(exchange))]
            if self._part.takes_time:
                tasks.append(group.create_task(exchange.fill()))
            outcome = await session.wait(chat.utterance_id, "ended")
            for task in tasks:
                task.cancel()
        self._remember(exchange)
        heard = exchange.what_was_heard()
        if not exchange.forgotten:
            session.emit(Transcript(who="assistant", text=exchange.text, final=True, heard=heard))
        if outcome.error is not None and not chat.failed:
            chat.add(Failed(outcome.error))
        chat.add(Ended(chat.utterance_id, outcome.status, heard))
        self._stages.over(chat.utterance_id, exchange.timeline, _outcome(exchange.status))
        if self._current is exchange:
            if outcome.status == "interrupted":
                self._turn("interrupted")
            self._turn("idle")

    def _follow(self, event: Event, now: float) -> None:
        """Let the exchanges know what became of them."""
        if isinstance(event, SentenceChanged | UtteranceChanged | Interrupted):
            delay_s = self._delay_s()
            for exchange in self._running:
                exchange.receive(event, now, delay_s)

    def _delay_s(self) -> float:
        play = self.session.play
        return self.media.delay_s(play.delay_ms if play else 0)

    def _cut_tail(self) -> None:
        """Take note that of the last answer, which the cloud has said but players still play, no more is heard."""
        last = self._current
        if last is None or last.status != "ended" or self.media.is_silent(last.chat.utterance_id):
            return
        last.cut(time.monotonic() - self._delay_s())
        if last.chat.over.is_set() and last.was_cut:
            self._remember(last)

    def _remember(self, exchange: Exchange) -> None:
        """Keep what the next answer may know of this one. An apology is no answer."""
        if exchange.was_cut and not exchange.apology:
            self._history.interrupt(exchange.turn, exchange.what_was_heard().rstrip())
        else:
            self._history.answer(exchange.turn, "" if exchange.apology else exchange.what_was_heard().rstrip())

    async def _tell_speaking(self, exchange: Exchange) -> None:
        outcome = await self.session.wait(exchange.chat.utterance_id, "started")
        if outcome.status == "started" and self._current is exchange:
            self._turn("speaking")

    def _turn(self, turn: TurnState) -> None:
        self.session.emit(TurnChanged(turn=turn))


def _outcome(status: UtteranceStatus) -> Outcome:
    return status if status == "ended" or status == "interrupted" else "failed"

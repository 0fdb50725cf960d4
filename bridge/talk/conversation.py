"""What is said in one session: texts as they are given, and questions that its dialog answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog

from bridge.errors import DialogFailed, ModeMismatch, NoVoice
from bridge.session.events import Problem, Transcript, TurnChanged, TurnState
from bridge.session.session import Session
from bridge.talk.chat import Chat, Delta, Ended, Failed
from bridge.talk.dialogs import Apologies, Part
from bridge.talk.floor import Floor
from bridge.talk.media import MediaReports
from bridge.talk.source import TextSource
from bridge.talk.voice import VoiceFormat, VoiceOpener, VoiceSink
from bridge.talk.voice_playing import Manner, Playing, begin
from dialog.errors import DialogError
from dialog.history import History
from dialog.protocol import Message
from dialog.segment import Segmenter
from dialog.speakable import Speakable

log = structlog.stdlib.get_logger("bridge.talk")

MAX_ANSWER = 64 * 1024
"""Characters of an answer; a dialog that goes on is stopped there."""


@dataclass(slots=True)
class _Exchange:
    """A question on its way to an answer."""

    message: str
    chat: Chat
    forgotten: bool = False
    speakable: Speakable = field(default_factory=Speakable)
    segmenter: Segmenter = field(default_factory=Segmenter)
    text: list[str] = field(default_factory=list[str])
    size: int = 0
    spoken: bool = False
    apology: bool = False
    producer: asyncio.Task[None] | None = None


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
    ) -> None:
        self.session = session
        self.media = MediaReports()
        self.floor = Floor()
        self._open_voice = open_voice
        self._dialog = part.dialog
        self._apologies = Apologies(part.persona)
        self._tasks = tasks
        self._history = History(interrupted=part.persona.phrases().interrupted)
        self._current: _Exchange | None = None
        self._running: list[_Exchange] = []

    def say(self, text: str, *, interrupt: bool = False, ref: str | None = None) -> str:
        """Have `text` spoken as it is; return the utterance's id. Raises SessionEnded, QueueFull."""
        self.session.touch()
        utterance_id = self.session.open_utterance("stream", interrupt=interrupt, by="api", ref=ref)
        source = TextSource(self.session, utterance_id)
        source.feed(text)
        source.end()
        return utterance_id

    def open_text(self, *, interrupt: bool = False, ref: str | None = None) -> TextSource:
        """Begin a text that arrives in pieces. Raises as `say`."""
        self.session.touch()
        utterance_id = self.session.open_utterance("stream", interrupt=interrupt, by="api", ref=ref)
        return TextSource(self.session, utterance_id)

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

        Raises SessionEnded, QueueFull; what fails later is told by the chat.
        """
        self.session.touch()
        utterance_id = self.session.open_utterance("stream", interrupt=True, by="text")
        exchange = _Exchange(message, Chat(utterance_id))
        previous, self._current = self._current, exchange
        if previous is not None and not previous.chat.over.is_set():
            if previous.producer is not None:
                previous.producer.cancel()
            self._turn("interrupted")
        self.session.emit(Transcript(who="user", text=message, final=True))
        self._turn("thinking")
        self._running.append(exchange)
        self._tasks.create_task(self._run(exchange, previous), name=f"chat-{utterance_id}")
        return exchange.chat

    def reset(self) -> None:
        """Forget the person: stop what is said or waits to be said, and clear the history and the event log."""
        self.session.touch()
        self.session.interrupt("all", "api")
        self._history.clear()
        for exchange in self._running:
            exchange.forgotten = True
        self.session.log.forget()

    async def _run(self, exchange: _Exchange, previous: _Exchange | None) -> None:
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

    async def _answer(self, exchange: _Exchange) -> None:
        chat, session = exchange.chat, self.session
        said = self._history.messages()
        turn = self._history.ask(exchange.message) if session.is_open(chat.utterance_id) else 0
        async with asyncio.TaskGroup() as group:
            exchange.producer = group.create_task(self._produce(exchange, said))
            speaking = group.create_task(self._tell_speaking(exchange))
            outcome = await session.wait(chat.utterance_id, "ended")
            exchange.producer.cancel()
            speaking.cancel()
        self._history.answer(turn, "" if exchange.apology else outcome.heard or "")
        if not exchange.forgotten:
            session.emit(Transcript(who="assistant", text="".join(exchange.text), final=True, heard=outcome.heard))
        if outcome.error is not None and not chat.failed:
            chat.add(Failed(outcome.error))
        chat.add(Ended(chat.utterance_id, outcome.status, outcome.heard))
        if self._current is exchange:
            if outcome.status == "interrupted":
                self._turn("interrupted")
            self._turn("idle")

    async def _tell_speaking(self, exchange: _Exchange) -> None:
        outcome = await self.session.wait(exchange.chat.utterance_id, "started")
        if outcome.status == "started" and self._current is exchange:
            self._turn("speaking")

    async def _produce(self, exchange: _Exchange, said: tuple[Message, ...]) -> None:
        """Fill the utterance with the dialog's answer, and close it whatever happens."""
        utterance_id = exchange.chat.utterance_id
        problem: Problem | None = None
        try:
            await self._stream(exchange, said)
        except DialogError as error:
            log.warning("dialog_failed", session_id=self.session.session_id, code=error.code, error=str(error))
            problem = Problem(error.code, str(error), error.retryable)
        except Exception:
            log.exception("dialog_broken", session_id=self.session.session_id)
            problem = _problem("the dialog failed unexpectedly; the log has more")
        if not self.session.is_open(utterance_id):
            return
        self._speak(exchange, exchange.speakable.finish(), last=True)
        if not exchange.spoken and problem is None:
            problem = _problem("the dialog gave no answer that can be spoken; ask again")
        if problem is not None:
            exchange.chat.add(Failed(problem))
        if not exchange.spoken:
            problem, exchange.apology = None, True
            self._speak(exchange, self._apologies.of(exchange.message), last=True)
        self.session.finish(utterance_id, problem)

    async def _stream(self, exchange: _Exchange, said: tuple[Message, ...]) -> None:
        async with contextlib.aclosing(self._dialog.answer(said, exchange.message)) as tokens:
            async for token in tokens:
                if not self.session.is_open(exchange.chat.utterance_id):
                    return  # interrupted: nobody wants the rest
                self._speak(exchange, exchange.speakable.feed(token))
                if exchange.size > MAX_ANSWER:
                    log.warning("dialog_answer_cut", session_id=self.session.session_id, characters=MAX_ANSWER)
                    return

    def _speak(self, exchange: _Exchange, text: str, *, last: bool = False) -> None:
        """Hand on a piece of the answer: to those who asked as it is, to the avatar and the watchers in clauses."""
        if text:
            exchange.text.append(text)
            exchange.size += len(text)
            exchange.chat.add(Delta(text))
        clauses = exchange.segmenter.feed(text)
        if last:
            clauses += exchange.segmenter.finish()
        for clause in clauses:
            exchange.spoken = True
            self.session.emit(Transcript(who="assistant", delta=clause, final=False))
            self.session.push(exchange.chat.utterance_id, clause)

    def _turn(self, turn: TurnState) -> None:
        self.session.emit(TurnChanged(turn=turn))


def _problem(message: str) -> Problem:
    return Problem(DialogFailed.code, message, DialogFailed.retryable)

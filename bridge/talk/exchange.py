"""One question and its answer, on the way from the dialog to the avatar."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import structlog

from bridge.errors import DialogFailed
from bridge.session.estimate import SpeechRate
from bridge.session.events import (
    Event,
    Interrupted,
    Problem,
    SentenceChanged,
    Transcript,
    UtteranceChanged,
    UtteranceStatus,
)
from bridge.session.session import Session
from bridge.talk.chat import Chat, Delta, Failed
from bridge.talk.dialogs import Words
from bridge.talk.heard import Heard
from bridge.talk.mouth import Mouth
from dialog.errors import DialogError
from dialog.protocol import Dialog, Message
from dialog.segment import Segmenter
from dialog.speakable import Speakable
from dialog.timeline import Stage, Timeline

log = structlog.stdlib.get_logger("bridge.talk")

MAX_ANSWER = 64 * 1024
"""Characters of an answer; a dialog that goes on is stopped there."""


class Exchange:
    """Fills one utterance with the answer to `message`, and knows what of it was heard."""

    def __init__(
        self,
        session: Session,
        mouth: Mouth,
        words: Words,
        rate: SpeechRate,
        message: str,
        chat: Chat,
        number: int,
        first_token: Callable[[], None] = lambda: None,
    ) -> None:
        """Begin turn `number`; `first_token` is called when the dialog has begun to answer, or has failed."""
        self.number = number
        self.message = message
        self.chat = chat
        self.heard = Heard(rate, lambda number: mouth.seconds(chat.utterance_id, number))
        self.timeline = Timeline(number)
        self.turn = 0
        self.forgotten = False
        self.apology = False
        self.status: UtteranceStatus = "queued"
        self.producer: asyncio.Task[None] | None = None
        self._session = session
        self._mouth = mouth
        self._words = words
        self._speakable = Speakable()
        self._segmenter = Segmenter()
        self._text: list[str] = []
        self._size = 0
        self._spoken = False
        self._answered = False
        self._first_token = first_token
        self._ended_at = float("inf")
        self._cut_at: float | None = None
        self.timeline.mark(Stage.TRANSCRIPT, time.monotonic())

    # What became of it.

    def receive(self, event: Event, now: float, delay_s: float) -> None:
        """Take an event of the session; `delay_s` is how far the players are behind the cloud."""
        utterance_id = self.chat.utterance_id
        match event:
            case SentenceChanged(utterance_id=whose) if whose == utterance_id:
                self.heard.clause(event.seq, event.text, event.status, now)
            case UtteranceChanged(utterance_id=whose) if whose == utterance_id:
                self._entered(event.status, now)
            case Interrupted(utterance_ids=ids) if utterance_id in ids:
                self.cut(now - delay_s)
            case _:
                pass

    def cut(self, at: float) -> None:
        """Take note that nothing was heard after `at`; the first cut counts."""
        self._cut_at = at if self._cut_at is None else self._cut_at

    @property
    def was_cut(self) -> bool:
        """Whether the person did not hear all that there was to say."""
        return self.status == "interrupted" or (self._cut_at is not None and self._cut_at < self._ended_at)

    @property
    def was_begun(self) -> bool:
        """Whether any of it was spoken."""
        return self.timeline.has(Stage.STARTED)

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._text)

    def what_was_heard(self) -> str:
        """Return what of the answer was heard, once it is over."""
        if self.was_cut:
            return self.heard.until(self._ended_at if self._cut_at is None else min(self._cut_at, self._ended_at))
        return self.heard.whole() if self.status == "ended" else self.heard.until(self._ended_at)

    def _entered(self, status: UtteranceStatus, now: float) -> None:
        self.status = status
        match status:
            case "sent":
                self.timeline.mark(Stage.FIRST_FRAGMENT, now)
            case "started":
                self.timeline.mark(Stage.STARTED, now)
                self.heard.began(now)
            case "ended" | "interrupted" | "failed":
                self.timeline.mark(Stage.ENDED, now)
                self._ended_at = now
            case _:
                pass

    # What is said.

    async def produce(self, dialog: Dialog, said: Sequence[Message]) -> None:
        """Fill the utterance with the dialog's answer, and close it whatever happens."""
        utterance_id = self.chat.utterance_id
        problem: Problem | None = None
        try:
            await self._stream(dialog, said)
        except DialogError as error:
            log.warning("dialog_failed", session_id=self._session.session_id, code=error.code, error=str(error))
            problem = Problem(error.code, str(error), error.retryable)
        except Exception:
            log.exception("dialog_broken", session_id=self._session.session_id)
            problem = _problem("the dialog failed unexpectedly; the log has more")
        self._begin_to_answer()
        if not self._mouth.is_open(utterance_id):
            return
        self._speak(self._speakable.finish(), last=True)
        if not self._spoken and problem is None:
            problem = _problem("the dialog gave no answer that can be spoken; ask again")
            log.warning("dialog_failed", session_id=self._session.session_id, code=problem.code, error=problem.message)
        if problem is not None:
            self._session.measures.dialog_failed(problem.code)
            self.chat.add(Failed(problem))
        if not self._spoken:
            problem, self.apology = None, True
            self._speak(self._words.apology(self.message), last=True)
        self._mouth.finish(utterance_id, problem)

    def fill(self, filler: str) -> None:
        """Bridge the silence before the answer, if it has not begun and the filler would be heard now."""
        utterance_id = self.chat.utterance_id
        live = self._session.snapshot().state == "live"
        if self._answered or not live or not self._mouth.is_open(utterance_id):
            return
        clause = f"{filler} " if filler[-1].isascii() else filler
        self.timeline.filled()
        self.heard.push(clause, aside=True)
        self._mouth.push(utterance_id, clause)

    def _begin_to_answer(self) -> None:
        if not self._answered:
            self._answered = True
            self._first_token()

    async def _stream(self, dialog: Dialog, said: Sequence[Message]) -> None:
        async with contextlib.aclosing(dialog.answer(said, self.message)) as tokens:
            async for token in tokens:
                self._begin_to_answer()
                self.timeline.mark(Stage.FIRST_TOKEN, time.monotonic())
                if not self._mouth.is_open(self.chat.utterance_id):
                    return  # interrupted: nobody wants the rest
                self._speak(self._speakable.feed(token))
                if self._size > MAX_ANSWER:
                    log.warning("dialog_answer_cut", session_id=self._session.session_id, characters=MAX_ANSWER)
                    return

    def _speak(self, text: str, *, last: bool = False) -> None:
        """Hand on a piece of the answer: to those who asked as it is, to the avatar and the watchers in clauses."""
        if text:
            self._text.append(text)
            self._size += len(text)
            self.chat.add(Delta(text))
        clauses = self._segmenter.feed(text)
        if last:
            clauses += self._segmenter.finish()
        for clause in clauses:
            self._spoken = True
            self.heard.push(clause)
            self._session.emit(Transcript(who="assistant", delta=clause, final=False))
            self._mouth.push(self.chat.utterance_id, clause)


def _problem(message: str) -> Problem:
    return Problem(DialogFailed.code, message, DialogFailed.retryable)

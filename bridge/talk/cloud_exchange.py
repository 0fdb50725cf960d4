"""One question that the cloud's own bot answers, and speaks by itself."""

import time
from collections.abc import Sequence

import structlog

from bridge.errors import InvalidRequest
from bridge.session.drives import Answered, Unanswered
from bridge.session.events import Transcript
from bridge.session.session import BotSays
from bridge.session.utterance import Question
from bridge.talk.chat import Delta, Failed
from bridge.talk.exchange import Exchange
from bridge.wire.commands import TEXT_BYTES
from dialog.protocol import Dialog, Message
from dialog.timeline import Stage

log = structlog.stdlib.get_logger("bridge.talk")


def checked(message: str) -> str:
    """Return `message` as it can be sent; half a surrogate pair becomes a question mark.

    Raises InvalidRequest above 4000 bytes (manual: "Text-driven Instructions").
    """
    encoded = message.encode("utf-8", "replace")
    if len(encoded) > TEXT_BYTES:
        raise InvalidRequest(f"the cloud's own dialog takes questions of at most {TEXT_BYTES} bytes; make it shorter")
    return encoded.decode()


class CloudExchange(Exchange):
    """Knows what the bot answers to `message`, which stands in an utterance of kind text, and what of it was heard."""

    def ask(self, visitor: str) -> None:
        """Ask the bot; `visitor` is what the person is called there."""
        self._session.ask(self.chat.utterance_id, Question(checked(self.message), visitor), self._hear)

    async def produce(self, dialog: Dialog, said: Sequence[Message]) -> None:
        """Do nothing: the answer comes by itself."""

    def what_was_heard(self) -> str:
        """Return what of the answer was heard, once it is over: nothing of one that was only shown."""
        return super().what_was_heard() if self.was_begun else ""

    def _hear(self, says: BotSays) -> None:
        if isinstance(says, Unanswered):
            self._apologise(says)
        elif not self.forgotten:
            self._show(says)

    def _show(self, answered: Answered) -> None:
        """Hand on the next words of the answer."""
        self._begin_to_answer()
        self.timeline.mark(Stage.FIRST_TOKEN, time.monotonic())
        self._text.append(answered.text)
        if answered.spoken:
            self.heard.push(answered.text)
        self.chat.add(Delta(answered.text))
        self._session.emit(Transcript(who="assistant", delta=answered.text, final=False))

    def _apologise(self, unanswered: Unanswered) -> None:
        """Say in place of an answer that there is none."""
        problem = unanswered.problem
        log.warning("dialog_failed", session_id=self._session.session_id, code=problem.code, error=problem.message)
        self._session.measures.dialog_failed(problem.code)
        self.chat.add(Failed(problem))
        self.apology = True
        self._speak(self._words.apology(self.message), last=True)
        self._mouth.finish(self.chat.utterance_id)

"""A text that is spoken while it still arrives."""

from typing import Protocol

from bridge.errors import SourceLost
from bridge.session.events import Problem
from bridge.session.progress import Progress
from dialog.segment import Segmenter
from dialog.speakable import Speakable

LOST = Problem(SourceLost.code, "the text stopped arriving before its end; what came of it was spoken")


class Stage(Protocol):
    """What of a session a text needs."""

    def push(self, utterance_id: str, clause: str, *, last: bool = False) -> None:
        """Add a clause."""
        ...

    def finish(self, utterance_id: str, error: Problem | None = None) -> None:
        """Say that no clause follows."""
        ...

    def is_open(self, utterance_id: str) -> bool:
        """Return whether the utterance still takes clauses."""
        ...

    def waiting(self, utterance_id: str) -> int:
        """Return how many characters wait to be sent."""
        ...

    @property
    def progress(self) -> Progress:
        """Tells of every change."""
        ...


class TextSource:
    """Cuts what arrives into clauses and has them spoken as one utterance.

    Whoever can wait awaits `room` before the next piece: then about 4096 characters wait to be spoken at most. Who
    cannot looks at `waiting`.
    """

    WAITING_MAX = 4096

    def __init__(self, stage: Stage, utterance_id: str) -> None:
        self.utterance_id = utterance_id
        self._stage = stage
        self._speakable: Speakable | None = None
        self._segmenter = Segmenter()

    @property
    def is_open(self) -> bool:
        """Whether it still makes sense to feed it."""
        return self._stage.is_open(self.utterance_id)

    @property
    def waiting(self) -> int:
        """How many characters wait to be spoken."""
        return self._stage.waiting(self.utterance_id)

    def feed(self, text: str, *, markdown: bool = False) -> None:
        """Take the next piece; it is ignored once the utterance has ended.

        With `markdown` it is a language model's, and is made speakable first.
        """
        if markdown:
            self._speakable = self._speakable or Speakable()
            text = self._speakable.feed(text)
        for clause in self._segmenter.feed(text):
            self._stage.push(self.utterance_id, clause)

    async def room(self) -> None:
        """Return when there is room for more, or no more is wanted."""
        await self._stage.progress.until(lambda: not self.is_open or self.waiting < self.WAITING_MAX)

    def end(self) -> None:
        """Say that the text is complete."""
        clauses = self._rest()
        for number, clause in enumerate(clauses, 1):
            self._stage.push(self.utterance_id, clause, last=number == len(clauses))
        if not clauses:
            self._stage.finish(self.utterance_id)

    def lose(self, problem: Problem = LOST) -> None:
        """Say that the rest will not come: what came is spoken, then the utterance ends `failed`."""
        for clause in self._rest():
            self._stage.push(self.utterance_id, clause)
        self._stage.finish(self.utterance_id, problem)

    def _rest(self) -> list[str]:
        held = self._speakable.finish() if self._speakable is not None else ""
        return [*self._segmenter.feed(held), *self._segmenter.finish()]

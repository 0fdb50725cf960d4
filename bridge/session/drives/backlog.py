"""The utterances of a session that have not ended, in the order in which they are to speak. Pure."""

from bridge.errors import QueueFull, SourceLost
from bridge.session.drives.effects import Effect, Emit
from bridge.session.events import Problem, UtteranceKind, UtteranceStatus
from bridge.session.utterance import WAITING_TEXTS, Question, Utterance
from bridge.wire.commands import check_audio
from bridge.wire.text import fragments

MAX_WAITING = 16
SOURCE_LIMIT_S = 300.0
"""How long a text whose turn it is may wait for more of itself before those behind it get their turn."""
SOURCE_LOST = Problem(SourceLost.code, "nothing more of this text arrived for five minutes; what came was spoken")


class Backlog:
    """Takes what is to be said, cut into pieces of at most `text_bytes`; unknown ids and ended ones take no more."""

    def __init__(self, text_bytes: int) -> None:
        self._text_bytes = text_bytes
        self._open: dict[str, Utterance] = {}
        self._starving: tuple[Utterance, float] | None = None

    @property
    def all(self) -> list[Utterance]:
        """All of them, the speaking one first."""
        return list(self._open.values())

    def open(self, utterance_id: str, kind: UtteranceKind, ref: str | None) -> list[Effect]:
        """Accept an utterance. Raises QueueFull when 16 wait already."""
        if len(self._open) > MAX_WAITING:
            raise QueueFull(f"{MAX_WAITING} utterances wait already; wait for one to end, or interrupt")
        utterance = self._open[utterance_id] = Utterance(utterance_id, kind, ref)
        return [Emit(utterance.changed())]

    def push(self, utterance_id: str, clause: str, now: float, *, last: bool) -> bool:
        """Add a clause, and return whether it was taken.

        Raises QueueFull, and takes nothing, while 8192 clauses wait; ValueError for an utterance of sound.
        """
        utterance = self.taking(utterance_id)
        if utterance is None:
            return False
        if utterance.kind == "audio":
            raise ValueError("this utterance is sound; it takes frames")
        if len(utterance.waiting) >= WAITING_TEXTS:
            raise QueueFull(f"{WAITING_TEXTS} clauses of this utterance wait already; wait until some are said")
        if not utterance.waiting:
            utterance.waiting_since = now
        utterance.waiting.extend(fragments(clause, self._text_bytes))
        utterance.complete = last
        if self._starving is not None and self._starving[0] is utterance:
            self._starving = None
        return True

    def hold(self, utterance_id: str, frame: bytes) -> bool:
        """Add a frame of sound, and return whether it was taken; when 8 wait already the oldest is dropped.

        Raises ValueError for a frame that is empty, too long, or ends in the middle of a sample, and for an utterance
        of text.
        """
        if not frame:
            raise ValueError("a frame has sound; the empty one that ends a drive is sent by itself")
        check_audio(frame)
        utterance = self.taking(utterance_id)
        if utterance is None:
            return False
        if utterance.kind != "audio":
            raise ValueError("this utterance is text; it takes clauses")
        utterance.hold(frame)
        return True

    def ask(self, utterance_id: str, question: Question) -> bool:
        """Let an utterance be the cloud's answer to a question, and return whether it was taken."""
        utterance = self.taking(utterance_id)
        if utterance is None:
            return False
        utterance.question, utterance.complete = question, True
        return True

    def complete(self, utterance_id: str, error: Problem | None) -> bool:
        """Take note that nothing follows, and return whether that is news."""
        utterance = self._open.get(utterance_id)
        if utterance is None or utterance.complete:
            return False
        utterance.complete = True
        utterance.source_error = error
        return True

    def taking(self, utterance_id: str) -> Utterance | None:
        """Return the utterance if more of it may be given."""
        utterance = self._open.get(utterance_id)
        return utterance if utterance is not None and utterance.is_taking else None

    def next(self, busy: Utterance | None) -> Utterance | None:
        """Return the utterance that speaks after the one that is `busy`."""
        return next((u for u in self._open.values() if not u.interrupted and u is not busy), None)

    def end(self, utterance: Utterance, status: UtteranceStatus, error: Problem | None) -> list[Effect]:
        """Let an utterance reach its one end."""
        if utterance.is_over:
            return []
        utterance.status = status
        del self._open[utterance.utterance_id]
        return [Emit(utterance.changed(error))]

    # A source that gives nothing more, and does not say so.

    def watch(self, speaking: Utterance | None, now: float) -> None:
        """Take note whose turn it is. Sound may be silent for as long as it likes."""
        if speaking is None or not speaking.is_taking or speaking.has_more or speaking.kind == "audio":
            self._starving = None
        elif self._starving is None or self._starving[0] is not speaking:
            self._starving = (speaking, now)

    def starved(self, now: float) -> Utterance | None:
        """Return the utterance that has waited too long for more of itself."""
        at = self.starved_at
        return self._starving[0] if self._starving is not None and at is not None and now >= at else None

    @property
    def starved_at(self) -> float | None:
        """When that will be."""
        return None if self._starving is None else self._starving[1] + SOURCE_LIMIT_S

"""What speaks the clauses of an answer: the cloud's voice, or one of our own."""

from collections.abc import Callable
from typing import Protocol

from bridge.session.events import InterruptSource, Problem
from bridge.session.progress import Progress
from bridge.session.session import Session

Excuse = Callable[[], str]
"""Finds what is said to a person in place of an utterance that no voice could speak."""


class Mouth(Protocol):
    """Speaks texts clause by clause in one session; the clauses of an utterance are numbered from 1 as they come."""

    @property
    def progress(self) -> Progress:
        """Tells of every change."""
        ...

    def open(
        self,
        *,
        interrupt: bool = False,
        by: InterruptSource = "api",
        ref: str | None = None,
        excuse: Excuse | None = None,
    ) -> str:
        """Accept an utterance and return its id. Raises SessionEnded, QueueFull.

        What `excuse` finds is said by another voice where the mouth's own fails before its first sound.
        """
        ...

    def push(self, utterance_id: str, clause: str, *, last: bool = False) -> None:
        """Add a clause, the `last` one perhaps; an utterance that has ended takes no more. Raises QueueFull."""
        ...

    def finish(self, utterance_id: str, error: Problem | None = None) -> None:
        """Say that no clause follows; with `error` the utterance ends `failed` after what came was spoken."""
        ...

    def is_open(self, utterance_id: str) -> bool:
        """Return whether the utterance still takes clauses."""
        ...

    def waiting(self, utterance_id: str) -> int:
        """Return how many characters wait to be spoken."""
        ...

    def seconds(self, utterance_id: str, number: int) -> float | None:
        """Return how long the sound of a clause is, or None where it is not known."""
        ...


class CloudMouth:
    """The voice that the cloud has for its avatar; it tells of each clause, but not how long it will take."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.progress = session.progress
        self.push = session.push
        self.finish = session.finish
        self.is_open = session.is_open
        self.waiting = session.waiting

    def open(
        self,
        *,
        interrupt: bool = False,
        by: InterruptSource = "api",
        ref: str | None = None,
        excuse: Excuse | None = None,
    ) -> str:
        """Accept an utterance and return its id. Raises SessionEnded, QueueFull."""
        return self._session.open_utterance("stream", interrupt=interrupt, by=by, ref=ref)

    def seconds(self, utterance_id: str, number: int) -> float | None:
        """Return None."""
        return None

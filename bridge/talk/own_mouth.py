"""A voice of our own: what is to be said is made into sound here, and the avatar's lips follow that."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from bridge.session.events import InterruptSource, Problem
from bridge.session.session import Session
from bridge.talk.mouth import Excuse, Mouth
from bridge.talk.own_speech import Speech

KEPT = 32
"""Utterances whose clauses' lengths are known; those that have not ended are 17 at most."""
S = TypeVar("S", bound=Speech)


class OwnMouth(Generic[S]):
    """A `Mouth` of a session of mode audio; `begin` returns the speech of an utterance, a task of `tasks` runs it.

    What it did not open itself is `other`'s. With `answers_only` so is all that has no excuse, and is no answer.
    """

    def __init__(
        self,
        session: Session,
        begin: Callable[[str, Excuse | None], S],
        tasks: asyncio.TaskGroup,
        other: Mouth,
        *,
        answers_only: bool = False,
    ) -> None:
        self.progress = session.progress
        self._session = session
        self._begin = begin
        self._tasks = tasks
        self._other = other
        self._answers_only = answers_only
        self._speeches: OrderedDict[str, S] = OrderedDict()

    def open(
        self,
        *,
        interrupt: bool = False,
        by: InterruptSource = "api",
        ref: str | None = None,
        excuse: Excuse | None = None,
    ) -> str:
        """Accept an utterance and return its id. Raises SessionEnded, QueueFull."""
        if self._answers_only and excuse is None:
            return self._other.open(interrupt=interrupt, by=by, ref=ref)
        utterance_id = self._session.open_utterance("audio", interrupt=interrupt, by=by, ref=ref)
        speech = self._speeches[utterance_id] = self._begin(utterance_id, excuse)
        if len(self._speeches) > KEPT:
            self._speeches.popitem(last=False)
        self._tasks.create_task(speech.run(), name=f"voice-{utterance_id}")
        return utterance_id

    def speech(self, utterance_id: str) -> S:
        """Return the speech of an utterance. Raises KeyError for one that is not its own, or was long ago."""
        return self._speeches[utterance_id]

    def push(self, utterance_id: str, clause: str, *, last: bool = False) -> None:
        """Add a clause, the `last` one perhaps; an utterance that has ended takes no more. Raises QueueFull."""
        if utterance_id not in self._speeches:
            self._other.push(utterance_id, clause, last=last)
        elif self.is_open(utterance_id):
            self._speeches[utterance_id].push(clause, last=last)

    def finish(self, utterance_id: str, error: Problem | None = None) -> None:
        """Say that no clause follows; with `error` the utterance ends `failed` after what came was spoken."""
        if utterance_id in self._speeches:
            self._speeches[utterance_id].finish(error)
        else:
            self._other.finish(utterance_id, error)

    def is_open(self, utterance_id: str) -> bool:
        """Return whether the utterance still takes clauses."""
        if utterance_id not in self._speeches:
            return self._other.is_open(utterance_id)
        return self._session.is_open(utterance_id) and not self._speeches[utterance_id].failed

    def waiting(self, utterance_id: str) -> int:
        """Return how many characters wait to be spoken."""
        if utterance_id not in self._speeches:
            return self._other.waiting(utterance_id)
        return self._speeches[utterance_id].waiting if self.is_open(utterance_id) else 0

    def seconds(self, utterance_id: str, number: int) -> float | None:
        """Return how long the sound of a clause is, or None while that is not known."""
        speech = self._speeches.get(utterance_id)
        return self._other.seconds(utterance_id, number) if speech is None else speech.seconds(number)

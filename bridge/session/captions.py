"""The words in the sound of an utterance, told as its sound is played. Pure.

The cloud plays a drive's frames from AudioStart on, as they come, and says nothing of words. Places in the sound are
counted in samples of the house format from the utterance's beginning; `now` is seconds of the caller's clock.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

RATE = 16_000
_EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True)
class Caption:
    """Clause `number` (from 1) begins or ends at a place in the sound."""

    number: int
    text: str
    status: Literal["started", "ended"]
    place: int


class Captions:
    """How far the sound of one utterance was played, and which of its clauses are to be told."""

    def __init__(self) -> None:
        self._waiting: deque[Caption] = deque()
        self._told: set[tuple[int, str]] = set()
        self._sent = 0
        self._played = 0.0
        self._playing_since: float | None = None

    def add(self, caption: Caption) -> None:
        """Take what is said where; to be called in the order of the places."""
        self._waiting.append(caption)

    def arrange(self, captions: Iterable[Caption]) -> None:
        """Take all that is said, in the order of the places, in place of what waits; what was told stays told."""
        self._waiting = deque(each for each in captions if (each.number, each.status) not in self._told)

    def sent(self, samples: int, now: float) -> None:
        """Take note that more sound was sent."""
        self._advance(now)
        self._sent += samples

    def started(self, now: float) -> None:
        """Take note that the cloud plays what it has."""
        if self._playing_since is None:
            self._playing_since = now

    def over(self, now: float) -> None:
        """Take note that the cloud has played all that was sent, and plays nothing until it starts again."""
        self._played, self._playing_since = self._sent, None

    def due(self, now: float) -> list[Caption]:
        """Return what was reached since the last call."""
        self._advance(now)
        reached: list[Caption] = []
        while self._waiting and self._has_begun and self._waiting[0].place <= self._played + _EPSILON_S * RATE:
            reached.append(self._waiting.popleft())
        self._told.update((each.number, each.status) for each in reached)
        return reached

    def next_deadline(self) -> float | None:
        """Return when `due` has something to return, or None until more sound was sent."""
        if self._playing_since is None or not self._waiting or self._waiting[0].place > self._sent:
            return None
        return self._playing_since + (self._waiting[0].place - self._played) / RATE

    @property
    def _has_begun(self) -> bool:
        return self._playing_since is not None or self._played > 0

    def _advance(self, now: float) -> None:
        """Play on; a cloud that has played all it has goes on with the next sound that comes."""
        if self._playing_since is not None:
            self._played = min(self._sent, self._played + max(0.0, now - self._playing_since) * RATE)
            self._playing_since = now

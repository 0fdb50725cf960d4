"""Remembers what was answered under which `Idempotency-Key`, so that a repeated request acts once. Pure."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

KEPT_S = 600.0
MAX_KEPT = 4096

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The request was answered before."""

    answer: T


@dataclass(frozen=True, slots=True)
class Running:
    """The same request is being answered at this moment."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key belongs to another request."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Nothing is known: the caller does the work and says `finish` or `forget`."""


@dataclass(slots=True)
class _Entry(Generic[T]):
    fingerprint: bytes
    since: float
    answer: Done[T] | None = None


class IdempotencyStore(Generic[T]):
    """Keeps answers for 10 minutes, at most `kept`; when it is full the oldest that is done is forgotten."""

    def __init__(self, kept: int = MAX_KEPT) -> None:
        self._kept = kept
        self._entries: OrderedDict[str, _Entry[T]] = OrderedDict()

    def begin(self, key: str, fingerprint: bytes, now: float) -> Done[T] | Running | Mismatch | Fresh:
        """Say what is known of a request; after `Fresh` it counts as running."""
        self._expire(now)
        entry = self._entries.get(key)
        if entry is None:
            self._entries[key] = _Entry(fingerprint, now)
            self._shrink()
            return Fresh()
        if entry.fingerprint != fingerprint:
            return Mismatch()
        return entry.answer or Running()

    def finish(self, key: str, answer: T, now: float) -> None:
        """Keep the answer of a request that was `Fresh`, for 10 minutes from `now`."""
        entry = self._entries[key]
        entry.answer, entry.since = Done(answer), now
        self._entries.move_to_end(key)

    def forget(self, key: str) -> None:
        """Take back a request that was `Fresh` and came to nothing: the next one is fresh again."""
        del self._entries[key]

    def forget_all(self, part: str) -> None:
        """Forget the answers under all keys that hold `part`."""
        for key in [key for key, entry in self._entries.items() if part in key and entry.answer is not None]:
            del self._entries[key]

    def _expire(self, now: float) -> None:
        expired: list[str] = []
        for key, entry in self._entries.items():
            if entry.answer is None:
                continue
            if entry.since > now - KEPT_S:
                break
            expired.append(key)
        for key in expired:
            del self._entries[key]

    def _shrink(self) -> None:
        if len(self._entries) > self._kept:
            oldest = next((key for key, entry in self._entries.items() if entry.answer is not None), None)
            if oldest is not None:
                del self._entries[oldest]

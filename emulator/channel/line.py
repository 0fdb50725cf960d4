"""One direction of a channel under faults: frames that vanish, come twice, or change places. PURE."""

from collections.abc import Iterable
from typing import Generic, Literal, TypeVar

Fate = Literal["go", "twice", "behind", "lose"]
"""What becomes of a frame, from the mildest to the worst."""

FATES: tuple[Fate, ...] = ("go", "twice", "behind", "lose")

T = TypeVar("T")


def worst(fates: Iterable[Fate]) -> Fate:
    """Return the worst of `fates`, `go` if there are none."""
    found: Fate = "go"
    for fate in fates:
        if FATES.index(fate) > FATES.index(found):
            found = fate
    return found


HOLD_SECONDS = 0.5
"""How long a frame waits for the next one; if none comes it goes on by itself."""


class Line(Generic[T]):
    """Frames in order, but for their fates; at most one frame waits for the next, for `HOLD_SECONDS`."""

    def __init__(self) -> None:
        self._held: T | None = None
        self._held_at = 0.0

    def next(self, item: T, fate: Fate, now: float) -> list[T]:
        """Return what goes on now that `item` has come."""
        if fate == "lose":
            return []
        held, self._held = self._held, item if fate == "behind" else None
        self._held_at = now
        going = {"go": [item], "twice": [item, item], "behind": []}[fate]
        return going if held is None else [*going, held]

    def tick(self, now: float) -> list[T]:
        """Return what has waited long enough."""
        held = self._held
        if held is None or now < self._held_at + HOLD_SECONDS:
            return []
        self._held = None
        return [held]

    def next_deadline(self) -> float | None:
        """Return when `tick` is to be called, None while nothing waits."""
        return None if self._held is None else self._held_at + HOLD_SECONDS

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


class Line(Generic[T]):
    """Frames in order, but for their fates; at most one frame waits for the next."""

    def __init__(self) -> None:
        self._held: T | None = None

    def next(self, item: T, fate: Fate) -> list[T]:
        """Return what goes on now that `item` has come."""
        if fate == "lose":
            return []
        held, self._held = self._held, item if fate == "behind" else None
        now = {"go": [item], "twice": [item, item], "behind": []}[fate]
        return now if held is None else [*now, held]

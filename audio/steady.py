"""Sound that may come faster than it is spoken, held back to the pace of a voice. Pure."""

from audio.pcm import HOUSE_RATE

CATCH_UP_S = 1.0
"""What came late may be made up for by so much: more would be dropped as a backlog of live sound."""
FASTER = 1.0005
"""A recorder at the other end may have a clock that is faster than ours: without this it would lag more and more."""


class Steady:
    """Says how long to hold each piece so that no more is let through than has been spoken meanwhile."""

    def __init__(self) -> None:
        self._due: float | None = None

    def hold(self, samples: int, now: float) -> float:
        """Return for how many seconds to hold the next piece of `samples` in the house format."""
        due = now if self._due is None else max(self._due, now - CATCH_UP_S)
        self._due = due + samples / HOUSE_RATE / FASTER
        return max(0.0, due - now)

"""When which sample of a microphone's stream arrived. Pure: seconds of the caller's clock."""

from collections import deque

from audio.pcm import HOUSE_RATE

KEPT_S = 5.0
"""Sound waits for the cloud no longer; what arrived before is forgotten."""


class Arrivals:
    """Counts the samples of a stream of `rate` a second, and keeps when each piece of the last five seconds came."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._count = 0
        self._pieces: deque[tuple[int, float]] = deque()

    def came(self, samples: int, now: float) -> None:
        """Take note that so many samples, of all channels each, came at `now`."""
        self._count += samples
        self._pieces.append((self._count, now))
        while self._pieces[0][1] < now - KEPT_S:
            self._pieces.popleft()

    def of(self, place: int) -> tuple[int, float]:
        """Return which sample of the stream stands at `place` of the house format, and when it came.

        A sample that is forgotten came when the oldest that is known did.
        """
        sample = place * self._rate // HOUSE_RATE
        came = next((at for end, at in self._pieces if sample < end), self._pieces[-1][1] if self._pieces else 0.0)
        return sample, came

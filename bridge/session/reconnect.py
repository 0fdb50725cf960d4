"""How long to wait before the channel is opened again: exponential backoff with full jitter, pure."""

FIRST_S = 0.25
CAP_S = 15.0


class Backoff:
    """Counts the attempts since the last success."""

    def __init__(self) -> None:
        self._attempts = 0

    def next(self, random: float) -> float:
        """Return the seconds until the next attempt, `random` (0…1) of a bound that doubles from 0.25 s to 15 s."""
        bound = min(CAP_S, FIRST_S * 2**self._attempts)
        self._attempts += 1
        return bound * random

    def reset(self) -> None:
        """Start again: an attempt has succeeded."""
        self._attempts = 0

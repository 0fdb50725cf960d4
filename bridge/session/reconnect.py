"""How long to wait before something is tried again: exponential backoff with full jitter. Pure."""

FIRST_S = 0.25
CAP_S = 15.0


class Backoff:
    """Counts the attempts since the last success; the first `free` of them wait for nothing."""

    def __init__(self, first_s: float = FIRST_S, cap_s: float = CAP_S, *, free: int = 0) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._free = free
        self._attempts = 0

    def next(self, random: float) -> float:
        """Return the seconds until the next attempt: `random` (0…1) of a bound that doubles up to its cap."""
        doublings = self._attempts - self._free
        self._attempts += 1
        if doublings < 0:
            return 0.0
        return random * min(self._cap_s, self._first_s * 2.0 ** min(doublings, 64))

    def reset(self) -> None:
        """Start again: an attempt has succeeded."""
        self._attempts = 0

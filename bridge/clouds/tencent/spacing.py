"""How long a call for a session must wait after the one before, pure."""


class Spacing:
    """Keeps calls with one key at least `interval_s` apart; keys are forgotten after that time."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_at: dict[str, float] = {}

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._next_at)

    def reserve(self, key: str, now: float) -> float:
        """Take the next free moment for `key` and return the seconds until then."""
        self._forget(now)
        at = max(now, self._next_at.pop(key, now))
        self._next_at[key] = at + self._interval_s
        return at - now

    def _forget(self, now: float) -> None:
        for key in [key for key, at in self._next_at.items() if at <= now]:
            del self._next_at[key]

"""Whether anybody still needs a session. Pure; seconds of the caller's clock."""

from dataclasses import dataclass

NEVER = (float("inf"), "")


@dataclass(slots=True)
class Lease:
    """A session is let go `linger_s` after the last attached client left, or `idle_s` without client or call.

    `max_s`, if given, ends it in any case.
    """

    linger_s: float
    idle_s: float
    max_s: float | None
    began: float
    attached: int = 0
    _touched: float = 0.0
    _left: float | None = None

    def __post_init__(self) -> None:
        self._touched = self.began

    def attach(self, now: float) -> None:
        """Count a client in."""
        self.attached += 1
        self._left = None
        self._touched = now

    def detach(self, now: float) -> None:
        """Count a client out."""
        self.attached -= 1
        self._touched = now
        if self.attached == 0:
            self._left = now

    def touch(self, now: float) -> None:
        """Take note of a call."""
        self._touched = now

    def ends(self) -> tuple[float, str]:
        """Return when the session is let go as things are, and why."""
        if self.attached and self.max_s is None:
            return NEVER
        ends: list[tuple[float, str]] = []
        if self.attached == 0:
            ends.append((self._touched + self.idle_s, "idle"))
        if self._left is not None:
            ends.append((self._left + self.linger_s, "nobody_there"))
        if self.max_s is not None:
            ends.append((self.began + self.max_s, "max_duration"))
        return min(ends, default=NEVER)

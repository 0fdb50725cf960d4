"""The time that calls are signed with: this machine's, or the cloud's where this machine's is too far off."""

from collections.abc import Callable

from bridge.errors import ClockSkew

MAX_SKEW_S = 300
"""A signature whose timestamp is further from the cloud's time is refused (manual: "Common Parameters")."""


class CloudClock:
    """Corrects `machine` (Unix seconds) by what the cloud's answers told."""

    def __init__(self, machine: Callable[[], float]) -> None:
        self._machine = machine
        self._offset = 0.0

    def now(self) -> float:
        """Return the time to sign with."""
        return self._machine() + self._offset

    def learn(self, signed_at: float, cloud_time: float) -> bool:
        """Take over the cloud's time if `signed_at` was too far from it, and return whether it was."""
        if abs(signed_at - cloud_time) <= MAX_SKEW_S:
            return False
        self._offset = cloud_time - self._machine()
        return True

    def skew(self, cloud_time: float) -> ClockSkew | None:
        """Return how far off this machine's own clock is, if that is too far."""
        skew = self._machine() - cloud_time
        if abs(skew) <= MAX_SKEW_S:
            return None
        way = "ahead of" if skew > 0 else "behind"
        return ClockSkew(
            f"this machine's clock is {abs(skew) / 60:.0f} minutes {way} the cloud's; "
            "set it (for example: timedatectl set-ntp true)"
        )

"""The clouds' clock: the machine's, moved by `clock_offset_s`."""

import time
from email.utils import formatdate

from emulator.limits import LimitsHolder


class Clock:
    """Wall time for signatures and Date headers; everything else runs on the monotonic clock."""

    def __init__(self, limits: LimitsHolder) -> None:
        self._limits = limits

    def time(self) -> float:
        """Return the clouds' idea of Unix time."""
        return time.time() + self._limits.current.clock_offset_s

    def date(self) -> str:
        """Return the value of a Date header."""
        return formatdate(self.time(), usegmt=True)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

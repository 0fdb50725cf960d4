"""How a created session becomes ready: at once, after some polls, or after some time. PURE."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["immediate", "polls", "seconds"]


@dataclass(frozen=True, slots=True)
class Transition:
    """The way to ready; `value` counts polls or seconds and means nothing for `immediate`."""

    mode: Mode = "seconds"
    value: float = 1.5


def parse(spec: str) -> Transition:
    """Return the transition written as `immediate`, `polls=N` or `seconds=S`; raises ValueError."""
    mode, _, value = spec.partition("=")
    if mode == "immediate" and not value:
        return Transition("immediate", 0)
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if mode == "polls" and number >= 0 and number.is_integer():
        return Transition("polls", number)
    if mode == "seconds" and 0 <= number <= 86_400:
        return Transition("seconds", number)
    raise ValueError(f"{spec!r} is no transition; write immediate, polls=N or seconds=S")


class Readiness:
    """One session on its way to ready; times are seconds of any one clock."""

    def __init__(self, transition: Transition, now: float) -> None:
        self._transition = transition
        self._created = now
        self._polls = 0

    def poll(self, now: float) -> bool:
        """Count one statsession; return whether the session is ready for it."""
        self._polls += 1
        return self.ready(now)

    def ready(self, now: float) -> bool:
        """Return whether the session is ready; with `polls=N` the N-th poll is the first to see it."""
        match self._transition.mode:
            case "immediate":
                return True
            case "polls":
                return self._polls >= self._transition.value
            case "seconds":
                return now - self._created >= self._transition.value

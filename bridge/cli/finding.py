"""What a check of `doctor` found."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """SKIPPED: not needed as things are set up."""

    GOOD = "good"
    BAD = "bad"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `advice` says what to do about it."""

    check: str
    outcome: Outcome
    detail: str
    advice: str = ""

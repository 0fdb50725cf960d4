"""What of an answer a person has really heard. Pure.

The cloud tells when each clause begins and ends. Within one its own length decides where that is known, otherwise, and
on a cloud that does not tell, the rate of the voice. `now` is seconds of the caller's clock.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bridge.session.estimate import NARROW_S, WIDE_S, SpeechRate
from dialog.graphemes import joined

_HANGUL = ("\uac00", "\ud7a3")


@dataclass(slots=True)
class _Clause:
    text: str
    aside: bool
    began: float | None = None
    ended: float | None = None


class Heard:
    """Follows the clauses of one utterance, which are numbered from 1; `rate` learns from what is measured.

    `seconds` tells how long the sound of a clause is, or None where nobody knows.
    """

    def __init__(self, rate: SpeechRate, seconds: Callable[[int], float | None] = lambda number: None) -> None:
        self._rate = rate
        self._seconds = seconds
        self._clauses: list[_Clause] = []
        self._began: float | None = None
        self._told = False

    def push(self, text: str, *, aside: bool = False) -> None:
        """Add a clause; an `aside` is spoken and is no part of the answer."""
        self._clauses.append(_Clause(text, aside))

    def began(self, now: float) -> None:
        """Take note that the cloud has begun to speak."""
        self._began = now

    def clause(self, number: int, text: str, status: Literal["started", "ended"], now: float) -> None:
        """Take what the cloud says of a clause; it is ignored where the cloud counts by other pieces than clauses."""
        if not 1 <= number <= len(self._clauses) or self._clauses[number - 1].text != text:
            return
        self._told = True
        clause = self._clauses[number - 1]
        for before in self._clauses[: number - 1]:
            before.ended = now if before.ended is None else before.ended
        if status == "started":
            clause.began = now
            return
        clause.ended = now
        if clause.began is not None:
            self._rate.learn(clause.text, now - clause.began)

    def whole(self) -> str:
        """Return all of the answer."""
        return "".join(clause.text for clause in self._clauses if not clause.aside)

    def until(self, at: float) -> str:
        """Return what of the answer was heard by `at`: whole clauses, and whole words of the one that was running."""
        parts: list[str] = []
        expected = self._began
        for number, clause in enumerate(self._clauses, 1):
            begins = clause.began if self._told else expected
            if begins is None or begins > at:
                break
            ends = clause.ended
            known = self._seconds(number)
            expected = begins + (self._rate.seconds(clause.text) if known is None else known)
            over = expected <= at if ends is None and not self._told else ends is not None and ends <= at
            if not clause.aside:
                last = expected if ends is None else ends
                parts.append(clause.text if over else beginning(clause.text, at - begins, last - begins))
            if not over:
                break
        return "".join(parts)


def beginning(text: str, spoken_s: float, whole_s: float) -> str:
    """Return the whole words that `spoken_s` of a text's `whole_s` seconds have room for, and never all of it."""
    room = sum(map(_weight, text)) * (spoken_s / whole_s if whole_s > 0 else 0.0)
    used, end = 0.0, 0
    for place, (before, after) in enumerate(pairwise(text), 1):
        used += _weight(before)
        if used > room:
            break
        if _may_part(before, after):
            end = place
    return text[:end]


def _weight(character: str) -> float:
    return WIDE_S if _is_wide(character) else NARROW_S


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _may_part(before: str, after: str) -> bool:
    """Whether a word may end between two characters: at white space, and where a script has none, anywhere."""
    apart = any(character.isspace() or _is_word(character) for character in (before, after))
    return apart and not joined(before, after)


def _is_word(character: str) -> bool:
    return _is_wide(character) and not _HANGUL[0] <= character <= _HANGUL[1]

"""Finds the phrase that wakes the avatar. Pure."""

import re
from collections.abc import Sequence

_EDGES = " \t\n,.!?;:，。！？；：、…-—~"


class WakePhrases:
    """Phrases such as `hey Yun` or `小云小云`, found without regard to case, spaces and punctuation."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._patterns = [_pattern(phrase) for phrase in phrases]

    def question(self, text: str) -> str | None:
        """Return what was asked after the phrase, or before it; "" for the phrase alone, None without it."""
        for pattern in self._patterns:
            found = pattern.search(text)
            if found:
                return text[found.end() :].lstrip(_EDGES).rstrip() or text[: found.start()].strip(_EDGES)
        return None


def _pattern(phrase: str) -> re.Pattern[str]:
    """Raise ValueError for a phrase without letters."""
    letters = [char for char in phrase if char.isalnum()]
    if not letters:
        raise ValueError(f"{phrase!r} has no letter")
    before = r"(?<![^\W_])" if letters[0].isascii() else ""
    after = r"(?![^\W_])" if letters[-1].isascii() else ""
    return re.compile(before + r"[\W_]*".join(map(re.escape, letters)) + after, re.IGNORECASE)

"""Which filler phrase comes next. Pure."""

from collections.abc import Mapping, Sequence


class Fillers:
    """Gives a language's phrases in turn, never one twice in a row: of a single phrase only every other time."""

    def __init__(self, phrases: Mapping[str, Sequence[str]]) -> None:
        self._phrases = {language: tuple(dict.fromkeys(some)) for language, some in phrases.items()}
        self._next: dict[str, int] = {}
        self._last = ""

    def next(self, language: str) -> str | None:
        """Return a phrase, or None when there is none to say now."""
        phrases = self._phrases.get(language, ())
        if not phrases:
            return None
        number = self._next.get(language, 0)
        phrase = phrases[number % len(phrases)]
        if phrase == self._last:
            self._last = ""
            return None
        self._next[language] = number + 1
        self._last = phrase
        return phrase

"""How long the cloud will take to say a clause: a guess for deadlines only, corrected by what it measured. Pure."""

import unicodedata

WIDE_S = 0.28
NARROW_S = 0.085
SHORTEST_S = 0.4
LEARN = 0.3


class SpeechRate:
    """Begins with an ordinary speaker's rate and follows the voice that the cloud really has."""

    def __init__(self) -> None:
        self._factor = 1.0

    def seconds(self, text: str) -> float:
        """Return the seconds that `text` will probably take."""
        return self._factor * _plain(text)

    def learn(self, text: str, seconds: float) -> None:
        """Take note that `text` took `seconds` to be spoken."""
        measured = min(4.0, max(0.25, seconds / _plain(text)))
        self._factor += LEARN * (measured - self._factor)


def _plain(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return max(SHORTEST_S, WIDE_S * wide + NARROW_S * (len(text) - wide))

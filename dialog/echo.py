"""Recognises the avatar's own words when a microphone hears them. Pure."""

from collections import deque

from rapidfuzz import fuzz

from dialog.listening import count_words, plain

_CLAUSES = 6
_ALIKE = 85.0
_LEAST_WORDS = 2
_LEAST_LETTERS = 3
_LONGEST = 400


class EchoGuard:
    """Remembers the last clauses that were spoken."""

    def __init__(self) -> None:
        self._spoken: deque[str] = deque(maxlen=_CLAUSES)

    def spoke(self, clause: str) -> None:
        """Take a clause that the avatar says; the oldest of more than six is forgotten."""
        words = plain(clause[-_LONGEST:])
        if words:
            self._spoken.append(words.strip())

    def is_echo(self, transcript: str) -> bool:
        """Whether a transcript is what the avatar has just said, or a part of it with a few words misheard.

        A single word is never taken for an echo: people say `stop` while the avatar explains how to stop it.
        """
        heard = plain(transcript[:_LONGEST]).strip()
        if count_words(heard) < _LEAST_WORDS or len(heard) < _LEAST_LETTERS:
            return False
        spoken = " ".join(self._spoken)
        if len(heard) > len(spoken):
            return fuzz.ratio(heard, spoken) >= _ALIKE
        return fuzz.partial_ratio(heard, spoken) >= _ALIKE

    def clear(self) -> None:
        """Forget all."""
        self._spoken.clear()

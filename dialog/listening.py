"""How people speak in a language: whether a sentence goes on, and what is no question. No method keeps a state."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from dialog.errors import DialogFileError
from dialog.tomlfile import FileModel, read

_Phrases = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=60)], ...], Field(strict=False)]
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_WIDE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_TRAILING = re.compile(r"(?:[,;:，、；：—–-]|\.\.\.|…)[\"'”’)\s]*\Z")


def plain(text: str) -> str:
    """Return the words alone, in lower case with a space before and after each; Chinese stays in one piece."""
    words = _WORD.findall(text.casefold().replace("’", "'"))
    return f" {' '.join(words)} " if words else ""


def count_words(text: str) -> int:
    """Count words; where words have no spaces, two characters make one."""
    wide = len(_WIDE.findall(text))
    return (wide + 1) // 2 + len(_WORD.findall(_WIDE.sub(" ", text)))


class Listening(FileModel):
    """What to listen for in one language; all phrases are compared without case and punctuation."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    unfinished: _Phrases = ()
    """A sentence that ends with one of these goes on."""
    hesitations: _Phrases = ()
    """Said while thinking; asks nothing."""
    backchannels: _Phrases = ()
    """Said while listening; interrupts nobody."""
    stop: _Phrases = ()
    """Stops the avatar and asks nothing."""

    @field_validator("unfinished", "hesitations", "backchannels", "stop")
    @classmethod
    def _have_words(cls, phrases: tuple[str, ...]) -> tuple[str, ...]:
        for phrase in phrases:
            if not plain(phrase):
                raise ValueError(f"{phrase!r} has no letter")
        return phrases

    def looks_unfinished(self, text: str) -> bool:
        """Whether a transcript so far looks as if the person goes on: a comma, a conjunction, an `um` at its end."""
        if _TRAILING.search(text):
            return True
        words = plain(text)
        return any(self._ends(words, phrase) for phrase in (*self.unfinished, *self.hesitations))

    def is_hesitation(self, text: str) -> bool:
        """Whether there is nothing in a transcript but hesitations; so it is with no words at all."""
        return self._consists_of(text, self.hesitations)

    def is_backchannel(self, text: str) -> bool:
        """Whether a transcript only says `I am listening`."""
        return self._consists_of(text, (*self.backchannels, *self.hesitations))

    def is_stop(self, text: str) -> bool:
        """Whether a transcript asks for silence and nothing else."""
        words = plain(text)
        return any(words == plain(phrase) for phrase in self.stop)

    def _ends(self, words: str, phrase: str) -> bool:
        ending = plain(phrase)
        return words.endswith(ending.strip() + " " if self._wide else ending)

    def _consists_of(self, text: str, phrases: tuple[str, ...]) -> bool:
        rest = plain(text)
        for phrase in sorted(phrases, key=len, reverse=True):
            words = plain(phrase)
            rest = rest.replace(words.strip(), "") if self._wide else _without(rest, words)
        return not rest.strip()

    @property
    def _wide(self) -> bool:
        """Whether words are written without spaces."""
        return self.language in ("zh", "ja", "th")


def load_listening(folder: Path) -> dict[str, Listening]:
    """Read all `*.toml` files of a folder, one a language. Raises DialogFileError."""
    found: dict[str, Listening] = {}
    for path in sorted(folder.glob("*.toml")):
        file = read(path, Listening)
        if file.language in found:
            raise DialogFileError(f"{path}: language: another file has {file.language!r} already")
        found[file.language] = file
    return found


def _without(text: str, words: str) -> str:
    while words in text:
        text = text.replace(words, " ")
    return text

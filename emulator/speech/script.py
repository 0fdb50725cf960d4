"""Which part of a text can be spoken, and in which language: PURE."""

import re
import unicodedata
from dataclasses import dataclass

from emulator.performance import Language

_HAN = "[\u3007\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
_STRIP = re.compile(rf"(?P<cmn>(?:\d[\d.,:]*)?{_HAN}+)|(?P<en>(?:(?!{_HAN})[^\W\d_])+)|(?P<neutral>.)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_UNSPOKEN = {"So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn", "Me"}
_SPOKEN_SYMBOLS = {"°", "℃", "℉"}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one language."""

    language: Language
    text: str


def split_runs(text: str) -> tuple[Run, ...]:
    """Split `text` into runs of one language each, in order, without markup and pictographs.

    Letters decide. Numbers and punctuation go with the run before them, the first ones with the run after,
    but a number written against a Chinese character is read in Chinese. Nothing speakable gives no run.
    """
    runs: list[Run] = []
    neutral = ""
    for strip in _STRIP.finditer(_readable(text)):
        language: Language
        match strip.lastgroup:
            case "cmn":
                language = "cmn"
            case "en":
                language = "en"
            case _:
                neutral += strip.group()
                continue
        if not runs:
            runs.append(Run(language, neutral + strip.group()))
        elif runs[-1].language == language:
            runs[-1] = Run(language, runs[-1].text + neutral + strip.group())
        else:
            runs[-1] = Run(runs[-1].language, runs[-1].text + neutral)
            runs.append(Run(language, strip.group()))
        neutral = ""
    if runs:
        runs[-1] = Run(runs[-1].language, runs[-1].text + neutral)
    elif any(character.isnumeric() for character in neutral):
        runs.append(Run("cmn" if _is_wide(neutral) else "en", neutral))
    return tuple(runs)


def _readable(text: str) -> str:
    """Replace tags, control characters and pictographs, which nobody reads aloud, by spaces."""
    return "".join(
        " " if unicodedata.category(character) in _UNSPOKEN and character not in _SPOKEN_SYMBOLS else character
        for character in _TAG.sub(" ", text)
    )


def _is_wide(text: str) -> bool:
    return any(unicodedata.east_asian_width(character) in {"F", "W"} for character in text)

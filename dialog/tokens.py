"""Words, characters, marks and tags of a streamed text, each with how well speech may pause after it.

Pure. A token is final once a character has come that does not belong to it, so the tokens of a text do not
depend on the pieces it arrived in.
"""

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from dialog.graphemes import continues, joined

SILENT_MAX = 256
"""Bytes without a letter or digit that are kept in a row; the longest tag, too."""

_WORD_MAX = 744
_SILENT_RUN_MAX = 32
_HELD_MAX = 2 * _WORD_MAX

_UNSPACED = (
    "\u0e01-\u0e4f\u0e5a-\u0ecf\u0eda-\u0eff\u1000-\u103f\u104c-\u109f\u1780-\u17d3\u17d6-\u17df"
    "\u2e80-\u2fdf\u3003-\u3007\u3012\u3013\u3020-\u30fa\u30fc-\u318f\u31a0-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_THAI = "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
_STOPS = "。！？；…｡．။។៕"
_PAUSES = "，、：､၊"
_CLOSERS = "”’」』）】》〉〕〗〙〛｝］\"')\\]}»"
_OPENERS = "“‘「『（【《〈〔〖〘〚｛［\"'(\\[{«¿¡"
_NEVER_FIRST = frozenset(
    "ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々ゝゞヽヾ·・,.!?;:%％—”’」』）】》〉〕〗〙〛｝］)]}»" + _STOPS + _PAUSES
)

INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff0-\uffff]"
)
"""Characters that are dropped from what is spoken."""
_TOKEN = re.compile(
    rf"(?:(?P<tag><[A-Za-z/][^<>]{{0,{SILENT_MAX - 3}}}>)"
    rf"|(?P<mark>[{_STOPS}]+[{_STOPS}!?{_CLOSERS}]*|[{_PAUSES}]+[”’」』）】》〉]*)"
    rf"|(?P<unspaced>[{_UNSPACED}]{{1,8}})"
    rf"|(?P<word>[^\s<{_STOPS}{_PAUSES}{_UNSPACED}]{{1,{_WORD_MAX}}}|<))\s*"
)
_TAG_BEGIN = re.compile(rf"<(?:[A-Za-z/][^<>]{{0,{SILENT_MAX - 3}}})?")
_PAIRED_TAG = re.compile(r"<(/?)(?:phoneme|say-as|sub|emphasis|prosody)\b[^>]*?(/?)>", re.IGNORECASE)
_SPEAKABLE = re.compile(r"[^\W_]")
_SILENT_RUN = re.compile(rf"([\W_]{{{_SILENT_RUN_MAX}}})[\W_]+")
_SPACES = re.compile(r"\s+")
_WRAPPER_TAG = re.compile(r"</?speak\b[^>]*>", re.IGNORECASE)
_UNSPACED_CHAR = re.compile(f"[{_UNSPACED}]")
_THAI_CHAR = re.compile(f"[{_THAI}]")

_STOP_WORD = re.compile(rf"[.!?؟۔।॥።։‽]+[{_CLOSERS}]*\Z")
_PAUSE_WORD = re.compile(rf"(?:[,;:،؛–—]|\.\.+|\A-+)[{_CLOSERS}]*\Z")
_OPENING_WORD = re.compile(rf"[{_OPENERS}]+\Z")
_ABBREVIATION = re.compile(
    rf"[{_OPENERS}]*(?:"
    r"(?:\w\.)+"  # initials and dotted abbreviations: J. U.S. e.g. a.m.
    r"|(?:dr|mr|mrs|ms|mx|prof|rev|gen|col|capt|lt|sgt|hon|st|mt|ft|jr|sr|messrs|vs|etc|cf|al|ca|approx|dept|est"
    r"|ed|eds|inc|ltd|co|corp|bros|ave|blvd|rd|tel|ext|ph\.d|usw|bzw|z\.b|ggf|str|sra|srta|dra|mme|mlle|p\.ej)\."
    rf")[{_CLOSERS}]*\Z",
    re.IGNORECASE,
)
_ABBREVIATION_OF_NUMBER = re.compile(
    rf"[{_OPENERS}]*(?:no|nos|nr|fig|figs|vol|vols|pp|ch|sec|art"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\.\Z",
    re.IGNORECASE,
)
_LIST_NUMBER = re.compile(r"\(?\d{1,3}\.\Z")


class Break(IntEnum):
    """How good a place the end of a token is to cut a text for speech."""

    NEVER = 0
    INSIDE = 1
    """Within a paired SSML element: only when the byte limit leaves no choice."""
    ANYWHERE = 2
    SPACE = 3
    PAUSE = 4
    STOP = 5


class Token(NamedTuple):
    """A piece of text that is not cut, its trailing space included.

    `size` is its length in speech: one for a Chinese or Japanese character, two or three for a usual word.
    """

    text: str
    end: Break
    size: int
    speakable: bool


class Tokenizer:
    """Turns pieces of text into tokens; together they are `normalise` of the whole."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._held = ""
        self._last = ""
        self._natural = Break.ANYWHERE
        self._sentence_begins = True
        self._silent = 0
        self._depth = 0

    def feed(self, text: str) -> Iterator[Token]:
        """Yield the tokens that this piece completes; exhaust it before the next call."""
        if len(self._held) > _HELD_MAX:
            self._held = _SPACES.sub(_squeeze, self._held)
        self._held += INVISIBLE.sub("", text)
        yield from self._scan(final=False)

    def finish(self) -> Iterator[Token]:
        """Yield what is left and begin anew."""
        yield from self._scan(final=True)
        self._begin()

    def _scan(self, *, final: bool) -> Iterator[Token]:
        held, end = self._held, len(self._held)
        position = 0 if self._last else end - len(held.lstrip())
        while position < end:
            match = self._match(held, position, final=final)
            if match is None:
                break
            following = held[match.end() : match.end() + 2]
            if following in ("", "<") and not final:
                break
            position = match.end()
            token = self._token(match, following)
            if token is not None:
                yield token
        self._held = held[position:]

    def _match(self, held: str, position: int, *, final: bool) -> re.Match[str] | None:
        """Match one token; None for what may yet become a tag."""
        match = _TOKEN.match(held, position)
        if match is None or held[position] != "<":
            return match
        if match.lastgroup != "tag":
            return match if final or not _TAG_BEGIN.fullmatch(held, position) else None
        if len(match["tag"].encode()) > SILENT_MAX:
            return _TOKEN.match(held, position, position + 1)
        return match

    def _token(self, match: re.Match[str], following: str) -> Token | None:
        whole, kind = match[0], match.lastgroup or ""
        body = match[kind]
        space = whole[len(body) :]
        if kind == "tag":
            body = _SPACES.sub(" ", body)
            if _WRAPPER_TAG.fullmatch(body):
                return None
        elif len(body) > _SILENT_RUN_MAX:
            body = _SILENT_RUN.sub(r"\1", body)
        natural = self._natural_end(kind, body, space, following)
        end = self._end(natural, kind, body, space, following)
        text = body + " " if space else body
        self._last, self._natural = text[-1], natural
        if kind != "tag" and _SPEAKABLE.search(body):
            self._silent = 0
            self._sentence_begins = natural is Break.STOP or "\n" in space
            return Token(text, end, _size(body), speakable=True)
        self._silent += len(text.encode())
        return Token(text, end, 0, speakable=False) if self._silent <= SILENT_MAX else None

    def _natural_end(self, kind: str, body: str, space: str, following: str) -> Break:
        """Say how well speech may pause after the token, by its own look."""
        if kind == "mark":
            if not space and self._last.isdigit() and following[:1].isdigit():
                return Break.NEVER
            return max(_end_of_space(space, body[-1], following), self._end_of_mark(body))
        natural = _end_of_space(space, body[-1], following)
        if kind == "word" and not body[-1].isalnum():
            return max(natural, _end_of_word(body, following, first=self._sentence_begins))
        if kind == "tag" and body.startswith("</"):
            return max(natural, self._natural)
        return natural

    def _end_of_mark(self, body: str) -> Break:
        if body[0] not in _STOPS:
            return Break.PAUSE
        trailing_off = not body.strip("…") and not _UNSPACED_CHAR.match(self._last)
        return Break.PAUSE if trailing_off else Break.STOP

    def _end(self, natural: Break, kind: str, body: str, space: str, following: str) -> Break:
        """Return the natural end, or less where a cut would tear something apart."""
        if kind == "tag":
            self._depth = max(self._depth + _depth_of(body), 0)
        if self._depth and space.count("\n") > 1:
            self._depth = 0
        if following == "</":
            return Break.INSIDE
        if following and _sticks(kind, body, following[0], spaced=bool(space)):
            return Break.NEVER
        return min(natural, Break.INSIDE) if self._depth else natural


def normalise(text: str) -> str:
    """Return the text as the segmenter keeps it.

    A run of white space is one space, at the beginning none; control characters, invisible format characters,
    unpaired surrogates and `<speak>` are gone; what has no letter or digit is shortened beyond 32 characters
    in a word and beyond `SILENT_MAX` bytes in a row.
    """
    tokenizer = Tokenizer()
    return "".join(token.text for token in (*tokenizer.feed(text), *tokenizer.finish()))


def _squeeze(space: re.Match[str]) -> str:
    return "\n" * min(space[0].count("\n"), 2) or " "


def _size(body: str) -> int:
    if body[0] < "\u0e00":
        return 1 + len(body) // 3
    if _THAI_CHAR.match(body):
        return (len(body) + 1) // 2
    if _UNSPACED_CHAR.match(body) or "\uac00" <= body[0] <= "\ud7a3":
        return len(body)
    return 1 + len(body) // 3


def _end_of_space(space: str, before: str, following: str) -> Break:
    if not space:
        return Break.ANYWHERE
    if "\n" in space:
        return Break.STOP if space.count("\n") > 1 else Break.PAUSE
    if before > "\u0e00" and _THAI_CHAR.match(before) and _THAI_CHAR.match(following):
        return Break.PAUSE
    return Break.SPACE


def _end_of_word(body: str, following: str, *, first: bool) -> Break:
    if _PAUSE_WORD.search(body):
        return Break.PAUSE
    if not _STOP_WORD.search(body) or _ABBREVIATION.match(body) or (first and _LIST_NUMBER.match(body)):
        return Break.ANYWHERE
    numbered = following[:1].isdigit() and _ABBREVIATION_OF_NUMBER.match(body)
    return Break.ANYWHERE if numbered else Break.STOP


def _depth_of(tag: str) -> int:
    paired = _PAIRED_TAG.fullmatch(tag)
    if paired is None or paired[2]:
        return 0
    return -1 if paired[1] else 1


def _sticks(kind: str, body: str, following: str, *, spaced: bool) -> bool:
    """Whether no cut may come between a token and the character after it."""
    if continues(following):
        return True
    if spaced:
        return False
    if following in _NEVER_FIRST:
        return True
    if kind == "unspaced":
        return joined(body[-1], following)
    if body == "<":
        return True
    if kind != "word" or following == "<":
        return False
    return not _UNSPACED_CHAR.match(following) or _OPENING_WORD.match(body) is not None

"""Turns what a language model writes into what a person can say.

Pure. The marks of headings, lists, quotes, bold, italics, strikethrough and inline code go, their text stays; a link
keeps its text; a table row becomes its cells with commas; a heading, list item or row without a mark at its end gets
a full stop; a LaTeX formula is written in plain characters; code blocks, rules, images, emoji, `<think>…</think>` and
the numbers of sources such as `[1]` go altogether. Tags go, too; with `ssml` those stay that are not HTML's.
"""

import re
from enum import Enum, auto

from dialog.formula import speak_math
from dialog.tokens import INVISIBLE

_TAG_MAX = 254
_LEAD = re.compile(r"[ \t>#*+|:=_~`-]{0,200}(?:\d{1,3}[.)]?[ \t]{0,20})?")
_RULE = re.compile(r"[ \t]*[-*_=|:][-*_=|: \t]+\Z")
_FENCE = re.compile(r"[ \t]*(```+|~~~+)")
_BLOCK = re.compile(r"[ \t]*(?:>[ \t]*)*(?:(?P<item>#{1,6}[ \t]+|[-*+][ \t]+|(?=\d{1,3}[.)][ \t]))|(?P<row>\|))?")
_EMOJI = "\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u20e3\U000e0020-\U000e007f"
_FORMULA = (
    r"(?:\\[A-Za-z]{1,20}+|\\[^A-Za-z()\[\]\n]|\{(?:[^{}$\n]|\{[^{}$\n]{0,40}+\}){0,80}+\}"
    r"|[A-Za-z]{1,2}+(?![A-Za-z])|[^A-Za-z\\{}$\n\u0370-\U0010ffff])"
)
"""A piece of a formula. A word of three letters is none, so that what costs $5 does not keep the speech waiting."""
_DISPLAY = rf"(?:{_FORMULA}|\n)"
_INLINE = re.compile(
    r"(?P<line>\n)"
    rf"|(?P<math>\$\$(?P<display>{_DISPLAY}{{1,300}}+)\$\$|\$(?!\s)(?P<dollars>{_FORMULA}{{1,100}}+)(?<!\s)\$(?!\d)"
    rf"|\\\((?P<round>{_FORMULA}{{1,100}}+)\\\)|\\\[(?P<square>{_DISPLAY}{{1,300}}+)\\\])"
    rf"|(?P<tag><[A-Za-z/][^<>]{{0,{_TAG_MAX}}}>)"
    r"|(?P<link>!?\[(?P<label>[^\[\]\n]{0,200})\]\((?:[^()\n]|\([^()\n]{0,100}\)){0,500}\))"
    r"|(?P<note>\[(?:\^|citation:|ref:)?\d{1,3}\^?\](?!\()|【\d{1,3}(?::\d{1,3})?†[^】\n]{0,80}】)"
    r"|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>`+)"
    r"|(?P<mark>\*{1,32}|_{1,32}|~{1,32})"
    rf"|(?P<emoji>(?:[{_EMOJI}]\u200d{{0,4}}){{1,32}})"
    r"|(?P<bar>\|)"
    r"|(?P<space>[ \t\r]+)"
    rf"|(?P<plain>[^\n<!\[【\\`*_~|$ \t\r{_EMOJI}]+)"
    r"|(?P<other>.)"
)
_UNDECIDED = re.compile(
    rf"<(?:[A-Za-z/][^<>]{{0,{_TAG_MAX}}})?\Z"
    r"|!?\[[^\[\]\n]{0,200}(?:\](?:\((?:[^()\n]|\([^()\n]{0,100}\)){0,500}(?:\([^()\n]{0,100})?)?)?\Z"
    rf"|(?:\$\$?|\\\[|\\\()(?:{_DISPLAY}){{0,300}}+(?:\\[A-Za-z]{{0,20}}+|\{{[^$\n]{{0,160}}+|[A-Za-z]{{1,2}}+)?[$\\]?\Z"
    r"|【(?:\d{1,3}(?::\d{0,3})?(?:†[^】\n]{0,80})?)?\Z"
    r"|[!\\]\Z"
)
_THINK = re.compile(r"<(?:think(?:ing)?|thought|reasoning)\s*>", re.IGNORECASE)
_THINK_END = re.compile(r"</(?:think(?:ing)?|thought|reasoning)\s{0,4}>", re.IGNORECASE)
_THINK_END_MAX = 18
_PAGE_TAG = re.compile(
    r"</?(?:a|b|blockquote|br|code|div|em|h[1-6]|hr|i|li|ol|pre|span|strong|table|td|th|tr|u|ul)\b[^>]*>", re.IGNORECASE
)
_MATHS = re.compile(r"[\\^_={}+]")
_SAID = frozenset({"plain", "other", "escape", "link", "math"})
_TAG_NAME = re.compile("[A-Za-z/]")
_TAG_BEGIN = re.compile("<(?=[A-Za-z/])")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>", re.IGNORECASE)
_MARKS_IN_LABEL = re.compile(rf"[*_`~{_EMOJI}]+")
_CLOSERS = "\"')]}”’」』）】》"
_LEANS_LEFT = frozenset(".,!?;:)]}，。！？；：、）】》」』”’…")
_UNSPACED = re.compile("[\u0e00-\u0eff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


class _At(Enum):
    LINE = auto()
    TEXT = auto()
    SKIP = auto()
    THINK = auto()


class Speakable:
    """Makes a stream of text speakable; the whole result does not depend on the pieces it came in."""

    def __init__(self, *, ssml: bool = False) -> None:
        self._ssml = ssml
        self._steps = {_At.LINE: self._line, _At.TEXT: self._text, _At.SKIP: self._skip, _At.THINK: self._think}
        self._begin()

    def _begin(self) -> None:
        self._held = ""
        self._at = _At.LINE
        self._fence = ""
        self._item = self._row = self._row_began = False
        self._before = "\n"
        self._last = ""
        self._unspaced = False
        self._space = ""
        self._dropped = False
        self._angle = False
        self._out: list[str] = []

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be said of it by now."""
        self._held += INVISIBLE.sub("", text)  # they could hide a tag
        return self._run(final=False)

    def finish(self) -> str:
        """Return what is left of the text, and begin a new one."""
        rest = self._run(final=True)
        if self._at is _At.TEXT:
            self._end_block()
            rest += "".join(self._out)
        self._begin()
        return rest

    def _run(self, *, final: bool) -> str:
        held, position = self._held, 0
        while position < len(held):
            step = self._steps[self._at](held, position, final)
            if step is None:
                break
            position = step
        self._held = held[position:]
        text = "".join(self._out)
        self._out.clear()
        return text

    # Each step returns where the next one begins, or None to wait for more.

    def _line(self, held: str, position: int, final: bool) -> int | None:
        lead = _LEAD.match(held, position)
        assert lead is not None
        if lead.end() == len(held) and not final:
            return None
        fence = _FENCE.match(lead[0])
        if self._fence:
            if fence and fence[1].startswith(self._fence):
                self._fence = ""
            self._at = _At.SKIP
            return lead.end()
        if fence:
            self._fence = fence[1]
            self._at = _At.SKIP
            return lead.end()
        if held[lead.end() : lead.end() + 1] in ("", "\n") and _RULE.fullmatch(lead[0]):
            self._at = _At.SKIP
            return lead.end()
        block = _BLOCK.match(held, position)
        assert block is not None
        self._item, self._row, self._row_began = block["item"] is not None, block["row"] is not None, False
        self._before, self._last, self._unspaced = " ", "", False
        self._at = _At.TEXT
        return block.end()

    def _skip(self, held: str, position: int, final: bool) -> int | None:
        end = held.find("\n", position)
        if end < 0:
            return len(held)
        self._at = _At.LINE
        return end + 1

    def _think(self, held: str, position: int, final: bool) -> int | None:
        end = _THINK_END.search(held, position)
        if end is not None:
            self._at = _At.TEXT
            return end.end()
        last = held.rfind("<", max(position, len(held) - _THINK_END_MAX))
        if last == position:
            return len(held) if final else None
        return last if last > 0 else len(held)

    def _text(self, held: str, position: int, final: bool) -> int | None:
        match = _INLINE.match(held, position)
        assert match is not None
        kind = match.lastgroup
        if not final:
            if kind in ("other", "escape") and _UNDECIDED.match(held, position):
                return None
            if kind in ("mark", "emoji", "math", "note") and match.end() == len(held):
                return None
        self._inline(kind or "", match, held[match.end() : match.end() + 1])
        self._before = held[match.end() - 1]
        return match.end()

    def _inline(self, kind: str, match: re.Match[str], following: str) -> None:
        text = match[0]
        if kind in _SAID:
            self._say(_words(kind, match))
        elif kind == "space":
            self._space = self._space or " "
        elif kind == "line":
            self._end_line()
        elif kind == "tag":
            self._tag(text)
        elif kind == "bar":
            self._bar()
        elif kind == "mark" and not _is_emphasis(text, self._before, following):
            self._say(text)
        elif kind in ("emoji", "note"):
            self._dropped = True

    def _tag(self, tag: str) -> None:
        if _THINK.fullmatch(tag):
            self._at = _At.THINK
        elif address := _ADDRESS.fullmatch(tag):
            self._say(address[1].removeprefix("mailto:"))
        elif not self._ssml or _PAGE_TAG.fullmatch(tag):
            self._space = self._space or " "
        else:
            self._say(tag)

    def _bar(self) -> None:
        if not self._row:
            self._say("|")
        elif self._row_began:
            self._space = "，" if self._unspaced else ", "

    def _say(self, text: str) -> None:
        if not text:
            self._dropped = True
            return
        if self._space and not (self._dropped and text[0] in _LEANS_LEFT):
            self._out.append(self._space)
        elif self._angle and not self._ssml and _TAG_NAME.match(text):
            self._out.append(" ")  # what was no tag does not become one
        self._out.append(text if self._ssml else _TAG_BEGIN.sub("< ", text))
        self._angle = text[-1] == "<"
        self._last = text.rstrip(_CLOSERS)[-1:] or self._last
        self._unspaced |= _UNSPACED.search(text) is not None
        self._space, self._dropped, self._row_began = "", False, True

    def _end_block(self) -> None:
        if (self._item or self._row) and self._last.isalnum():
            self._out.append("。" if self._unspaced else ".")
            self._last = "."
        self._space, self._dropped = "", False

    def _end_line(self) -> None:
        self._end_block()
        self._out.append("\n")
        self._at = _At.LINE


def speakable(text: str, *, ssml: bool = False) -> str:
    """Return a whole text as it can be said."""
    stream = Speakable(ssml=ssml)
    return stream.feed(text) + stream.finish()


def _words(kind: str, match: re.Match[str]) -> str:
    """Return what is said of a piece of text."""
    text = match[0]
    match kind:
        case "escape":
            return text[1:]
        case "link":
            return "" if text.startswith("!") else _MARKS_IN_LABEL.sub("", match["label"])
        case "math":
            source = match["display"] or match["dollars"] or match["round"] or match["square"]
            return text if " " in source.strip() and not _MATHS.search(source) else speak_math(source)
        case _:
            return text


def _is_emphasis(mark: str, before: str, after: str) -> bool:
    """Whether a run of marks is formatting, seen from the characters around it."""
    if before.isspace() and (not after or after.isspace()):
        return False
    if mark == "~":
        return False
    if mark[0] == "_":
        return not (before.isalnum() and after.isalnum())
    return not (len(mark) == 1 and before.isdigit() and after.isdigit())

"""Cuts text into pieces that fit a packet."""

import re
from collections.abc import Iterator

from dialog.graphemes import boundary

_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][\w:.-]*)[^<>]*>")


def fragments(text: str, limit: int) -> Iterator[str]:
    """Yield the pieces of `text`, each at most `limit` (>= 4) UTF-8 bytes; nothing is lost.

    No character is split, and where it can be avoided no visible character (grapheme), no SSML tag, and no SSML
    element with what it encloses. A lone surrogate, which UTF-8 cannot hold, becomes a question mark.
    """
    rest = text.encode("utf-8", "replace").decode()
    while len(rest) > limit // 4 and len(rest.encode()) > limit:
        cut = _cut(rest, limit)
        yield rest[:cut]
        rest = rest[cut:]
    if rest:
        yield rest


def _cut(text: str, limit: int) -> int:
    """Return where to cut a text longer than `limit`."""
    # What fits a piece and begins within the first one ends within the second.
    window = text[: 2 * limit]
    cut = max(1, boundary(window, 1, limit))
    split = [span for span in _spans(window) if span[0] < cut < span[1] and _size(window, span) <= limit]
    if not split:
        return cut
    start, end = max(split, key=lambda span: span[1] - span[0])
    return start or end


def _size(text: str, span: tuple[int, int]) -> int:
    return len(text[slice(*span)].encode())


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where tags, and elements from their first tag to their last, begin and end."""
    begun: list[tuple[str, int]] = []
    for tag in _TAG.finditer(text):
        yield tag.span()
        name = tag["name"]
        if not tag["end"]:
            if not tag[0].endswith("/>"):
                begun.append((name, tag.start()))
            continue
        while begun:
            opened, start = begun.pop()
            if opened == name:
                yield start, tag.end()
                break

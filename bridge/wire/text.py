"""Cuts text into pieces that fit a packet."""

from collections.abc import Iterator


def fragments(text: str, limit: int) -> Iterator[str]:
    """Yield the pieces of `text`, each at most `limit` (>= 4) UTF-8 bytes; no character is split, nothing is lost."""
    data = text.encode("utf-8", "replace")
    start = 0
    while len(data) - start > limit:
        end = start + limit
        while data[end] & 0xC0 == 0x80:
            end -= 1
        yield data[start:end].decode()
        start = end
    if start < len(data):
        yield data[start:].decode()

"""The forms in which text arrives piece by piece: plain, NDJSON, server-sent events, OpenAI's chunks. Pure."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from bridge.errors import InvalidRequest

MAX_LINE = 64 * 1024
"""Bytes of one line, and of the data of one event."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Piece:
    """The next piece of the text; `markdown` says that a language model wrote it."""

    text: str
    markdown: bool = False


class Form(Protocol):
    """Takes bytes cut anywhere.

    Iterating over what the methods return raises InvalidRequest at what is not of this form, after the good pieces.
    """

    def feed(self, data: bytes) -> Iterable[Piece]:
        """Return the pieces that are complete by now."""
        ...

    def finish(self) -> Iterable[Piece]:
        """Return what is left at the end of the body."""
        ...


class PlainText:
    """UTF-8; a character may be cut in two."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def feed(self, data: bytes) -> list[Piece]:
        """Return the text that is complete by now."""
        return self._decode(data, final=False)

    def finish(self) -> list[Piece]:
        """Return nothing, or fail in the middle of a character."""
        return self._decode(b"", final=True)

    def _decode(self, data: bytes, *, final: bool) -> list[Piece]:
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError:
            raise InvalidRequest("the text must be UTF-8") from None
        return [Piece(text)] if text else []


class Lines:
    """Cuts bytes into lines without their ends; LF, CR LF and, for events, CR alone end one."""

    def __init__(self, *, lone_cr: bool = False) -> None:
        self._lone_cr = lone_cr
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete by now."""
        held = self._held + data
        if not self._lone_cr:
            *lines, self._held = held.split(b"\n")
            lines = [line.removesuffix(b"\r") for line in lines]
        else:
            # A CR at the very end may be the first half of CR LF.
            ripe = held[:-1] if held.endswith(b"\r") else held
            *lines, rest = _LINE_END.split(ripe)
            self._held = rest + held[len(ripe) :]
        if len(self._held) > MAX_LINE or any(len(line) > MAX_LINE for line in lines):
            raise InvalidRequest(f"a line may have at most {MAX_LINE} bytes")
        return lines

    def finish(self) -> bytes:
        """Return the last line, which has no end."""
        held, self._held = self._held, b""
        return held.removesuffix(b"\r")


class NdJson:
    """One object `{"text": …}` a line; empty lines are skipped."""

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the texts of the lines that are complete by now."""
        return (Piece(_text(line)) for line in self._lines.feed(data) if line.strip())

    def finish(self) -> list[Piece]:
        """Return the text of a last line without an end."""
        line = self._lines.finish()
        return [Piece(_text(line))] if line.strip() else []


class EventData:
    """Cuts a stream of server-sent events into the data of each (WHATWG HTML, 9.2.6); all else of them is skipped."""

    def __init__(self) -> None:
        self._lines = Lines(lone_cr=True)
        self._data: list[bytes] = []
        self._size = 0
        self._first = True

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data of the events that are complete by now."""
        events: list[bytes] = []
        for line in self._lines.feed(data):
            if self._first:
                self._first, line = False, line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901
            if not line:
                event = b"\n".join(self._data)
                events += [event] if event else []
                self._data, self._size = [], 0
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" "))
                self._size += len(value)
                if self._size > MAX_LINE:
                    raise InvalidRequest(f"an event may have at most {MAX_LINE} bytes")
        return events

    def finish(self) -> list[bytes]:
        """Return a last event that the empty line is missing after; browsers drop it, many servers forget the line."""
        return self.feed(self._lines.finish() + b"\n\n")


class Events:
    """Events with `{"text": …}` or with OpenAI's chunks, of which choice 0 counts; after `[DONE]` nothing does."""

    def __init__(self) -> None:
        self._events = EventData()
        self._done = False

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Yield the texts of the events that are complete by now."""
        return self._pieces(self._events.feed(data))

    def finish(self) -> Iterator[Piece]:
        """Yield the text of a last event."""
        return self._pieces(self._events.finish())

    def _pieces(self, events: list[bytes]) -> Iterator[Piece]:
        for event in events:
            if self._done or event.strip() == b"[DONE]":
                self._done = True
                return
            text = chunk_text(event)
            piece = Piece(_text(event)) if text is None else Piece(text, markdown=True)
            if piece.text:
                yield piece


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    text: str


class _Delta(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Delta | None = None
    message: _Delta | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]


def _text(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=_Text).text
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest('each part must be JSON: {"text": "…"}') from None


def chunk_text(data: bytes) -> str | None:
    """Return the text of choice 0 of an OpenAI answer or a chunk of one; None if it is neither."""
    try:
        completion = msgspec.json.decode(data, type=_Completion)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    said = [choice.delta or choice.message for choice in completion.choices if choice.index == 0]
    return "".join(each.content or "" for each in said if each is not None)


FORMS: dict[str, type[Form]] = {
    "text/plain": PlainText,
    "application/x-ndjson": NdJson,
    "text/event-stream": Events,
}

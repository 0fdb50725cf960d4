"""What one chunk of a streamed chat completion holds. Pure.

Nobody checks what servers send, and servers differ: so every field is looked at before it is believed.
"""

from collections.abc import Iterator
from typing import NamedTuple, cast


class CallPiece(NamedTuple):
    """A piece of a tool call."""

    number: int
    id: str | None
    name: str | None
    arguments: str | None


class Piece(NamedTuple):
    """The text, the thinking and the tool calls of a chunk."""

    text: str = ""
    thinking: str = ""
    calls: tuple[CallPiece, ...] = ()


def read_chunk(chunk: object) -> Piece:
    """Read a chunk, as JSON was decoded; one without choices is empty. Raises ValueError for what is no chunk."""
    choices = _object(chunk).get("choices")
    if not choices:
        return Piece()
    delta = _object(_object(_list(choices)[0]).get("delta"))
    thinking = _string(delta.get("reasoning_content")) or _string(delta.get("reasoning"))
    calls = delta.get("tool_calls")
    return Piece(_string(delta.get("content")) or "", thinking or "", tuple(_calls(_list(calls))) if calls else ())


def _calls(calls: list[object]) -> Iterator[CallPiece]:
    for position, value in enumerate(calls):
        call = _object(value)
        function = _object(call.get("function") or {})
        name, arguments = _string(function.get("name")), _string(function.get("arguments"))
        yield CallPiece(_number(call.get("index"), position), _string(call.get("id")), name, arguments)


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError("no chunk of a chat completion")  # noqa: TRY004 - it is what was sent that is wrong
    return cast("dict[str, object]", value)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("no chunk of a chat completion")  # noqa: TRY004 - as above
    return cast("list[object]", value)


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None

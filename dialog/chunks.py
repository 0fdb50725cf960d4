"""What one chunk of a streamed chat completion holds. Pure.

The SDK does not check what servers send, and servers differ: so every field is looked at before it is believed.
"""

from collections.abc import Iterator
from typing import NamedTuple

from dialog.service import ChatCompletionChunk, ChoiceDelta


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


def read_chunk(chunk: ChatCompletionChunk) -> Piece:
    """Read a chunk; one without choices is empty.

    Raises AttributeError, TypeError or IndexError for what is no chunk.
    """
    if not chunk.choices:
        return Piece()
    delta = chunk.choices[0].delta
    extra: dict[str, object] = delta.model_extra or {}
    thinking = _string(extra.get("reasoning_content")) or _string(extra.get("reasoning"))
    return Piece(_string(delta.content) or "", thinking or "", tuple(_calls(delta)))


def _calls(delta: ChoiceDelta) -> Iterator[CallPiece]:
    for position, call in enumerate(delta.tool_calls or ()):
        function = call.function
        name, arguments = (function.name, function.arguments) if function else (None, None)
        yield CallPiece(_number(call.index, position), _string(call.id), _string(name), _string(arguments))


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None

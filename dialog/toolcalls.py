"""The tool calls in a model's answer, put together from the pieces in which they come. Pure."""

from dataclasses import dataclass, field

MAX_CALLS = 8
"""Calls of one round; a model that wants more is in a loop."""

MAX_ARGUMENTS = 16_384
"""Characters of one call's arguments."""

_MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model wants called; `arguments` is JSON as the model wrote it, perhaps malformed."""

    id: str
    name: str
    arguments: str


@dataclass(slots=True)
class _Parts:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class ToolCalls:
    """Collects the pieces of calls by their index. Beyond a bound `overflow` is set and pieces are dropped."""

    overflow: bool = False
    _parts: dict[int, _Parts] = field(default_factory=dict[int, _Parts])

    def add(self, index: int, *, id: str | None, name: str | None, arguments: str | None) -> None:  # noqa: A002
        """Take a piece; servers repeat id and name or send them once."""
        parts = self._parts.get(index)
        if parts is None:
            if len(self._parts) == MAX_CALLS:
                self.overflow = True
                return
            parts = self._parts[index] = _Parts()
        parts.id = parts.id or id or ""
        parts.name = parts.name or (name or "")[:_MAX_NAME]
        if len(parts.arguments) + len(arguments or "") > MAX_ARGUMENTS:
            self.overflow = True
            return
        parts.arguments += arguments or ""

    def complete(self) -> tuple[ToolCall, ...]:
        """Return the calls in the order of their index; one without an id gets `call-<index>`."""
        return tuple(
            ToolCall(parts.id or f"call-{index}", parts.name, parts.arguments)
            for index, parts in sorted(self._parts.items())
        )

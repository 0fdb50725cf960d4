"""The lines that are to be said one after the other, and which is next. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from bridge.errors import LineNotFound, QueueFull
from bridge.talk.unheard import unheard

MAX_LINES = 500
MAX_BYTES = 1024 * 1024
"""Of UTF-8, all lines together."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `line_id` is unique in its script."""

    line_id: str
    text: str


class Script:
    """An ordered list of lines and a place in it: the `current` line is said next, or now.

    Whatever happens to the lines, the current one stays so until it is finished, skipped or removed. `revision`
    grows with every change of the lines. Unknown ids raise LineNotFound, too much raises QueueFull; nothing is
    changed then.
    """

    def __init__(self) -> None:
        self.revision = 0
        self._lines: list[Line] = []
        self._position = 0
        self._loop = False
        self._unheard: dict[str, str] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines in their order."""
        return tuple(self._lines)

    @property
    def loop(self) -> bool:
        """Whether the first line follows the last."""
        return self._loop

    @loop.setter
    def loop(self, loop: bool) -> None:
        self._loop = loop
        self._wrap()

    @property
    def current(self) -> Line | None:
        """The line that is said now or next; None when all have been said."""
        return self._lines[self._position] if self._position < len(self._lines) else None

    @property
    def left(self) -> str:
        """What of the current line is to be said: all, or what nobody has heard of it yet."""
        line = self.current
        return "" if line is None else self._unheard.get(line.line_id, line.text)

    def replace(self, lines: Iterable[Line]) -> None:
        """Take other lines; the current one stays the current one if it is among them, otherwise the first is it."""
        new = list(lines)
        _check(new)
        current, kept = self.current, {line.line_id: line for line in self._lines}
        stay = {line.line_id for line in new if kept.get(line.line_id) == line}
        self._unheard = {line_id: text for line_id, text in self._unheard.items() if line_id in stay}
        self._lines = new
        self._position = 0 if current is None or not self._has(current.line_id) else self._index(current.line_id)
        self._changed()

    def insert(self, line: Line, index: int) -> None:
        """Put a line in at `index`, at the end if that is beyond it."""
        _check([*self._lines, line])
        index = min(index, len(self._lines))
        at_end = self.current is None
        self._lines.insert(index, line)
        if index < self._position or (index == self._position and not at_end):
            self._position += 1
        self._changed()

    def insert_next(self, line: Line, *, after_current: bool) -> None:
        """Put a line in that becomes the current one, or follows it with `after_current`."""
        _check([*self._lines, line])
        following = after_current and self.current is not None
        self._lines.insert(self._position + following, line)
        self._changed()

    def edit(self, line_id: str, text: str) -> None:
        """Change what a line says; it is said from its beginning."""
        index = self._index(line_id)
        line = Line(line_id, text)
        _check([*self._lines[:index], line, *self._lines[index + 1 :]])
        self._lines[index] = line
        self._unheard.pop(line_id, None)
        self._changed()

    def move(self, line_id: str, index: int) -> None:
        """Put a line elsewhere: at `index` of the others, at the end if that is beyond it."""
        current, line = self.current, self._lines.pop(self._index(line_id))
        index = min(index, len(self._lines))
        self._lines.insert(index, line)
        if current is not None:
            self._position = self._index(current.line_id)
        self._changed()

    def remove(self, line_id: str) -> None:
        """Take a line out; the one after it follows in its place."""
        index = self._index(line_id)
        del self._lines[index]
        self._unheard.pop(line_id, None)
        self._position -= index < self._position
        self._changed()

    def go(self, line_id: str) -> None:
        """Make a line the current one, from its beginning."""
        self._position = self._index(line_id)
        self._unheard.pop(line_id, None)

    def rewind(self) -> None:
        """Make the first line the current one, from its beginning."""
        self._position = 0
        self._unheard.clear()

    def again(self) -> None:
        """Let the current line begin anew; when all have been said, the last one."""
        self._position = min(self._position, max(0, len(self._lines) - 1))
        if self.current is not None:
            self._unheard.pop(self.current.line_id, None)

    def skip(self) -> None:
        """Make the next line the current one."""
        if self.current is not None:
            self.finished(self.current.line_id)

    def finished(self, line_id: str) -> None:
        """Take note that a line was said to its end; if it is the current one, the next becomes it.

        One before which others were put in meanwhile has its place before them now.
        """
        self._unheard.pop(line_id, None)
        if self.current is not None and self.current.line_id == line_id:
            self._position += 1
            self._wrap()
        elif self._has(line_id) and (index := self._index(line_id)) > self._position:
            self._lines.insert(self._position, self._lines.pop(index))
            self._position += 1
            self._changed()

    def cut(self, line_id: str, said: str, heard: str) -> None:
        """Take note that of `said`, which was a line or the rest of one, only `heard` reached the people."""
        rest = unheard(said, heard)
        if not rest.strip():
            self.finished(line_id)
        elif self._has(line_id):
            self._unheard[line_id] = rest

    def text_of(self, line_id: str) -> str | None:
        """Return what a line says, None for one that there is not."""
        return next((line.text for line in self._lines if line.line_id == line_id), None)

    def clear(self) -> None:
        """Forget all lines."""
        self._lines, self._position = [], 0
        self._unheard.clear()
        self._changed()

    def _changed(self) -> None:
        self.revision += 1
        self._wrap()

    def _wrap(self) -> None:
        if self._loop and self._position >= len(self._lines):
            self._position = 0

    def _has(self, line_id: str) -> bool:
        return any(line.line_id == line_id for line in self._lines)

    def _index(self, line_id: str) -> int:
        for index, line in enumerate(self._lines):
            if line.line_id == line_id:
                return index
        raise LineNotFound("the script has no such line (any more); GET …/script shows what it has")


def _check(lines: list[Line]) -> None:
    if len(lines) > MAX_LINES:
        raise QueueFull(f"a script has at most {MAX_LINES} lines; remove some first")
    if sum(len(line.text.encode()) for line in lines) > MAX_BYTES:
        raise QueueFull(f"the lines of a script have at most {MAX_BYTES} bytes together; remove some first")

"""The lines of a script and its place in them."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.errors import LineNotFound, QueueFull
from bridge.talk.script import MAX_BYTES, MAX_LINES, Line, Script


def script(*names: str) -> Script:
    made = Script()
    made.replace([Line(name, f"{name}.") for name in names])
    return made


def names(of: Script) -> str:
    """Return the ids in order, the current one in brackets; `[]` at the end when all have been said."""
    current = of.current.line_id if of.current is not None else None
    return "".join(f"[{line.line_id}]" if line.line_id == current else line.line_id for line in of.lines) + (
        "" if current else "[]"
    )


def test_lines_follow_each_other_to_the_end() -> None:
    lines = script("a", "b")
    seen = [names(lines)]
    for name in ("a", "b"):
        lines.finished(name)
        seen.append(names(lines))
    assert seen == ["[a]b", "a[b]", "ab[]"]
    assert lines.left == ""


def test_a_loop_begins_again() -> None:
    lines = script("a", "b")
    lines.loop = True
    lines.finished("a")
    lines.finished("b")
    assert names(lines) == "[a]b"


def test_a_loop_that_is_switched_on_at_the_end_goes_on_at_once() -> None:
    lines = script("a")
    lines.finished("a")
    lines.loop = True
    assert names(lines) == "[a]"


def test_what_was_not_heard_is_said_next() -> None:
    lines = Script()
    lines.replace([Line("a", "One. Two. Three. Four.")])
    lines.cut("a", "One. Two. Three. Four.", "One. Two.")
    assert lines.left == "Three. Four."
    lines.cut("a", "Three. Four.", "Three. ")
    assert lines.left == "Four."
    lines.cut("a", "Four.", "Four.")
    assert names(lines) == "a[]"


def test_a_line_that_is_changed_begins_anew() -> None:
    lines = script("a")
    lines.cut("a", "One. Two.", "One. ")
    lines.edit("a", "Three.")
    assert lines.left == "Three."


def test_other_lines_keep_the_current_one_if_it_is_among_them() -> None:
    lines = script("a", "b", "c")
    lines.finished("a")
    lines.cut("b", "One. Two.", "One. ")
    lines.replace([Line("x", "x."), *lines.lines])
    assert names(lines) == "xa[b]c"
    assert lines.left == "Two."
    lines.replace([Line("y", "y."), Line("z", "z.")])
    assert names(lines) == "[y]z"


def test_a_line_put_in_after_the_last_is_next() -> None:
    lines = script("a")
    lines.finished("a")
    lines.insert(Line("b", "b."), 99)
    assert names(lines) == "a[b]"


@pytest.mark.parametrize(("after_current", "order"), [(True, "[a]xb"), (False, "[x]ab")])
def test_next_and_now(after_current: bool, order: str) -> None:
    lines = script("a", "b")
    lines.insert_next(Line("x", "x."), after_current=after_current)
    assert names(lines) == order


def test_again_says_the_last_one_when_all_have_been_said() -> None:
    lines = script("a", "b")
    lines.skip()
    lines.skip()
    lines.again()
    assert names(lines) == "a[b]"
    script().again()


def test_it_has_bounds() -> None:
    lines = script(*map(str, range(MAX_LINES)))
    revision = lines.revision
    with pytest.raises(QueueFull):
        lines.insert(Line("x", "x"), 0)
    assert (len(lines.lines), lines.revision) == (MAX_LINES, revision)
    large = script("a")
    large.edit("a", "x" * MAX_BYTES)
    with pytest.raises(QueueFull):
        large.insert(Line("b", "x"), 0)
    with pytest.raises(QueueFull):
        large.edit("a", "é" * MAX_BYTES)


@pytest.mark.parametrize("act", ["go", "remove"])
def test_unknown_lines(act: str) -> None:
    with pytest.raises(LineNotFound):
        getattr(script("a"), act)("b")


class Model(RuleBasedStateMachine):
    """The naive model: two lists, what was said and what is to come."""

    def __init__(self) -> None:
        super().__init__()
        self.script = Script()
        self.said: list[str] = []
        self.coming: list[str] = []
        self.count = 0

    def new(self) -> Line:
        self.count += 1
        return Line(str(self.count), "One. Two.")

    def wrap(self) -> None:
        if self.script.loop and not self.coming:
            self.said, self.coming = [], self.said

    @rule(index=st.integers(0, 8))
    def insert(self, index: int) -> None:
        line = self.new()
        self.script.insert(line, index)
        if index < len(self.said) or (index == len(self.said) and self.coming):
            self.said.insert(index, line.line_id)
        else:
            self.coming.insert(index - len(self.said), line.line_id)

    @rule(after=st.booleans())
    def insert_next(self, after: bool) -> None:
        line = self.new()
        self.script.insert_next(line, after_current=after)
        self.coming.insert(1 if after and self.coming else 0, line.line_id)

    @precondition(lambda self: self.said or self.coming)
    @rule(which=st.integers(0, 99))
    def remove(self, which: int) -> None:
        together = [*self.said, *self.coming]
        name = together[which % len(together)]
        self.script.remove(name)
        (self.said if name in self.said else self.coming).remove(name)
        self.wrap()

    @precondition(lambda self: self.said or self.coming)
    @rule(which=st.integers(0, 99), index=st.integers(0, 8))
    def move(self, which: int, index: int) -> None:
        together = [*self.said, *self.coming]
        name, current = together[which % len(together)], self.coming[0] if self.coming else None
        self.script.move(name, index)
        together.remove(name)
        together.insert(index, name)
        place = together.index(current) if current is not None else len(together)
        self.said, self.coming = together[:place], together[place:]

    @precondition(lambda self: self.said or self.coming)
    @rule(which=st.integers(0, 99))
    def go(self, which: int) -> None:
        together = [*self.said, *self.coming]
        place = which % len(together)
        self.script.go(together[place])
        self.said, self.coming = together[:place], together[place:]

    @rule()
    def skip(self) -> None:
        self.script.skip()
        self.said, self.coming = self.said + self.coming[:1], self.coming[1:]
        self.wrap()

    @rule(loop=st.booleans())
    def set_loop(self, loop: bool) -> None:
        self.script.loop = loop
        self.wrap()

    @precondition(lambda self: self.coming)
    @rule(heard=st.sampled_from(["", "One. ", "One. Two."]))
    def cut(self, heard: str) -> None:
        self.script.cut(self.coming[0], "One. Two.", heard)
        if heard == "One. Two.":
            self.said, self.coming = self.said + self.coming[:1], self.coming[1:]
            self.wrap()
        else:
            assert self.script.left == "One. Two."[len(heard) :]

    @invariant()
    def same(self) -> None:
        assert [line.line_id for line in self.script.lines] == [*self.said, *self.coming]
        current = self.script.current
        assert (current and current.line_id) == (self.coming[0] if self.coming else None)


TestModel = Model.TestCase

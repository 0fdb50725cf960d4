import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.transitions import Readiness, Transition, parse


def test_immediate_is_ready_before_any_poll():
    assert Readiness(Transition("immediate", 0), 10.0).ready(10.0)


@given(polls=st.integers(0, 20))
def test_the_nth_poll_is_the_first_to_see_it_ready(polls: int):
    readiness = Readiness(Transition("polls", polls), 0.0)
    seen = [readiness.poll(0.0) for _ in range(polls + 2)]
    assert seen == [number >= polls for number in range(1, polls + 3)]
    assert readiness.ready(0.0)


@given(seconds=st.floats(0, 1000), start=st.floats(0, 1e6), later=st.floats(0, 2000))
def test_seconds_count_from_the_creation(seconds: float, start: float, later: float):
    now = start + later
    assert Readiness(Transition("seconds", seconds), start).ready(now) == (now - start >= seconds)


def test_specs():
    assert parse("immediate") == Transition("immediate", 0)
    assert parse("polls=3") == Transition("polls", 3)
    assert parse("seconds=0.5") == Transition("seconds", 0.5)


@pytest.mark.parametrize(
    "spec", ["", "soon", "polls", "polls=1.5", "polls=-1", "seconds=", "seconds=nan", "seconds=-1", "immediate=1"]
)
def test_bad_specs_say_what_is_allowed(spec: str):
    with pytest.raises(ValueError, match="write immediate, polls=N or seconds=S"):
        parse(spec)

from hypothesis import given
from hypothesis import strategies as st

from emulator.channel.line import FATES, HOLD_SECONDS, Fate, Line, worst


def run(*fates: Fate) -> list[int]:
    line: Line[int] = Line()
    return [item for number, fate in enumerate(fates, 1) for item in line.next(number, fate, 0.0)]


def test_fates():
    assert run("go", "go") == [1, 2]
    assert run("twice", "go") == [1, 1, 2]
    assert run("lose", "go") == [2]
    assert run("behind", "go", "go") == [2, 1, 3]
    assert run("behind", "behind", "go") == [1, 3, 2]
    assert run("behind", "lose", "go") == [3, 1]
    assert run("behind", "twice") == [2, 2, 1]


def test_a_lone_frame_goes_on_by_itself():
    line: Line[int] = Line()
    assert line.next_deadline() is None
    assert line.next(1, "behind", 7.0) == []
    assert line.next_deadline() == 7.0 + HOLD_SECONDS
    assert line.tick(7.0 + HOLD_SECONDS - 0.01) == []
    assert line.tick(7.0 + HOLD_SECONDS) == [1]
    assert line.next_deadline() is None
    assert line.next(2, "behind", 8.0) == []
    assert line.next(3, "behind", 8.1) == [2]
    assert line.next_deadline() == 8.1 + HOLD_SECONDS
    assert line.next(4, "go", 8.2) == [4, 3]
    assert line.tick(99.0) == []


def test_the_worst_counts():
    assert worst([]) == "go"
    assert worst(["twice", "lose", "behind"]) == "lose"
    assert worst(["twice", "behind"]) == "behind"


@given(st.lists(st.sampled_from(FATES), max_size=30))
def test_nothing_is_lost_but_what_is_to_be(fates: list[Fate]):
    gone = run(*fates, "go")
    for number, fate in enumerate(fates, 1):
        assert gone.count(number) == {"go": 1, "twice": 2, "lose": 0, "behind": 1}[fate]

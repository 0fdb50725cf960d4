from hypothesis import given
from hypothesis import strategies as st

from emulator.channel.line import FATES, Fate, Line, worst


def run(*fates: Fate) -> list[int]:
    line: Line[int] = Line()
    return [item for number, fate in enumerate(fates, 1) for item in line.next(number, fate)]


def test_fates():
    assert run("go", "go") == [1, 2]
    assert run("twice", "go") == [1, 1, 2]
    assert run("lose", "go") == [2]
    assert run("behind", "go", "go") == [2, 1, 3]
    assert run("behind", "behind", "go") == [1, 3, 2]
    assert run("behind", "lose", "go") == [3, 1]
    assert run("behind", "twice") == [2, 2, 1]


def test_the_worst_counts():
    assert worst([]) == "go"
    assert worst(["twice", "lose", "behind"]) == "lose"
    assert worst(["twice", "behind"]) == "behind"


@given(st.lists(st.sampled_from(FATES), max_size=30))
def test_nothing_is_lost_but_what_is_to_be(fates: list[Fate]):
    gone = run(*fates, "go")
    for number, fate in enumerate(fates, 1):
        assert gone.count(number) == {"go": 1, "twice": 2, "lose": 0, "behind": 1}[fate]

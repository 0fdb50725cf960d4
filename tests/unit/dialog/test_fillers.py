from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialog.fillers import Fillers


def test_fillers_come_in_turn_by_language():
    fillers = Fillers({"en": ["A", "B"], "zh": ["甲"]})
    assert [fillers.next("en") for _ in range(3)] == ["A", "B", "A"]
    assert [fillers.next("zh") for _ in range(3)] == ["甲", None, "甲"]
    assert fillers.next("fr") is None
    assert Fillers({}).next("en") is None


@given(
    st.dictionaries(st.sampled_from("ab"), st.lists(st.sampled_from("xyz"), max_size=3)),
    st.lists(st.sampled_from("abc"), max_size=30),
)
def test_none_comes_twice_in_a_row(phrases: dict[str, list[str]], languages: list[str]):
    fillers = Fillers(phrases)
    said = [fillers.next(language) for language in languages]
    assert all(one is None or one != two for one, two in pairwise(said))
    assert all(phrase in (None, *phrases.get(language, [])) for phrase, language in zip(said, languages, strict=True))

"""What is left of a text of which a part was heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.talk.unheard import unheard

CASES = [
    ("One. Two. Three.", "One. ", "Two. Three."),
    ("One. Two. Three.", "One.", "Two. Three."),
    ("One. Two.", "One. Two.", ""),
    ("One. Two.", "", "One. Two."),
    ("大家好。今天天气很好。", "大家好。", "今天天气很好。"),
    ("One.\n\n  Two.", "One. ", "Two."),
    ("One.  Two.", "One. T", "wo."),
    # What does not fit is said again as a whole, rather than from a wrong place.
    ("One. Two.", "Uno.", "One. Two."),
    ("One.", "One. Two.", "One."),
]


@pytest.mark.parametrize(("text", "heard", "left"), CASES)
def test_what_is_left(text: str, heard: str, left: str) -> None:
    assert unheard(text, heard) == left


@given(st.text(max_size=40), st.integers(0, 40))
def test_what_was_heard_and_what_is_left_make_the_text(text: str, place: int) -> None:
    heard = text[:place]
    left = unheard(text, heard)
    assert "".join(f"{heard}{left}".split()) == "".join(text.split())
    assert text.endswith(left)

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.text import fragments

TAG = re.compile(r"</?[a-z-]+[^<>]*>")
words = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="<>"), max_size=12)
tags = st.sampled_from(
    [
        '<insert-action type="left_up1"/>',
        '<phoneme ph="hao3">好</phoneme>',
        "<p>",
        "</p>",
        '<break time="1s"/>',
        "<",
        ">",
    ]
)
spoken = st.lists(words | tags, max_size=12).map("".join)


@given(st.text(alphabet=st.characters(codec="utf-8")) | spoken, st.integers(4, 80))
def test_fragments_lose_nothing_and_fit(text: str, limit: int):
    pieces = list(fragments(text, limit))
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)


@given(spoken, st.integers(4, 80))
def test_a_tag_is_split_only_if_it_fits_no_fragment(text: str, limit: int):
    cuts: set[int] = set()
    for piece in fragments(text, limit):
        cuts.add(max(cuts, default=0) + len(piece))
    for tag in TAG.finditer(text):
        inside = cuts & set(range(tag.start() + 1, tag.end()))
        assert not inside or len(tag[0].encode()) > limit


@given(st.integers(0, 60), st.integers(0, 60))
def test_what_a_tag_encloses_stays_with_it(before: int, after: int):
    element = '<phoneme alphabet="py" ph="hao3">好</phoneme>'
    pieces = list(fragments("a" * before + element + "b" * after, 60))
    assert sum(element in piece for piece in pieces) == 1


def test_an_element_that_is_too_long_is_cut_between_its_tags():
    text = "<s>" + "好" * 30 + "</s>"
    pieces = list(fragments(text, 40))
    assert "".join(pieces) == text
    assert pieces[0].startswith("<s>")
    assert pieces[-1].endswith("</s>")


def test_a_thousand_bytes_of_chinese_are_333_characters():
    assert [len(piece) for piece in fragments("好" * 700, 1000)] == [333, 333, 34]


@pytest.mark.parametrize("grapheme", ["👩‍👩‍👧", "e\u0301\u0302", "🇨🇳", "가"])
def test_what_is_seen_as_one_is_not_split(grapheme: str):
    for before in range(20):
        pieces = list(fragments("a" * before + grapheme + "b" * 20, 20 + len(grapheme.encode())))
        assert any(grapheme in piece for piece in pieces)


def test_a_lone_surrogate_is_replaced():
    assert list(fragments("a\ud800b", 1000)) == ["a?b"]


@pytest.mark.parametrize("text", ["<a" * 40_000, '<a "' * 30_000, "<p>" * 20_000 + "</p>" * 20_000, "\u0301" * 20_000])
def test_malice_takes_no_longer_than_anything_else(text: str):
    """Each took under 0.1 s; a search that goes back and forth would take minutes."""
    assert "".join(fragments(text, 1000)) == text


def test_four_bytes_before_a_space_fit_the_smallest_limit():
    assert list(fragments("😀 x", 4)) == ["😀", " x"]

from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.text import fragments


@given(st.text(alphabet=st.characters(codec="utf-8")), st.integers(4, 40))
def test_fragments_lose_nothing_and_fit(text: str, limit: int):
    pieces = list(fragments(text, limit))
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)


def test_a_thousand_bytes_of_chinese_are_333_characters():
    assert [len(piece) for piece in fragments("好" * 700, 1000)] == [333, 333, 34]


def test_a_lone_surrogate_is_replaced():
    assert list(fragments("a\ud800b", 1000)) == ["a?b"]

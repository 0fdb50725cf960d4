import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.speech.clauses import MAX_CHARACTERS, cut_sentences, split
from emulator.speech.ssml import Action, Pause, Piece, acted, has_tags, pieces, tag_around

WAVE = '<insert-action type="wave"/>'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Hello.", ["Hello."]),
        ('A<break time="500ms"/>B', ["A", Pause(0.5), "B"]),
        ("A<break time='1.5s' />", ["A", Pause(1.5)]),
        ('<break time="2 s"></break>B', [Pause(2.0), "B"]),
        ('<break strength="weak"/>', [Pause(0.25)]),
        ("<break/>", [Pause(0.25)]),
        ('<BREAK time="90s"/>', [Pause(10.0)]),
        (f"{WAVE}A{WAVE}", [Action(), "A", Action()]),
        ("<insert-action type='b'></insert-action>A", [Action(), "A"]),
        ('<phoneme ph="fu4">A</phoneme>', ['<phoneme ph="fu4">A</phoneme>']),
        ("1 < 2, <breakfast> at 9", ["1 < 2, <breakfast> at 9"]),
    ],
)
def test_pieces(text: str, found: list[Piece]):
    assert pieces(text) == found


@pytest.mark.parametrize("text", ["<speak>", "a <break/> b", '<phoneme alphabet="py" ph="fu4">', "</p>"])
def test_tags(text: str):
    assert has_tags(text)


@pytest.mark.parametrize("text", ["", "1 < 2 > 0", "<breakfast>", "<b>bold</b>", "<3", "< p >"])
def test_no_tags(text: str):
    assert not has_tags(text)


def test_an_action_is_added_where_there_is_none():
    assert pieces(acted("Hello.")) == [Action(), "Hello."]
    assert acted(f"Hello{WAVE}.") == f"Hello{WAVE}."


def test_no_sentence_ends_within_a_tag():
    tag = '<break time="0.5s! really? "/>'
    assert cut_sentences(f"One{tag} two. Three") == ([f"One{tag} two."], " Three")
    assert cut_sentences('One <break time="0. ') == ([], 'One <break time="0. ')
    assert tag_around(f"One{tag}", 10) == 3
    assert tag_around(f"One{tag}", 3) is None


def test_a_long_text_is_not_cut_within_a_tag():
    text = "a" * (MAX_CHARACTERS - 5) + WAVE + "b"
    assert split(text) == ["a" * (MAX_CHARACTERS - 5), f"{WAVE}b"]


@given(st.lists(st.sampled_from([WAVE, '<break time="1s"/>', "word ", "end. ", "<p>", "句。", "x" * 90]), max_size=30))
def test_cutting_and_reading_keep_all(parts: list[str]):
    text = "".join(parts)
    clauses, rest = cut_sentences(text)
    assert "".join(clauses) + rest == text
    read = [piece for clause in [*clauses, rest] for piece in pieces(clause)]
    assert sum(isinstance(piece, Action) for piece in read) == text.count(WAVE)
    assert "".join(p for p in read if isinstance(p, str)) == text.replace(WAVE, "").replace('<break time="1s"/>', "")

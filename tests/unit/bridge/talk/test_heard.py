"""What was heard of an answer, at moments of a clock that the test turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.session.estimate import SpeechRate
from bridge.talk.heard import Heard, beginning

ONE, TWO, THREE = "Once upon a time ", "there was a king ", "in the north."


def telling(*, ends: bool = True) -> Heard:
    """Return an answer whose clauses were spoken from 1 s to 2 s, from 2.5 s to 3.5 s, and the last one from 4 s on."""
    heard = Heard(SpeechRate())
    for clause in (ONE, TWO, THREE):
        heard.push(clause)
    heard.began(1.0)
    for number, (text, begins) in enumerate(((ONE, 1.0), (TWO, 2.5), (THREE, 4.0)), 1):
        heard.clause(number, text, "started", begins)
        if ends and text != THREE:
            heard.clause(number, text, "ended", begins + 1.0)
    return heard


@pytest.mark.parametrize(
    ("at", "wanted"),
    [
        (0.9, ""),
        (1.02, ""),
        (1.6, "Once upon "),
        (1.99, "Once upon a time"),
        (2.0, ONE),
        (2.4, ONE),
        (3.0, ONE + "there "),
        (3.5, ONE + TWO),
        (4.01, ONE + TWO),
        (60.0, ONE + TWO + "in the "),
    ],
)
def test_whole_clauses_and_the_whole_words_of_the_one_that_was_running(at: float, wanted: str) -> None:
    assert telling().until(at) == wanted


def test_where_the_length_of_the_sound_is_known_it_decides() -> None:
    heard = Heard(SpeechRate(), {1: 4.0}.get)
    for clause in (ONE, TWO):
        heard.push(clause)
    heard.began(1.0)
    heard.clause(1, ONE, "started", 1.0)
    assert [heard.until(1.0 + spoken) for spoken in (0.5, 2.4, 3.1)] == ["", "Once upon ", "Once upon a "]
    heard.clause(1, ONE, "ended", 5.0)
    heard.clause(2, TWO, "started", 5.0)
    assert heard.until(6.0).startswith(ONE + "there ")


def test_a_clause_is_over_when_the_next_one_begins() -> None:
    assert telling(ends=False).until(2.6) == ONE


def test_a_clause_whose_end_nobody_told_is_never_whole() -> None:
    heard = Heard(SpeechRate())
    heard.push(ONE)
    heard.began(0.0)
    heard.clause(1, ONE, "started", 0.0)
    assert heard.until(60.0) == "Once upon a time"
    assert heard.whole() == ONE


def test_a_cloud_that_tells_of_no_clause_is_believed_to_speak_at_the_usual_rate() -> None:
    heard, rate = Heard(SpeechRate()), SpeechRate()
    for clause in (ONE, TWO, THREE):
        heard.push(clause)
    assert heard.until(5.0) == ""
    heard.began(1.0)
    heard.clause(1, ONE + TWO, "started", 1.0)
    heard.clause(9, ONE, "started", 1.0)
    two_begins = 1.0 + rate.seconds(ONE)
    assert heard.until(two_begins) == ONE
    assert heard.until(two_begins + rate.seconds(TWO) / 2) == ONE + "there "
    assert heard.until(60.0) == ONE + TWO + THREE


def test_an_aside_is_no_part_of_the_answer() -> None:
    heard = Heard(SpeechRate())
    heard.push("One moment. ", aside=True)
    heard.push(ONE)
    heard.began(0.0)
    for number, text, begins in ((1, "One moment. ", 0.0), (2, ONE, 1.0)):
        heard.clause(number, text, "started", begins)
        heard.clause(number, text, "ended", begins + 1.0)
    assert heard.until(0.5) == heard.until(1.0) == ""
    assert heard.until(2.0) == heard.whole() == ONE


def test_the_voice_is_learnt_from() -> None:
    rate = SpeechRate()
    heard, usual = Heard(rate), rate.seconds(ONE)
    heard.push(ONE)
    heard.clause(1, ONE, "started", 0.0)
    heard.clause(1, ONE, "ended", 2 * usual)
    assert rate.seconds(ONE) > usual


@pytest.mark.parametrize(
    ("text", "share", "wanted"),
    [
        ("从前有一位国王。", 0.5, "从前有一"),
        ("I don't know.", 0.7, "I don't "),
        ("안녕하세요 여러분", 0.5, ""),
        ("안녕하세요 여러분", 0.7, "안녕하세요 "),
        ("ABC中文", 0.5, "ABC"),
        ("か\u3099か\u3099", 0.4, ""),
        ("", 0.5, ""),
        ("word", 5.0, ""),
    ],
)
def test_words_are_not_cut(text: str, share: float, wanted: str) -> None:
    assert beginning(text, share, 1.0) == wanted


@given(st.text(), st.floats(0, 2), st.floats(0, 2))
def test_later_is_never_less_and_never_all(text: str, early: float, more: float) -> None:
    short, long = beginning(text, early, 1.0), beginning(text, early + more, 1.0)
    assert text.startswith(long)
    assert long.startswith(short)
    assert not text or long != text

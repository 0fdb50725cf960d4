import pytest

from dialog.wake import WakePhrases

WAKE = WakePhrases(["hey Yun", "小云小云"])


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Hey Yun, what time is it?", "what time is it?"),
        ("HEY, YUN!", ""),
        ("What time is it, hey Yun?", "What time is it"),
        ("they yunder", None),
        ("hey Yuna, come", None),
        ("小云，小云，现在几点？", "现在几点？"),
        ("小云小云", ""),
        ("小云在哪里", None),
        ("", None),
    ],
)
def test_the_question_is_what_follows_the_phrase(text: str, question: str | None):
    found = WAKE.question(text)
    assert found == question


def test_a_phrase_has_letters():
    with pytest.raises(ValueError, match="no letter"):
        WakePhrases(["?!"])

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bridge.gateway.models import MAX_MESSAGE, MAX_SAY, Chat, CreateSession, Interrupt, Say


@given(st.text(max_size=3), st.integers(0, 3))
def test_the_limit_of_a_text_counts_bytes_of_utf8(text: str, over: int) -> None:
    text = "字" * ((MAX_MESSAGE - 9) // 3) + text
    text += "x" * max(0, MAX_MESSAGE + over - len(text.encode()))
    fits = len(text.encode()) <= MAX_MESSAGE
    try:
        Chat(message=text)
    except ValidationError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize("text", ["", " ", "\n\t　", "x" * (MAX_SAY + 1), "字" * (MAX_SAY // 3 + 1), "\ud800"])
def test_a_text_that_cannot_be_said_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="text"):
        Say(text=text)


@pytest.mark.parametrize("text", ["x", "x" * MAX_SAY, "字" * (MAX_SAY // 3)])
def test_any_other_text_is_taken_as_it_is(text: str) -> None:
    assert Say(text=text).text == text


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"text": 1}',
        b'{"text": "x", "interrupt": 1}',
        b'{"text": "x", "wait": "forever"}',
        b'{"text": "x", "timeout_s": 0}',
        b'{"text": "x", "timeout_s": 3601}',
        b'{"text": "x", "timeout_s": "5"}',
        b'{"text": "x", "timeout_s": NaN}',
        b'{"text": "x", "timeout_s": Infinity}',
        b'{"text": "x", "ref": ""}',
        b'{"text": "x", "speed": 2}',
    ],
)
def test_a_wrong_wish_to_say_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        Say.model_validate_json(body)


def test_defaults() -> None:
    wish = Say.model_validate_json('{"text": "x", "timeout_s": 5}')
    assert (wish.interrupt, wish.wait, wish.timeout_s, wish.ref) == (False, "accepted", 5, None)
    assert CreateSession.model_validate_json("{}") == CreateSession(mode="text", replace=False, metadata={})
    assert Interrupt.model_validate_json("{}").scope == "all"
    assert CreateSession(user_id="kiosk-7!drop@audio:17").user_id == "kiosk-7!drop@audio:17"

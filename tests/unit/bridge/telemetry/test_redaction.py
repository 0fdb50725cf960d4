import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.telemetry.redaction import REDACTED, Redactor

SECRET = 'pa ss/w"örd+ß=\\x'


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.register(SECRET)
    return redactor


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        quote(SECRET, safe="").lower(),
        quote_plus(SECRET),
        repr(SECRET)[1:-1],
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_registered_secret_is_taken_out_in_every_form(redactor: Redactor, form: str) -> None:
    text = redactor.text(f"before {form} after")
    assert form not in text
    assert text.startswith(f"before {REDACTED}")
    assert text.endswith("after")


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        ("GET /v2/ws?appkey=a&signature=QVen%2BIC4k0VHt%3D&timestamp=17 HTTP/1.1", "QVen"),
        ('{"Signature": "QVenICk0"}', "QVen"),
        (r'"{\"UserSig\":\"eJwtzM\"}"', "eJwt"),
        ("{'user_sig': 'eJwtzM', 'room_id': 5}", "eJwt"),
        ("trtc://12?userSig=eJwtzM&privateMapKey=qwerty", "eJwt"),
        ("trtc://12?userSig=eJwtzM&privateMapKey=qwerty", "qwerty"),
        ("accesstoken=zzzz", "zzzz"),
        ("url=http%3A%2F%2Fx%3Fsignature%3Dabcdef%26x", "abcdef"),
        ("GET /v2/ws?signature=bo7PGv%2FIC HTTP/1.1", "=bo"),
        ("Authorization: Bearer abcdef", "abcdef"),
        ("{'Authorization': 'SDK-HMAC-SHA256 Access=abcdef, Signature=12'}", "abcdef"),
        (r"b'Authorization: Basic abcdef\r\nHost: x'", "abcdef"),
        ("('authorization', 'Token abcdef')", "abcdef"),
        ("the token is Bearer abcdef.ghi", "abcdef"),
    ],
)
def test_what_follows_a_secret_name_is_taken_out(text: str, leak: str) -> None:
    redacted = Redactor().text(text)
    assert leak not in redacted
    assert REDACTED in redacted


def test_what_is_no_secret_stays() -> None:
    redactor = Redactor()
    text = "http.request path=/v1/sessions/s_1/say status=202 room_id: 5, the signature of f is good"
    assert redactor.text(text) == text
    assert redactor.text(r"b'Authorization: Basic abcdef\r\nHost: x'").endswith(r"\r\nHost: x'")


def test_too_short_a_secret_is_ignored() -> None:
    redactor = Redactor()
    redactor.register("abc")
    redactor.register("")
    assert redactor.text("abc") == "abc"


def test_the_longer_of_two_secrets_goes_whole() -> None:
    redactor = Redactor()
    redactor.register("canary")
    redactor.register("canary-extended")
    assert redactor.text("canary-extended") == REDACTED


def test_a_mapping_is_redacted_by_key_and_by_value(redactor: Redactor) -> None:
    event = redactor.mapping(
        {
            "api_key": "x",
            "token": "kept",
            "count": 5,
            "none": None,
            "nested": {"signature": "abcd"},
            "accesstoken": None,
        }
    )
    assert event["api_key"] == REDACTED
    assert event["count"] == 5
    assert event["none"] is None
    assert event["accesstoken"] is None
    assert "abcd" not in str(event["nested"])
    assert redactor.mapping({"who": [SECRET, 1]})["who"] == f"['{REDACTED}', 1]"


@given(st.text(min_size=4, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_survives_whatever_surrounds_it(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.register(secret)
    assert secret not in redactor.secrets(before + secret + after).replace(REDACTED, "\ufffe")


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiZHJpdmVyIn0.zjTs5vo4RqfGie-_Afg",
        "abg_8f-Gh2_kLmN0pQrStUvWxYz0123456789abcdefghij",
    ],
)
@pytest.mark.parametrize("around", ["{}", "/kiosk#grant={}", "b'{}'", '{{"token": "{}"}}', "Bearer {}", "({})"])
def test_tokens_and_grants_are_told_by_their_looks(secret: str, around: str) -> None:
    for text in (Redactor().text(around.format(secret)), Redactor().secrets(around.format(secret))):
        assert REDACTED in text
        assert secret[8:] not in text
        assert secret[-8:] not in text


def test_their_names_are_secret_too() -> None:
    assert Redactor().mapping({"token": "short", "grant": "short"}) == {"token": REDACTED, "grant": REDACTED}

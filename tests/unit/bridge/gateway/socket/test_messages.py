import json
from typing import Any

import pytest

from bridge.gateway.problems import InvalidFields
from bridge.gateway.socket.messages import ClientMessage, parse, ref_of
from tests.support.socket_messages import GOOD, models, wrong_messages


def test_every_message_has_an_example() -> None:
    assert set(GOOD) == set(models())


@pytest.mark.parametrize("name", list(GOOD))
def test_a_good_message_is_understood(name: str) -> None:
    message: ClientMessage = parse(json.dumps({"type": name, **GOOD[name]}).encode())
    assert message.model_dump(exclude_unset=True) == {"type": name, **GOOD[name]}


@pytest.mark.parametrize(("field", "message"), list(wrong_messages()))
def test_a_wrong_field_is_named_and_not_repeated(field: str, message: dict[str, Any]) -> None:
    frame = json.dumps(message).encode()
    with pytest.raises(InvalidFields) as caught:
        parse(frame)
    assert all(error.field.startswith(field) for error in caught.value.fields)
    assert "none of these" not in str(caught.value)
    ref = message.get("ref")
    assert ref_of(frame) == (ref if isinstance(ref, str) and 1 <= len(ref) <= 128 else None)


@pytest.mark.parametrize(("name", "text"), [("say", "x" * 65_537), ("say", "  \n"), ("chat", "é" * 4097), ("chat", "")])
def test_texts_have_limits(name: str, text: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        parse(json.dumps({"type": name, "text": text}).encode())
    assert [error.field for error in caught.value.fields] == ["text"]


@pytest.mark.parametrize("frame", [b"", b"\xff", b"[" * 50_000, b'{"type":"ping","x":' + b"[" * 50_000, b"{}", b"7"])
def test_what_is_no_message_is_refused(frame: bytes) -> None:
    with pytest.raises(InvalidFields):
        parse(frame)
    assert ref_of(frame) is None

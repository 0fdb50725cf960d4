import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.channel.frames import (
    Audio,
    BadFrame,
    Heartbeat,
    StreamText,
    Text,
    decode,
)
from emulator.codes import CloudError


def frame(command: str, data: object, **changes: object) -> str:
    payload = {"ReqId": "d7aa08da33dd4a662ad5be508c5b77cf", "SessionId": "m123", "Command": command, "Data": data}
    return json.dumps({"Header": {}, "Payload": payload | changes})


@pytest.mark.parametrize(
    ("command", "data", "parsed"),
    [
        ("SEND_TEXT", {"Text": "Hello", "ChatCommand": "NotUseChat"}, Text("Hello", chat_command="NotUseChat")),
        ("SEND_TEXT", {"Interrupt": True}, Text(interrupt=True)),
        ("SEND_STREAMTEXT", {"Text": "a", "Seq": 1, "IsFinal": False}, StreamText("a", 1)),
        (
            "SEND_STREAMTEXT",
            {"Text": "", "Seq": 59, "IsFinal": True, "Interrupt": True, "SmartActionEnabled": True},
            StreamText("", 59, is_final=True, interrupt=True, smart_action_enabled=True),
        ),
        ("SEND_AUDIO", {"Audio": "AAA=", "Seq": 1}, Audio("AAA=", 1)),
        ("SEND_HEARTBEAT", {"Text": "PING"}, Heartbeat("PING")),
    ],
)
def test_the_manuals_commands(command: str, data: object, parsed: object):
    uplink = decode(frame(command, data))
    assert uplink.command == parsed
    assert (uplink.req_id, uplink.session_id) == ("d7aa08da33dd4a662ad5be508c5b77cf", "m123")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"Header": {}}',
        frame("SEND_VIDEO", {}),
        frame("SEND_STREAMTEXT", {"Text": "a"}),
        frame("SEND_STREAMTEXT", {"Text": "a", "Seq": "1"}),
        frame("SEND_STREAMTEXT", {"Text": None, "Seq": 1}),
        frame("SEND_TEXT", "Hello"),
        frame("SEND_TEXT", {"Text": "a"}, ReqId=""),
        frame("SEND_TEXT", {"Text": "a"}, ReqId=7),
        frame("SEND_AUDIO", {"Seq": 1}),
        frame("SEND_AUDIO", {"Interrupt": True}),
        frame("SEND_HEARTBEAT", {}),
        frame("SEND_HEARTBEAT", {"Text": "AndroidSDK"}),
        frame("SEND_HEARTBEAT", {"Text": ""}),
        "[" * 5000,
    ],
)
def test_what_cannot_be_read_is_a_bad_frame(text: str):
    with pytest.raises(BadFrame) as caught:
        decode(text)
    assert caught.value.code.number == 100001


def test_a_bad_frame_keeps_its_req_id_where_it_can_be_told():
    with pytest.raises(BadFrame) as caught:
        decode(frame("SEND_STREAMTEXT", {"Text": "a"}, ReqId="R"))
    assert caught.value.req_id == "R"


def test_a_header_is_needed_unless_lenient():
    text = json.dumps({"Payload": json.loads(frame("SEND_TEXT", {"Text": "a"}))["Payload"]})
    with pytest.raises(BadFrame, match="Header is missing"):
        decode(text)
    assert decode(text, lenient=True).command == Text("a")


@pytest.mark.parametrize(
    ("command", "data", "parsed"),
    [
        ("SEND_HEARTBEAT", {"Text": "AndroidSDK"}, Heartbeat("AndroidSDK")),
        ("SEND_AUDIO", {"Interrupt": True}, Audio("", 0, interrupt=True)),
        ("SEND_AUDIO", {"Audio": "AAA=", "Seq": 1}, Audio("AAA=", 1)),
    ],
)
def test_what_real_clients_send_when_lenient(command: str, data: object, parsed: object):
    assert decode(frame(command, data), lenient=True).command == parsed


def test_lenient_audio_without_seq_must_be_an_interrupt():
    with pytest.raises(BadFrame, match="Seq is missing"):
        decode(frame("SEND_AUDIO", {"Audio": ""}), lenient=True)


def test_the_interrupt_of_audio_is_unknown_to_the_manual():
    assert decode(frame("SEND_AUDIO", {"Audio": "", "Seq": 1, "Interrupt": True})).command == Audio("", 1)


@given(st.binary(max_size=6000))
def test_the_duration_is_that_of_the_samples(sound: bytes):
    assert Audio(base64.b64encode(sound).decode(), 1).duration == len(sound) / 32_000


@given(st.text() | st.binary())
def test_any_bytes_are_a_bad_frame_and_nothing_worse(data: str | bytes):
    with pytest.raises(BadFrame):
        decode(data)


def test_audio_is_base64_of_whole_samples_of_at_most_160_ms():
    assert Audio(base64.b64encode(bytes(5120)).decode(), 1).sound() == bytes(5120)
    assert Audio("", 1).sound() == b""
    for wrong in (base64.b64encode(bytes(5122)).decode(), base64.b64encode(bytes(3)).decode(), "***", "AAA"):
        with pytest.raises(CloudError):
            Audio(wrong, 1).sound()

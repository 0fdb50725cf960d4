"""Downlink frames, typed from the manual's table ("Long Link Downstream Message") in the nesting of real clients."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.events import (
    Broadcast,
    CloseType,
    DriveError,
    DriveStatus,
    FinalType,
    Garbled,
    Message,
    ModelContent,
    ModelThinking,
    OtherMessage,
    UserInput,
    decode,
    refusal_of,
)

HEADER = '{"Code":0,"Message":"","RequestID":"gz1a","SessionID":"gz1a","DialogID":""}'


def told(payload: str, header: str = HEADER) -> object:
    """Return what is decoded, after checking that the Payload was kept as it came, without it."""
    message = decode(f'{{"Header":{header},"Payload":{payload}}}')
    assert isinstance(message, Message)
    assert bytes(message.raw).decode() == payload
    return msgspec.structs.replace(message, raw=msgspec.Raw(b""))


def test_a_status():
    payload = (
        '{"Type":3,"SessionId":"m1","ReqId":"r1","Seq":2,"SpeakStatus":"SentenceStart","ErrorCode":0,"ErrorMsg":"",'
        '"ErrorMessage":"","Novelty":{"a":[1]}}'
    )
    assert told(payload) == DriveStatus(type=3, session_id="m1", req_id="r1", speak_status="SentenceStart", seq=2)


def test_a_status_with_numbers_as_strings_and_nulls():
    payload = (
        '{"Type":"3","ReqId":"r1","Seq":"4","SpeakStatus":"AudioOver","FinalType":"2","ErrorCode":null,'
        '"ErrorMessage":null,"CloseType":null}'
    )
    message = told(payload)
    assert message == DriveStatus(type=3, req_id="r1", speak_status="AudioOver", seq=4, final_type=FinalType.TIMEOUT)


def test_a_status_nobody_knows_is_kept():
    message = told('{"Type":3,"ReqId":"r1","SpeakStatus":"SingingStart"}')
    assert message == DriveStatus(type=3, req_id="r1", speak_status="SingingStart")


def test_what_newer_pages_add_to_a_status():
    payload = (
        '{"Type":3,"ReqId":"r1","SpeakStatus":"TextOver","SpeechId":"s7","CloseType":5,"IsSessionStarted":true,'
        '"FinalType":9}'
    )
    assert told(payload) == DriveStatus(
        type=3,
        req_id="r1",
        speak_status="TextOver",
        speech_id="s7",
        close_type=CloseType.SAME_USER,
        is_session_started=True,
        final_type=9,
    )


@pytest.mark.parametrize("kind", [0, 9])
@pytest.mark.parametrize("field", ["ErrorMsg", "ErrorMessage"])
def test_a_failure_in_either_spelling(kind: int, field: str):
    message = told(f'{{"Type":{kind},"ReqId":"r1","ErrorCode":100001,"{field}":"Seq is wrong"}}')
    assert isinstance(message, DriveError)
    assert (message.type, message.req_id, message.code, message.message) == (kind, "r1", 100001, "Seq is wrong")


def test_a_header_code_is_a_failure():
    message = told('{"ReqId":"r1","Type":3}', '{"Code":110014,"Message":"NotReady: wait"}')
    assert isinstance(message, DriveError)
    assert (message.req_id, message.code, message.message) == ("r1", 110014, "NotReady: wait")


def test_what_a_bot_was_asked():
    assert told('{"Type":1,"ReqId":"r1","Text":"你好"}') == UserInput(type=1, req_id="r1", text="你好")


def test_what_a_bot_says():
    payload = (
        '{"Type":2,"ReqId":"r1","Text":"Hours","TextPro":"<speak>Hours</speak>","TextDisplay":"Hours!",'
        '"Uninterrupt":true,"Muted":true,"InteractionType":"Popup","InteractionContent":"{\\"title\\":\\"Hours\\"}"}'
    )
    assert told(payload) == Broadcast(
        type=2,
        req_id="r1",
        text="Hours",
        text_pro="<speak>Hours</speak>",
        text_display="Hours!",
        uninterrupt=True,
        muted=True,
        interaction_type="popup",
        interaction_content='{"title":"Hours"}',
    )


@pytest.mark.parametrize(("content", "ours"), [('"Image"', "Image"), ('"4"', "4"), ("4", "4"), ("null", "")])
def test_what_a_model_answers(content: str, ours: str):
    payload = (
        f'{{"Type":4,"ReqId":"r1","Seq":3,"Text":"One.","ContentType":{content},"TtsSupport":false,"Final":true,'
        '"IsHighLight":true,"CloudAiExtra":"{\\"record_id\\":\\"b\\"}"}'
    )
    assert told(payload) == ModelContent(
        type=4,
        req_id="r1",
        seq=3,
        text="One.",
        content_type=ours,
        tts_support=False,
        final=True,
        is_high_light=True,
        cloud_ai_extra='{"record_id":"b"}',
    )


def test_what_a_model_thinks():
    assert told('{"Type":5,"ReqId":"r1","Text":"Hm."}') == ModelThinking(type=5, req_id="r1", text="Hm.")


@pytest.mark.parametrize("kind", [6, 7, 77])
def test_other_types_pass_as_they_came(kind: int):
    message = told(f'{{"Type":{kind},"ReqId":"r1","Text":"你好","Odd":[1,{{"x":null}}]}}')
    assert message == OtherMessage(type=kind, req_id="r1")


def test_words_that_are_not_as_described_cost_only_themselves():
    assert told('{"Type":2,"ReqId":"r1","Text":["a"]}') == Broadcast(type=2, req_id="r1")
    message = told('{"Type":3,"ReqId":"r1","SpeakStatus":"TextOver","Text":{}}')
    assert message == DriveStatus(type=3, req_id="r1", speak_status="TextOver")


def test_a_refused_upgrade_may_tell_why():
    refusal = refusal_of(b'{"Header":{"Code":110018,"Message":"SessionNotFound: gone"},"Payload":{}}')
    assert refusal is not None
    assert (refusal.code, refusal.message) == (110018, "SessionNotFound: gone")
    for body in (b"", b"<html>Forbidden</html>", b'{"Header":{"Code":0},"Payload":{"Type":3}}', b"\xff"):
        assert refusal_of(body) is None


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"Payload":3}',
        '{"Payload":{"Type":{}}}',
        b"\xff\xfe",
        '{"Payload":' + "[" * 100_000,
    ],
    ids=["empty", "no json", "list", "no payload", "number", "object as type", "no utf-8", "deep"],
)
def test_garbage_harms_nobody(frame: str | bytes):
    assert isinstance(decode(frame), Garbled)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=12), children, max_size=4),
    max_leaves=12,
)
fields = st.sampled_from(
    ["Type", "ReqId", "Seq", "SpeakStatus", "FinalType", "ErrorCode", "ErrorMsg", "Text", "CloseType", "ContentType"]
)


@given(st.dictionaries(fields, json_values), st.dictionaries(st.sampled_from(["Code", "Message"]), json_values))
def test_decode_never_raises(payload: dict[str, object], header: dict[str, object]):
    decode(json.dumps({"Header": header, "Payload": payload}))
    refusal_of(json.dumps({"Header": header, "Payload": payload}).encode())

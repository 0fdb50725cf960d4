"""Downlink frames, typed from the manual's table ("Long Link Downstream Message") in the nesting of real clients."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.events import DriveError, DriveStatus, Garbled, OtherMessage, decode

HEADER = '{"Code":0,"Message":"","RequestID":"gz1a","SessionID":"gz1a","DialogID":""}'


def test_a_status():
    frame = (
        f'{{"Header":{HEADER},"Payload":{{"Type":3,"SessionId":"m1","ReqId":"r1","Seq":2,'
        '"SpeakStatus":"SentenceStart","ErrorCode":0,"ErrorMsg":"","ErrorMessage":"","Novelty":{"a":[1]}}}'
    )
    assert decode(frame) == DriveStatus(req_id="r1", speak_status="SentenceStart", seq=2)


def test_a_status_with_numbers_as_strings_and_nulls():
    frame = (
        '{"Payload":{"Type":"3","ReqId":"r1","Seq":"4","SpeakStatus":"AudioOver","FinalType":"2","ErrorCode":null,'
        '"ErrorMessage":null}}'
    )
    assert decode(frame) == DriveStatus(req_id="r1", speak_status="AudioOver", seq=4, final_type=2)


def test_a_status_nobody_knows_is_kept():
    frame = f'{{"Header":{HEADER},"Payload":{{"Type":3,"ReqId":"r1","SpeakStatus":"SingingStart"}}}}'
    assert decode(frame) == DriveStatus(req_id="r1", speak_status="SingingStart")


@pytest.mark.parametrize("field", ["ErrorMsg", "ErrorMessage"])
def test_a_failed_drive_in_either_spelling(field: str):
    frame = f'{{"Header":{HEADER},"Payload":{{"Type":9,"ReqId":"r1","ErrorCode":100001,"{field}":"Seq is wrong"}}}}'
    assert decode(frame) == DriveError(req_id="r1", code=100001, message="Seq is wrong")


def test_a_header_code_is_a_failure():
    frame = '{"Header":{"Code":110014,"Message":"NotReady: wait"},"Payload":{"ReqId":"r1","Type":3}}'
    assert decode(frame) == DriveError(req_id="r1", code=110014, message="NotReady: wait")


@pytest.mark.parametrize("kind", [0, 1, 2, 4, 5, 77])
def test_other_types_pass_as_they_came(kind: int):
    payload = f'{{"Type":{kind},"ReqId":"r1","Text":"你好","Odd":[1,{{"x":null}}]}}'
    message = decode(f'{{"Header":{HEADER},"Payload":{payload}}}')
    assert isinstance(message, OtherMessage)
    assert (message.type, bytes(message.raw).decode()) == (kind, payload)


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
fields = st.sampled_from(["Type", "ReqId", "Seq", "SpeakStatus", "FinalType", "ErrorCode", "ErrorMsg", "Text"])


@given(st.dictionaries(fields, json_values), st.dictionaries(st.sampled_from(["Code", "Message"]), json_values))
def test_decode_never_raises(payload: dict[str, object], header: dict[str, object]):
    decode(json.dumps({"Header": header, "Payload": payload}))

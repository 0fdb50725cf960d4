"""Golden frames, typed from the manual's samples, with the fields of the vendor's clients where the manual has none."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from bridge.wire.commands import Command, Heartbeat, SendAudio, SendText, StreamText
from bridge.wire.encode import Encoder, encode

REQ = "d7aa08da33dd4a662ad5be508c5b77cf"
SESSION = "m123adfafvbadsafd"


def framed(command: Command) -> dict[str, Any]:
    return json.loads(encode(command, req_id=REQ, session_id=SESSION))


def data(command: Command) -> dict[str, Any]:
    return framed(command)["Payload"]["Data"]


def test_a_text_is_the_manuals_sample():
    """ "Text-driven Instructions"."""
    assert framed(SendText(text="Hello, I am an artificially synthesized digital human")) == {
        "Header": {},
        "Payload": {
            "ReqId": "d7aa08da33dd4a662ad5be508c5b77cf",
            "SessionId": "m123adfafvbadsafd",
            "Command": "SEND_TEXT",
            "Data": {
                "Text": "Hello, I am an artificially synthesized digital human",
                "ChatCommand": "NotUseChat",
            },
        },
    }


def test_a_text_with_every_field():
    everything = SendText(
        text="你好",
        interrupt=True,
        chat_round_id="8f2b",
        cloud_ai_visitor_biz_id="visitor-1",
        smart_action_enabled=True,
        enhance_text=1,
        video_sei_info='{"k":"v"}',
    )
    assert data(everything) == {
        "Text": "你好",
        "ChatCommand": "NotUseChat",
        "Interrupt": True,
        "ChatRoundId": "8f2b",
        "CloudAiVisitorBizId": "visitor-1",
        "SmartActionEnabled": True,
        "EnhanceText": 1,
        "VideoSeiInfo": '{"k":"v"}',
    }


def test_a_text_for_the_vendors_bot_has_no_chat_command():
    assert data(SendText(text="What do you cost?", chat_command=UNSET, chat_round_id="8f2b")) == {
        "Text": "What do you cost?",
        "ChatRoundId": "8f2b",
    }


def test_an_interrupt_of_a_text_is_an_empty_one():
    """ "Instruction Sending Requirements", 1."""
    assert data(SendText(interrupt=True)) == {"Text": "", "ChatCommand": "NotUseChat", "Interrupt": True}


def test_a_stream_text_packet_is_the_manuals_sample():
    """ "Streaming Text-driven Instructions"."""
    assert framed(StreamText(text="Streaming Text Content", seq=1, is_final=False)) == {
        "Header": {},
        "Payload": {
            "ReqId": "d7aa08da33dd4a662ad5be508c5b77cf",
            "SessionId": "m123adfafvbadsafd",
            "Command": "SEND_STREAMTEXT",
            "Data": {"Text": "Streaming Text Content", "Seq": 1, "IsFinal": False},
        },
    }


def test_the_final_packet_is_the_manuals_sample():
    packet = StreamText(text="The streaming text has ended.", seq=59, is_final=True)
    assert data(packet) == {"Text": "The streaming text has ended.", "Seq": 59, "IsFinal": True}


def test_a_clause_carries_is_sentence():
    packet = StreamText(text="第一句。", seq=3, is_final=True, is_sentence=True)
    assert data(packet) == {"Text": "第一句。", "Seq": 3, "IsFinal": True, "IsSentence": True}
    assert "第一句。" in encode(packet, req_id=REQ, session_id=SESSION)


def test_a_stream_text_packet_with_every_field():
    packet = StreamText(
        text="第一句。",
        seq=1,
        is_final=False,
        smart_action_enabled=True,
        is_sentence=True,
        is_insert_sentence=True,
        video_sei_info='{"k":"v"}',
    )
    assert data(packet) == {
        "Text": "第一句。",
        "Seq": 1,
        "IsFinal": False,
        "SmartActionEnabled": True,
        "IsSentence": True,
        "IsInsertSentence": True,
        "VideoSeiInfo": '{"k":"v"}',
    }


def test_an_interrupt_of_a_stream_is_the_manuals_sample():
    packet = StreamText(text="", seq=59, is_final=True, interrupt=True)
    assert data(packet) == {"Text": "", "Seq": 59, "IsFinal": True, "Interrupt": True}


def test_an_audio_frame_is_the_manuals_sample():
    """ "Voice-driven Instructions"; the sample's Seq is 0, the table's says that it must start from 1."""
    assert framed(SendAudio(audio=b"\x01\x02\xff\x00", seq=1)) == {
        "Header": {},
        "Payload": {
            "ReqId": "d7aa08da33dd4a662ad5be508c5b77cf",
            "SessionId": "m123adfafvbadsafd",
            "Command": "SEND_AUDIO",
            "Data": {"Audio": "AQL/AA==", "Seq": 1, "IsFinal": False},
        },
    }


def test_the_end_of_a_sound_and_its_interrupt_are_an_empty_frame():
    assert data(SendAudio(audio=b"", seq=60, is_final=True)) == {"Audio": "", "Seq": 60, "IsFinal": True}


def test_an_audio_frame_that_interrupts():
    assert data(SendAudio(audio=b"", seq=7, is_final=True, interrupt=True))["Interrupt"] is True


def test_a_heartbeat_is_the_manuals_sample():
    """ "Heartbeat Instruction"."""
    assert framed(Heartbeat()) == {
        "Header": {},
        "Payload": {
            "ReqId": "d7aa08da33dd4a662ad5be508c5b77cf",
            "SessionId": "m123adfafvbadsafd",
            "Command": "SEND_HEARTBEAT",
            "Data": {"Text": "PING"},
        },
    }


def test_a_text_of_4000_bytes_is_the_longest():
    SendText(text="好" * 1333 + "!")
    with pytest.raises(ValueError, match="4000"):
        SendText(text="好" * 1334)


def test_a_fragment_of_1000_bytes_is_the_longest():
    StreamText(text="a" * 1000, seq=1, is_final=False)
    with pytest.raises(ValueError, match="1000"):
        StreamText(text="a" * 1001, seq=1, is_final=False)


@pytest.mark.parametrize("size", [5122, 5121, 3])
def test_a_frame_of_5120_bytes_is_the_longest_and_samples_are_whole(size: int):
    SendAudio(audio=b"\0" * 5120, seq=1)
    with pytest.raises(ValueError, match="5120"):
        SendAudio(audio=b"\0" * size, seq=1)


def test_a_visitor_of_64_characters_is_the_longest():
    SendText(text="Hi", cloud_ai_visitor_biz_id="v" * 64)
    with pytest.raises(ValueError, match="64"):
        SendText(text="Hi", cloud_ai_visitor_biz_id="v" * 65)


def test_seq_starts_from_1():
    with pytest.raises(ValueError, match="Seq"):
        StreamText(text="", seq=0, is_final=True)
    with pytest.raises(ValueError, match="Seq"):
        SendAudio(audio=b"", seq=0)


samples = st.binary(max_size=2560).map(lambda half: half * 2)
names = st.text(st.characters(codec="utf-8"), max_size=12)
frames = st.builds(SendAudio, audio=samples, seq=st.integers(1, 1 << 40), is_final=st.booleans())


@given(st.lists(st.tuples(names, names, frames), max_size=5))
def test_a_spliced_frame_is_the_plain_one(sent: list[tuple[str, str, SendAudio]]):
    encoder = Encoder()
    for req_id, session_id, frame in [pair for pair in sent for _ in range(2)]:
        spliced = encoder.encode(frame, req_id=req_id, session_id=session_id)
        assert spliced == encode(frame, req_id=req_id, session_id=session_id)
        payload = json.loads(spliced)["Payload"]
        assert (payload["ReqId"], payload["SessionId"]) == (req_id, session_id)
        assert base64.b64decode(payload["Data"]["Audio"], validate=True) == frame.audio


def test_other_commands_are_not_spliced():
    encoder = Encoder()
    for command in (SendAudio(audio=b"ab", seq=1), Heartbeat(), SendText(text="Hi"), SendAudio(audio=b"", seq=2)):
        assert encoder.encode(command, req_id=REQ, session_id=SESSION) == encode(
            command, req_id=REQ, session_id=SESSION
        )

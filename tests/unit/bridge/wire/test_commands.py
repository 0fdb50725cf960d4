"""Golden frames, typed from the manual's samples ("Streaming Text-driven Instructions", "Heartbeat Instruction")."""

import json

from bridge.wire.commands import Heartbeat, StreamText, encode

REQ = "d7aa08da33dd4a662ad5be508c5b77cf"
SESSION = "m123adfafvbadsafd"


def test_a_stream_text_packet_is_the_manuals_sample():
    frame = encode(StreamText(text="Streaming Text Content", seq=1, is_final=False), req_id=REQ, session_id=SESSION)
    assert json.loads(frame) == {
        "Header": {},
        "Payload": {
            "ReqId": "d7aa08da33dd4a662ad5be508c5b77cf",
            "SessionId": "m123adfafvbadsafd",
            "Command": "SEND_STREAMTEXT",
            "Data": {"Text": "Streaming Text Content", "Seq": 1, "IsFinal": False},
        },
    }


def test_a_clause_carries_is_sentence():
    packet = StreamText(text="第一句。", seq=3, is_final=True, is_sentence=True)
    frame = encode(packet, req_id=REQ, session_id=SESSION)
    assert json.loads(frame)["Payload"]["Data"] == {"Text": "第一句。", "Seq": 3, "IsFinal": True, "IsSentence": True}
    assert "第一句。" in frame


def test_an_interrupt_is_the_manuals_sample():
    packet = StreamText(text="", seq=59, is_final=True, interrupt=True)
    frame = encode(packet, req_id=REQ, session_id=SESSION)
    assert json.loads(frame)["Payload"]["Data"] == {"Text": "", "Seq": 59, "IsFinal": True, "Interrupt": True}


def test_a_heartbeat_is_the_manuals_sample():
    assert json.loads(encode(Heartbeat(), req_id=REQ, session_id=SESSION)) == {
        "Header": {},
        "Payload": {
            "ReqId": "d7aa08da33dd4a662ad5be508c5b77cf",
            "SessionId": "m123adfafvbadsafd",
            "Command": "SEND_HEARTBEAT",
            "Data": {"Text": "PING"},
        },
    }

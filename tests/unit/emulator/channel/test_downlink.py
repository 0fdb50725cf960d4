import json

from emulator.channel.downlink import REPLAYED_FRAMES, Downlinks
from emulator.codes import WRONG_TIMING, CloudError
from emulator.speech.cues import SpeakStatus, Status


def test_a_status_in_the_clouds_nesting():
    frame = Downlinks("m123").status(Status(0.0, "R", "SentenceStart", 2))
    assert frame.step == "SentenceStart"
    assert json.loads(frame.text) == {
        "Header": {"Code": 0, "Message": "", "RequestID": "", "SessionID": "m123", "DialogID": ""},
        "Payload": {
            "Type": 3,
            "SessionId": "m123",
            "ReqId": "R",
            "Seq": 2,
            "SpeakStatus": "SentenceStart",
            "ErrorCode": 0,
            "ErrorMsg": "",
            "ErrorMessage": "",
        },
    }


def test_final_type_stands_where_it_is_given():
    frame = Downlinks("m123").status(Status(0.0, "R", "AudioOver", final_type=2))
    assert json.loads(frame.text)["Payload"]["FinalType"] == 2


def test_the_failure_of_a_drive_is_type_9():
    payload = json.loads(Downlinks("m123").status(Status(0.0, "R", "Error")).text)["Payload"]
    assert (payload["Type"], payload["ErrorCode"]) == (9, -111005)
    assert payload["ErrorMsg"] == payload["ErrorMessage"] != ""


def test_a_refusal_is_type_9_and_not_told_again():
    downlinks = Downlinks("m123")
    frame = downlinks.refusal("R", CloudError(WRONG_TIMING, "too late"))
    payload = json.loads(frame.text)["Payload"]
    assert (frame.step, payload["Type"], payload["ReqId"], payload["ErrorCode"]) == ("down", 9, "R", 110015)
    assert payload["ErrorMsg"] == "DriveTimingInvalid: too late"
    assert list(downlinks.replay()) == []


def test_the_last_three_drives_are_told_again_in_order():
    downlinks = Downlinks("m123")
    over: tuple[SpeakStatus, ...] = ("WaitingTextStart", "TextOver")
    told = [downlinks.status(Status(0.0, drive, name)) for drive in "ABCDE" for name in over]
    assert list(downlinks.replay()) == told[-6:]


def test_or_only_the_latest_status_of_each():
    downlinks = Downlinks("m123")
    over: tuple[SpeakStatus, ...] = ("WaitingTextStart", "TextOver")
    told = [downlinks.status(Status(0.0, drive, name)) for drive in "ABCDE" for name in over]
    assert list(downlinks.replay(last_only=True)) == told[-5::2]


def test_of_a_long_drive_the_latest_statuses_are_told_again():
    downlinks = Downlinks("m123")
    told = [downlinks.status(Status(0.0, "R", "SentenceOver", seq)) for seq in range(REPLAYED_FRAMES + 10)]
    assert list(downlinks.replay()) == told[10:]

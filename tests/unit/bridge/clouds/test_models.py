"""The requests as the manual's tables have them, field by field, and its limits."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bridge.clouds.tencent.models import (
    AnchorParam,
    Created,
    CreateSession,
    CreateSessionByAsset,
    Done,
    DriverType,
    ExtraInfo,
    GetTrtcSign,
    ImageParam,
    ListedSession,
    ListOfAccount,
    ListOfAsset,
    ListOfProject,
    OneSession,
    ProtocolOption,
    SendText,
    SpaceParam,
    SpeechParam,
    Stat,
    TextData,
    TrtcSign,
    UpdateConfig,
    read,
)
from bridge.errors import CloudParameterInvalid

REQ_ID = "d7aa08da33dd4a662ad5be508c5b77cf"
PUSH = "rtmp://push.example.com/live/stream?txSecret=canary&txTime=5f"


def wire(request: msgspec.Struct) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(request))


CREATE = CreateSession(
    virtualman_project_id="p", user_id="u", protocol="rtmp", driver_type=DriverType.TEXT, req_id=REQ_ID
)
BY_ASSET = CreateSessionByAsset(
    asset_virtualman_key="a", user_id="u", protocol="trtc", driver_type=DriverType.AUDIO, req_id=REQ_ID
)
SPACE = SpaceParam(image_position=-0.01, image_position_vertical=-0.01, image_zoom=1)
EXTERNAL = ProtocolOption(
    trtc_use_external_app=True, trtc_app_id="1400", trtc_user_sig="canary", trtc_private_map_key="canary"
)


def test_createsession_as_little_as_possible():
    assert wire(CREATE) == {
        "ReqId": REQ_ID,
        "VirtualmanProjectId": "p",
        "UserId": "u",
        "Protocol": "rtmp",
        "DriverType": 1,
    }


def test_createsession_with_every_field():
    option = replace(EXTERNAL, trtc_room_id=7, trtc_auto_gen_room_id_type=0, css_custom_push_url=PUSH)
    extra = ExtraInfo(alpha_channel_enable=True, alpha_pad_disable=True)
    request = replace(
        CREATE, session_id="m1", protocol_option=option, extra_info=extra, stream_max_interval=2000, timeout=180
    )
    assert wire(request) == {
        "ReqId": REQ_ID,
        "SessionId": "m1",
        "VirtualmanProjectId": "p",
        "UserId": "u",
        "Protocol": "rtmp",
        "DriverType": 1,
        "ProtocolOption": {
            "TrtcUseExternalApp": True,
            "TrtcAppId": "1400",
            "TrtcRoomId": 7,
            "TrtcAutoGenRoomIdType": 0,
            "TrtcUserSig": "canary",
            "TrtcPrivateMapKey": "canary",
            "CssCustomPushUrl": PUSH,
        },
        "ExtraInfo": {"AlphaChannelEnable": True, "AlphaPadDisable": True},
        "StreamMaxInterval": 2000,
        "Timeout": 180,
    }
    assert "canary" not in repr(request)


def test_createsessionbyasset():
    speech = SpeechParam(speed=50, timbre_key="t", volume=-10, timbre_language="en-US")
    request = replace(BY_ASSET, speech_param=speech, anchor_param=AnchorParam(silence_action_disabled=True))
    assert wire(request) == {
        "ReqId": REQ_ID,
        "AssetVirtualmanKey": "a",
        "UserId": "u",
        "Protocol": "trtc",
        "DriverType": 3,
        "SpeechParam": {"Speed": 50, "TimbreKey": "t", "Volume": -10, "TimbreLanguage": "en-US"},
        "AnchorParam": {"SilenceActionDisabled": True},
    }


def test_the_small_requests():
    assert wire(OneSession(session_id="m1", req_id=REQ_ID)) == {"ReqId": REQ_ID, "SessionId": "m1"}
    assert wire(ListOfProject(virtualman_project_id="p", req_id=REQ_ID)) == {
        "ReqId": REQ_ID,
        "VirtualmanProjectId": "p",
    }
    assert wire(ListOfAsset(asset_virtualman_key="a", req_id=REQ_ID)) == {"ReqId": REQ_ID, "AssetVirtualmanKey": "a"}
    assert wire(ListOfAccount(req_id=REQ_ID)) == {"ReqId": REQ_ID}
    assert wire(GetTrtcSign(session_id="1", room_id="2", user_id="3", req_id=REQ_ID)) == {
        "ReqId": REQ_ID,
        "SessionId": "1",
        "RoomId": "2",
        "UserId": "3",
    }


def test_a_text_and_a_stop():
    assert wire(SendText(session_id="m1", data=TextData(text="Hello"), req_id=REQ_ID)) == {
        "ReqId": REQ_ID,
        "SessionId": "m1",
        "Command": "SEND_TEXT",
        "Data": {"Text": "Hello", "Interrupt": False, "ChatCommand": "NotUseChat"},
    }
    assert wire(TextData(interrupt=True)) == {"Text": "", "Interrupt": True, "ChatCommand": "NotUseChat"}
    assert wire(TextData(text="Who are you?", chat_command=""))["ChatCommand"] == ""


def test_updatesessionconfig():
    image = ImageParam(image_vertical_offset=10, image_horizontal_offset=-10, image_extra_param='{"JacketColor":{}}')
    request = UpdateConfig(
        session_id="m1",
        space_param=replace(SPACE, background_url="https://example.com/wall.JPG?sign=1"),
        image_param=image,
        req_id=REQ_ID,
    )
    assert wire(request) == {
        "ReqId": REQ_ID,
        "SessionId": "m1",
        "SpaceParam": {
            "BackgroundUrl": "https://example.com/wall.JPG?sign=1",
            "ImagePosition": -0.01,
            "ImagePositionVertical": -0.01,
            "ImageZoom": 1,
        },
        "ImageParam": {
            "ImageVerticalOffset": 10,
            "ImageHorizontalOffset": -10,
            "ImageExtraParam": '{"JacketColor":{}}',
        },
    }


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: replace(CREATE, req_id="short"), "ReqId"),
        (lambda: replace(CREATE, user_id=""), "UserId must not be empty"),
        (lambda: replace(CREATE, user_id="\ud800"), "UserId must be valid Unicode"),
        (lambda: replace(CREATE, virtualman_project_id=""), "VirtualmanProjectId"),
        (lambda: replace(CREATE, session_id=""), "SessionId"),
        (lambda: replace(CREATE, protocol="webtrtc"), "Protocol must be one of rtmp, trtc, webrtc"),
        (lambda: replace(CREATE, driver_type=2), "DriverType must be one of 1, 3"),
        (lambda: replace(CREATE, stream_max_interval=1999), "StreamMaxInterval must be from 2000 to 6000"),
        (lambda: replace(BY_ASSET, asset_virtualman_key=""), "AssetVirtualmanKey"),
        (lambda: replace(BY_ASSET, user_id=""), "UserId must not be empty"),
        (lambda: ProtocolOption(trtc_use_external_app=True), "TrtcAppId .* when TrtcUseExternalApp is true"),
        (lambda: ProtocolOption(trtc_use_external_app=True, trtc_app_id="1"), "TrtcUserSig must not be empty when"),
        (
            lambda: ProtocolOption(trtc_use_external_app=True, trtc_app_id="1", trtc_user_sig="canary"),
            "TrtcPrivateMapKey must not be empty when",
        ),
        (lambda: ProtocolOption(trtc_room_id=1, trtc_str_room_id="one"), "TrtcRoomId and TrtcStrRoomId"),
        (lambda: replace(EXTERNAL, trtc_auto_gen_room_id_type=2), "TrtcAutoGenRoomIdType"),
        (lambda: ProtocolOption(css_custom_push_url="rtmp://canary"), "CssCustomPushUrl must look like rtmp://"),
        (lambda: ProtocolOption(css_custom_push_url="https://canary.example/live/one"), "CssCustomPushUrl"),
        (lambda: ProtocolOption(css_custom_push_url="rtmp://[canary/live/one"), "CssCustomPushUrl"),
        (lambda: SpeechParam(speed=49.9), "Speed must be from 50 to 200"),
        (lambda: SpeechParam(speed=200.1), "Speed"),
        (lambda: SpeechParam(speed=float("nan")), "Speed"),
        (lambda: SpeechParam(volume=-11), "Volume must be from -10 to 10"),
        (lambda: SpeechParam(volume=11), "Volume"),
        (lambda: OneSession(session_id=""), "SessionId"),
        (lambda: OneSession(session_id="m1", req_id="x" * 32), "ReqId"),
        (lambda: ListOfProject(virtualman_project_id=""), "VirtualmanProjectId"),
        (lambda: ListOfAsset(asset_virtualman_key=""), "AssetVirtualmanKey"),
        (lambda: ListOfAccount(req_id=""), "ReqId"),
        (lambda: TextData(text="a" * 4001), "Text may have 4000 bytes of UTF-8, not 4001"),
        (lambda: TextData(text="你" * 1334), "not 4002"),
        (TextData, "Text must not be empty unless Interrupt is true"),
        (lambda: SendText(session_id="", data=TextData(text="a")), "SessionId"),
        (lambda: replace(SPACE, image_position=0.51), "ImagePosition must be from -0.5 to 0.5"),
        (lambda: replace(SPACE, image_position=-0.51), "ImagePosition"),
        (lambda: replace(SPACE, image_position_vertical=0.26), "ImagePositionVertical must be from -0.5 to 0.25"),
        (lambda: replace(SPACE, image_position_vertical=-0.51), "ImagePositionVertical"),
        (lambda: replace(SPACE, image_zoom=0.24), "ImageZoom must be from 0.25 to 2"),
        (lambda: replace(SPACE, image_zoom=2.01), "ImageZoom"),
        (lambda: replace(SPACE, background_url="https://canary.example/a.gif"), "BackgroundUrl .* jpg, jpeg or png"),
        (lambda: replace(SPACE, background_url="file:///canary.png"), "BackgroundUrl"),
        (lambda: ImageParam(image_vertical_offset=float("inf")), "ImageVerticalOffset"),
        (lambda: ImageParam(image_extra_param="canary"), "ImageExtraParam must be a JSON object"),
        (lambda: UpdateConfig(session_id=""), "SessionId"),
        (lambda: GetTrtcSign(session_id="1", room_id="", user_id="3"), "RoomId"),
        (lambda: GetTrtcSign(session_id="1", room_id="2", user_id=""), "UserId"),
    ],
)
def test_what_breaks_a_limit_is_not_sent(make: Callable[[], object], words: str):
    with pytest.raises(CloudParameterInvalid, match=words) as caught:
        make()
    assert caught.value.status == 400
    assert caught.value.code == "cloud_parameter_invalid"
    assert "canary" not in caught.value.message


@pytest.mark.parametrize(
    "make",
    [
        lambda: replace(EXTERNAL, trtc_app_id="1"),
        lambda: ProtocolOption(css_custom_push_url="rtmp://127.0.0.1:1935/app/one"),
        lambda: SpeechParam(speed=200, volume=10),
        lambda: TextData(text="a" * 4000),
        lambda: TextData(text="你" * 1333 + "a"),
        lambda: replace(SPACE, image_position=0.5, image_position_vertical=0.25, image_zoom=2),
        lambda: replace(SPACE, image_position=-0.5, image_position_vertical=-0.5, image_zoom=0.25),
        lambda: replace(SPACE, background_url="https://example.com/picture-without-suffix"),
    ],
)
def test_the_limits_themselves_are_allowed(make: Callable[[], object]):
    make()


def test_each_request_has_an_id_of_its_own():
    assert OneSession(session_id="m1").req_id != OneSession(session_id="m1").req_id


def test_unknown_fields_of_an_answer_survive():
    raw = msgspec.Raw(b'{"SessionId":"m1","SessionStatus":3,"ReqId":"r","Later":{"a":[1]},"CloseType":null}')
    created = read(raw, Created)
    assert (created.req_id, created.session_id, created.session_status) == ("r", "m1", 3)
    assert {name: bytes(value) for name, value in created.unknown.items()} == {
        "Later": b'{"a":[1]}',
        "CloseType": b"null",
    }


@pytest.mark.parametrize("driver_type", ["1", '"1"'])
def test_a_listed_session(driver_type: str):
    raw = f"""{{"UserId":"abc","SessionId":"m123","SessionStatus":1,"PlayStreamAddr":"rtmp://live.qq.com/live/m789",
        "DriverType":{driver_type},"IsSessionStarted":true,"VirtualmanType":2}}"""
    listed = read(msgspec.Raw(raw.encode()), ListedSession)
    assert listed.driver_type == DriverType.TEXT
    assert listed.is_session_started is True
    assert listed.play_stream_addr == "rtmp://live.qq.com/live/m789"
    assert bytes(listed.unknown["VirtualmanType"]) == b"2"


def test_the_answer_of_statsession():
    raw = b"""{"ReqId":"r","SessionStatus":1,"PlayStreamAddr":"rtmp://canary/live/m789","SpeakStatus":"TextOver",
        "IsSessionStarted":true,"ErrorCode":0,"ErrorMessage":"","CloseType":2}"""
    stat = read(msgspec.Raw(raw), Stat)
    assert (stat.speak_status, stat.is_session_started, stat.close_type) == ("TextOver", True, 2)
    assert not stat.unknown
    assert "canary" not in repr(stat)


def test_the_key_of_a_room_is_not_shown():
    sign = read(msgspec.Raw(b'{"ReqId":"r","UserSig":"canary","PrivateMapKey":"canary"}'), TrtcSign)
    assert (sign.user_sig, sign.private_map_key) == ("canary", "canary")
    assert "canary" not in repr(sign)


@pytest.mark.parametrize("payload", [b"{}", b"null"])
def test_an_answer_with_nothing_in_it(payload: bytes):
    assert not read(msgspec.Raw(payload), Done).unknown

"""Sentences of the manual about calls that no other test holds the cloud to."""

import asyncio
import base64
import hashlib
import hmac
import io
import json
import re
from functools import partial
from urllib.parse import parse_qs, urlsplit

import av
import pytest
from av.error import FFmpegError
from PIL import Image

from tests.contract.wire import Client, Json, req_id, signed_query

SPACE: Json = {"ImagePosition": 0, "ImagePositionVertical": 0, "ImageZoom": 1}
OWN_APP: Json = {"TrtcUseExternalApp": True, "TrtcAppId": "1", "TrtcUserSig": "s", "TrtcPrivateMapKey": "k"}
PUSHED: Json = {"CssCustomPushUrl": "rtmp://example.com/live/stream?txSecret=0&txTime=1"}


@pytest.mark.parametrize(
    ("plain", "secret", "signature"),
    [
        (
            "appkey=e38267c0e86411ebb02aed82acb0ed99&timestamp=1646636485",
            "f68f2d10ae9e4604b76fb05cf46bccec",
            "BfWuaC9kmaicCggXc693uK+sZQ8qe88O4HVQNTdwZuo=",
        ),
        (
            "appkey=example_appkey&timestamp=1717639699",
            "example_accesstoken",
            "aCNWYzZdplxWVo+JsqzZc9+J9XrwWWITfX3eQpsLVno=",
        ),
    ],
)
def test_the_examples_of_the_signature(plain: str, secret: str, signature: str):
    """The tests themselves sign as the manual does."""
    assert base64.b64encode(hmac.new(secret.encode(), plain.encode(), hashlib.sha256).digest()).decode() == signature
    parts = dict(part.split("=", 1) for part in plain.split("&"))
    query = signed_query(appkey=parts["appkey"], accesstoken=secret, at=int(parts["timestamp"]))
    assert query.startswith(f"{plain}&signature=")


async def test_the_manuals_numbers_are_in_force(client: Client):
    """What other tests scale down has these values otherwise."""
    limits = json.loads((await client.control("GET", "limits"))[1])
    wanted = {
        "clock_skew_s": 300,
        "idle_channel_s": 180,
        "idle_session_s": 600,
        "stream_max_interval_s": 2,
        "text_interval_s": 1,
        "update_interval_s": 5,
        "text_bytes": 4000,
        "command_characters": 4000,
        "fragment_bytes": 1000,
    }
    assert {name: limits[name] for name in wanted} == wanted


async def test_a_signature_that_is_not_encoded_fails_where_it_has_a_plus(client: Client):
    for number in range(100):
        query = signed_query({"requestid": str(number)}, safe="+/=")
        code = (await client.call("statsession", query, SessionId="m0"))["Header"]["Code"]
        assert code == (100005 if "+" in query else 110018)


async def test_trtc_options_are_ignored_by_other_protocols(client: Client):
    option: Json = {"TrtcUseExternalApp": True, "TrtcRoomId": 7}
    payload = (await client.create(Protocol="webrtc", ProtocolOption=option))["Payload"]
    assert payload.get("PlayStreamAddr", "").startswith("webrtc://")


async def test_a_room_is_assigned_where_none_is_given(client: Client):
    addresses = [(await client.create(Protocol="trtc"))["Payload"].get("PlayStreamAddr", "") for _ in range(2)]
    rooms = {re.sub("[?].*", "", address) for address in addresses}
    assert len(rooms) == 2


async def test_who_is_ready_at_once_has_the_address_at_once(client: Client):
    for protocol in ("rtmp", "webrtc", "trtc"):
        payload = (await client.create(Protocol=protocol))["Payload"]
        assert payload["SessionStatus"] == 1
        assert payload.get("PlayStreamAddr", "").startswith(f"{protocol}://")


async def test_the_alpha_channel_is_a_flag(client: Client):
    assert (await client.create(ExtraInfo={"AlphaChannelEnable": True}))["Header"]["Code"] == 0
    assert (await client.create(ExtraInfo={"AlphaChannelEnable": "yes"}))["Header"]["Code"] == 100001


async def test_a_stream_that_cannot_be_created(client: Client):
    session_id = (await client.create("u!fail@stat=-111004"))["Payload"]["SessionId"]
    for _ in range(2):
        stat = await client.stat(session_id)
        assert (stat["SessionStatus"], stat.get("ErrorCode"), stat.get("IsSessionStarted")) == (4, -111004, False)
        assert "PlayStreamAddr" not in stat
    assert (await client.call("startsession", SessionId=session_id))["Header"]["Code"] == 110014
    assert (await client.call("closesession", SessionId=session_id))["Header"]["Code"] == 0
    assert (await client.stat(session_id))["SessionStatus"] == 2


async def test_updates_are_counted_by_session(client: Client):
    for _ in range(2):
        session_id = await client.live()
        answer = await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=SPACE)
        assert answer["Header"]["Code"] == 0


@pytest.mark.parametrize("lacking", ["SessionId", "Command", "Data"])
async def test_what_a_command_over_http_requires(client: Client, lacking: str):
    path = "/v2/ivh/interactdriver/interactdriverservice/command"
    payload: Json = {"ReqId": req_id(), "SessionId": await client.live(), "Command": "SEND_TEXT", "Data": {"Text": "a"}}
    del payload[lacking]
    answer = await client.raw(path, json.dumps({"Header": {}, "Payload": payload}))
    assert answer["Header"]["Code"] == 100001


async def test_closing_releases_the_concurrency(client: Client):
    await client.limit(concurrency=1)
    session_id = (await client.create())["Payload"]["SessionId"]
    assert (await client.create())["Header"]["Code"] == 100008
    await client.call("closesession", SessionId=session_id)
    await client.limit(idle_session_s=0.2)
    assert (await client.create())["Header"]["Code"] == 0
    await asyncio.sleep(0.4)
    assert (await client.create())["Header"]["Code"] == 0


async def test_each_list_tells_all_of_a_session(client: Client):
    of_project = await client.live("a")
    asset: Json = {"AssetVirtualmanKey": "demo", "UserId": "b", "Protocol": "rtmp", "DriverType": 3}
    of_asset = (await client.call("createsessionbyasset", **asset))["Payload"]["SessionId"]
    expected = {
        of_project: ("a", 1, f"webrtc://liveplay.ivh.qq.com/live/{of_project}", 1, True),
        of_asset: ("b", 1, f"rtmp://liveplay.ivh.qq.com/live/{of_asset}", 3, False),
    }
    calls: list[tuple[str, Json, set[str]]] = [
        ("listsessionofprojectid", {"VirtualmanProjectId": "demo"}, {of_project}),
        ("listsessionofassetvk", {"AssetVirtualmanKey": "demo"}, {of_asset}),
        ("listsessionofuin", {}, {of_project, of_asset}),
    ]
    for call, fields, wanted in calls:
        asked = req_id()
        payload = (await client.call(call, **fields, ReqId=asked))["Payload"]
        assert payload["ReqId"] == asked
        seen = {
            s["SessionId"]: (
                s["UserId"],
                s["SessionStatus"],
                s.get("PlayStreamAddr"),
                s["DriverType"],
                s["IsSessionStarted"],
            )
            for s in payload.get("Sessions", [])
        }
        assert seen == {session_id: expected[session_id] for session_id in wanted}


async def test_each_answer_carries_the_req_id(client: Client):
    session_id = await client.live(Protocol="trtc")
    room = re.sub(".*//|[?].*", "", (await client.stat(session_id)).get("PlayStreamAddr", ""))
    calls: list[tuple[str, Json]] = [
        ("statsession", {}),
        ("startsession", {}),
        ("updatesessionconfig", {}),
        ("gettrtcsign", {"RoomId": room, "UserId": "viewer"}),
        ("closesession", {}),
    ]
    for call, fields in calls:
        asked = req_id()
        answer = await client.call(call, SessionId=session_id, ReqId=asked, **fields)
        assert (answer["Header"]["Code"], answer["Payload"]["ReqId"]) == (0, asked)


async def brightness(client: Client, session_id: str) -> float:
    """Return how green the picture is at its upper left corner."""
    data = b""
    async with client.http.get(f"{client.url}/_emulator/webm/{session_id}") as response:
        async for chunk in response.content.iter_any():
            data += chunk
            try:
                with av.open(io.BytesIO(data), mode="r") as video:
                    frame = next(video.decode(video=0))
            except (FFmpegError, StopIteration):
                continue
            return float(frame.to_ndarray(format="rgb24")[:40, :40, 1].mean())
    raise AssertionError("there is no picture")


async def test_without_another_background_the_last_one_stays(client: Client):
    await client.limit(update_interval_s=0)
    session_id = await client.live()
    file = io.BytesIO()
    Image.new("RGB", (54, 96), "#00ff00").save(file, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    before = await brightness(client, session_id)
    await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=SPACE | {"BackgroundUrl": address})
    green = await brightness(client, session_id)
    await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=SPACE | {"ImagePosition": 0.1})
    assert green > before + 20
    assert await brightness(client, session_id) == pytest.approx(green, abs=8)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SessionId": "mine"}, 100001),
        ({"Protocol": "hls"}, 100001),
        ({"DriverType": 2}, 100001),
        ({"DriverType": "3"}, 0),
        ({"ProtocolOption": {"CssCustomPushUrl": "https://example.com/live"}}, 100001),
        ({"Protocol": "rtmp", "ProtocolOption": PUSHED}, 0),
        ({"Protocol": "trtc", "ProtocolOption": OWN_APP | {"TrtcRoomId": 7}}, 0),
        ({"Protocol": "trtc", "ProtocolOption": OWN_APP | {"TrtcAppId": ""}}, 100001),
        ({"Protocol": "trtc", "ProtocolOption": OWN_APP | {"TrtcUserSig": ""}}, 100001),
        ({"Protocol": "trtc", "ProtocolOption": OWN_APP | {"TrtcPrivateMapKey": ""}}, 100001),
        ({"Protocol": "trtc", "ProtocolOption": {"TrtcRoomId": []}}, 100001),
    ],
)
async def test_a_session_of_an_image_has_the_same_rules(client: Client, changes: Json, code: int):
    order: Json = {"AssetVirtualmanKey": "demo", "UserId": "u", "Protocol": "webrtc", "DriverType": 1}
    answer = await client.call("createsessionbyasset", **order | changes)
    assert answer["Header"]["Code"] == code
    address = answer["Payload"].get("PlayStreamAddr", "")
    if changes.get("Protocol") == "trtc" and code == 0:
        assert address.startswith("trtc://7?")
    elif code == 0:
        assert address.startswith("webrtc://") == ("ProtocolOption" not in changes)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/live/stream?txSecret=0&txTime=1",
        "rtmp:///live/stream?txSecret=0&txTime=1",
        "rtmp://example.com/stream?txSecret=0&txTime=1",
        "rtmp://example.com/live/stream?txTime=1",
        "rtmp://example.com/live/stream?txSecret=0",
        "rtmp://[example/live/stream?txSecret=0&txTime=1",
        "rtmp://example.com:99999/live/stream?txSecret=0&txTime=1",
        "rtmp://example.com/live/str eam?txSecret=0&txTime=1",
        " rtmp://example.com/live/stream?txSecret=0&txTime=1",
        "rt\nmp://example.com/live/stream?txSecret=0&txTime=1",
        "stream",
    ],
)
async def test_the_address_of_a_push_has_its_form(client: Client, url: str):
    for creating in (client.create, partial(client.call, "createsessionbyasset", AssetVirtualmanKey="demo")):
        order: Json = {"UserId": "u", "Protocol": "rtmp", "DriverType": 1}
        answer = await creating(**order, ProtocolOption={"CssCustomPushUrl": url})
        assert answer["Header"]["Code"] == 100001


async def test_the_same_user_ends_the_former_session_of_an_image(client: Client):
    order: Json = {"AssetVirtualmanKey": "demo", "UserId": "u", "Protocol": "webrtc", "DriverType": 1}
    former = (await client.call("createsessionbyasset", **order))["Payload"]["SessionId"]
    second = (await client.call("createsessionbyasset", **order))["Payload"]["SessionId"]
    stat = await client.stat(former)
    assert (stat["SessionStatus"], stat.get("ErrorCode"), stat.get("CloseType")) == (2, 110022, 5)
    assert (await client.stat(second))["SessionStatus"] == 1


async def test_each_creation_carries_the_req_id(client: Client):
    order: Json = {"UserId": "u", "Protocol": "webrtc", "DriverType": 1}
    calls: list[tuple[str, Json]] = [
        ("createsession", {"VirtualmanProjectId": "demo"}),
        ("createsessionbyasset", {"AssetVirtualmanKey": "demo"}),
    ]
    for call, fields in calls:
        asked = req_id()
        assert (await client.call(call, **order, **fields, ReqId=asked))["Payload"]["ReqId"] == asked


async def test_without_an_app_of_ones_own_it_is_the_platforms(client: Client):
    platform = (await client.create("a", Protocol="trtc"))["Payload"].get("PlayStreamAddr", "")
    other = (await client.create("b", Protocol="trtc", ProtocolOption={"TrtcRoomId": 7}))["Payload"]
    own = (await client.create("c", Protocol="trtc", ProtocolOption=OWN_APP | {"TrtcAppId": "1234"}))["Payload"]
    (appid,) = parse_qs(urlsplit(platform).query)["appId"]
    assert f"appId={appid}" in other.get("PlayStreamAddr", "")
    assert "appId=1234" in own.get("PlayStreamAddr", "")
    assert appid != "1234"


async def test_a_session_in_preparation_is_listed_without_address(client: Client):
    await client.control("POST", "transitions", {"mode": "polls", "value": 2})
    await client.create()
    ((preparing,)) = (await client.call("listsessionofuin"))["Payload"].get("Sessions", [])
    assert preparing["SessionStatus"] == 3
    assert "PlayStreamAddr" not in preparing


async def test_why_a_session_was_closed(client: Client):
    called = await client.live("a")
    await client.call("closesession", SessionId=called)
    left = await client.live("b")
    await client.create("b")
    assert (await client.stat(called)).get("CloseType") == 1
    assert (await client.stat(left)).get("CloseType") == 5

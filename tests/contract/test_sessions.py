"""Session management over HTTP, as the manual has it."""

import json
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.wire import Client, Json, req_id, signed_query


async def test_a_session_from_creation_to_its_end(client: Client):
    await client.control("POST", "transitions", {"mode": "seconds", "value": 0.3})
    created = (await client.create("visitor"))["Payload"]
    session_id = created["SessionId"]
    assert created["SessionStatus"] == 3
    assert "PlayStreamAddr" not in created
    assert session_id[0] == "m"
    assert session_id[1:].isdigit()
    assert (await client.call("startsession", SessionId=session_id))["Header"]["Code"] == 110014
    while (stat := await client.stat(session_id))["SessionStatus"] == 3:
        assert stat.get("IsSessionStarted") is False
    assert stat == {
        "ReqId": stat["ReqId"],
        "SessionStatus": 1,
        "PlayStreamAddr": f"webrtc://liveplay.ivh.qq.com/live/{session_id}",
        "SpeakStatus": "Initial",
        "IsSessionStarted": False,
        "ErrorCode": 0,
        "ErrorMessage": "",
        "CloseType": 0,
    }
    for _ in range(2):
        started = await client.call("startsession", SessionId=session_id)
        assert started["Header"]["Code"] == 0
        assert set(started["Payload"]) == {"ReqId"}
    assert (await client.stat(session_id)).get("IsSessionStarted") is True
    assert (await client.call("closesession", SessionId=session_id))["Header"]["Code"] == 0
    assert (await client.stat(session_id))["SessionStatus"] == 2
    for call in ("startsession", "closesession"):
        assert (await client.call(call, SessionId=session_id))["Header"]["Code"] == 110013


async def test_the_envelope_echoes_a_request_id_and_makes_one_otherwise(client: Client):
    payload = {"ReqId": req_id(), "SessionId": "m1"}
    echoed = await client.raw("statsession", json.dumps({"Header": {"RequestID": "mine"}, "Payload": payload}))
    made = await client.raw("statsession", json.dumps({"Header": {}, "Payload": payload}))
    assert set(made["Header"]) == {"Code", "Message", "RequestID", "SessionID", "DialogID"}
    assert echoed["Header"]["RequestID"] == "mine"
    assert len(made["Header"]["RequestID"]) > 16
    assert made["Header"]["Code"] == 110018


async def test_the_answer_carries_the_req_id(client: Client):
    answer = await client.create(ReqId="f2612aa810014e8997f95bda97917268")
    assert answer["Payload"]["ReqId"] == "f2612aa810014e8997f95bda97917268"


@pytest.mark.parametrize(
    ("query", "word"),
    [
        (lambda: signed_query(accesstoken="wrong"), "SignatureMismatch"),
        (lambda: signed_query(appkey="nobody"), "AppKeyNotFound"),
        (lambda: signed_query(at=time.time() - 400), "TimestampExpired"),
        (lambda: signed_query(at=time.time() + 400), "TimestampExpired"),
        (lambda: signed_query() + "&more=1", "SignatureMismatch"),
        (lambda: "", "AuthParameterMissing"),
    ],
)
async def test_a_call_that_is_not_rightly_signed(client: Client, query: Callable[[], str], word: str):
    header = (await client.call("statsession", query(), SessionId="m1"))["Header"]
    assert header["Code"] == 100005
    assert header["Message"].startswith(f"{word}: ")


@pytest.mark.parametrize("safe", ["", "/"])
async def test_more_parameters_may_be_signed_and_slashes_left_alone(client: Client, safe: str):
    for number in range(20):
        query = signed_query({"Language": "en-US", "requestid": str(number)}, safe=safe)
        assert (await client.call("statsession", query, SessionId="m1"))["Header"]["Code"] == 110018


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"Payload": {"ReqId": "r", "SessionId": "m1"}}',
        '{"Header": {}, "Payload": {"SessionId": "m1"}}',
        '{"Header": {}, "Payload": {"ReqId": "r"}}',
        '{"Header": {}, "Payload": {"ReqId": "r", "SessionId": 1}}',
        '{"Header": {}, "Payload": {"ReqId": "r", "SessionId": null}}',
        '{"Header": {}, "Payload": {"ReqId": "r", "SessionId": "m1",}}',
        "[" * 10_000,
        b"\xff\xfe",
        '{"Header": {}, "Payload": {"ReqId": "' + "r" * 70_000 + '", "SessionId": "m1"}}',
    ],
)
async def test_a_body_that_is_no_request(client: Client, body: str | bytes):
    assert (await client.raw("statsession", body))["Header"]["Code"] == 100001


@pytest.mark.parametrize(
    "changes",
    [
        {"Protocol": "hls"},
        {"DriverType": 2},
        {"DriverType": True},
        {"DriverType": "one"},
        {"UserId": ""},
        {"UserId": 5},
        {"SessionId": "mine"},
        {"StreamMaxInterval": 10},
        {"ProtocolOption": {"CssCustomPushUrl": "http://example.com/x"}},
        {"Protocol": "trtc", "ProtocolOption": {"TrtcUseExternalApp": True}},
    ],
)
async def test_a_session_that_cannot_be_created(client: Client, changes: Json):
    assert (await client.create(**changes))["Header"]["Code"] == 100001


async def test_unknown_fields_are_ignored_and_a_numeric_driver_type_may_be_text(client: Client):
    changes: Json = {"DriverType": "3", "Timeout": 180, "ProtocolOption": None, "ExtraInfo": {"AlphaPadDisable": True}}
    assert (await client.create(**changes))["Header"]["Code"] == 0


async def test_projects_and_assets_must_exist(client: Client):
    unknown = (await client.create(VirtualmanProjectId="1b2c9f1c268a4edfbf6c6274da31bc5d"))["Header"]
    assert unknown["Code"] == 100007
    asset: Json = {"UserId": "henry", "Protocol": "rtmp", "DriverType": 1}
    good = await client.call("createsessionbyasset", AssetVirtualmanKey="demo", **asset)
    assert good["Payload"].get("PlayStreamAddr") == f"rtmp://liveplay.ivh.qq.com/live/{good['Payload']['SessionId']}"
    bad = await client.call("createsessionbyasset", AssetVirtualmanKey="other", **asset)
    assert bad["Header"]["Code"] == 100007


async def test_the_trtc_address_holds_the_room_and_the_viewer(client: Client):
    address = urlsplit((await client.create(Protocol="trtc"))["Payload"].get("PlayStreamAddr", ""))
    assert address.hostname
    assert set(parse_qs(address.query)) == {"userSig", "privateMapKey", "appId", "virtualManUserId"}


async def test_a_stream_pushed_elsewhere_has_no_address(client: Client):
    option = {"CssCustomPushUrl": "rtmp://example.com/live/stream?txSecret=0&txTime=1"}
    payload = (await client.create(Protocol="rtmp", ProtocolOption=option))["Payload"]
    assert "PlayStreamAddr" not in payload
    assert "PlayStreamAddr" not in await client.stat(payload["SessionId"])


async def test_sessions_are_counted(client: Client):
    await client.limit(concurrency=2)
    first = (await client.create())["Payload"]["SessionId"]
    await client.create()
    assert (await client.create())["Header"]["Code"] == 100008
    await client.call("closesession", SessionId=first)
    assert (await client.create())["Header"]["Code"] == 0
    await client.limit(concurrency=0)
    header = (await client.create())["Header"]
    assert header["Code"] == 100014
    assert header["Message"].startswith("AssetConcurrencyQuotaNotFound: ")


async def test_the_same_user_ends_the_former_session(client: Client):
    await client.limit(concurrency=1)
    former = await client.live("kiosk")
    async with client.channel(former) as channel:
        assert (await client.create("kiosk"))["Header"]["Code"] == 0
        assert await channel.closed() == 1000
    stat = await client.stat(former)
    assert (stat["SessionStatus"], stat.get("ErrorCode"), stat.get("CloseType")) == (2, 110022, 5)


async def test_a_session_ready_at_the_third_poll(client: Client):
    await client.control("POST", "transitions", {"mode": "polls", "value": 3})
    session_id = (await client.create())["Payload"]["SessionId"]
    assert [(await client.stat(session_id))["SessionStatus"] for _ in range(4)] == [3, 3, 1, 1]


async def listed(client: Client, call: str, **payload: object) -> list[str]:
    answer = await client.call(call, **payload)
    return [session["UserId"] for session in answer["Payload"].get("Sessions", [])]


async def test_ongoing_sessions_are_listed(client: Client):
    session_id = await client.live("a")
    asset: Json = {"AssetVirtualmanKey": "demo", "UserId": "b", "Protocol": "rtmp", "DriverType": 3}
    await client.call("createsessionbyasset", **asset)
    closed = (await client.create("c"))["Payload"]["SessionId"]
    await client.call("closesession", SessionId=closed)
    assert await listed(client, "listsessionofuin") == ["a", "b"]
    assert await listed(client, "listsessionofprojectid", VirtualmanProjectId="demo") == ["a"]
    assert await listed(client, "listsessionofprojectid", VirtualmanProjectId="other") == []
    assert await listed(client, "listsessionofassetvk", AssetVirtualmanKey="demo") == ["b"]
    assert await listed(client, "listsessionofvk", AssetVirtualmanKey="demo") == ["b"]
    assert (await client.call("listsessionofprojectid"))["Header"]["Code"] == 100001
    assert (await client.call("listsessionofuin"))["Payload"].get("Sessions", [])[0] == {
        "UserId": "a",
        "SessionId": session_id,
        "SessionStatus": 1,
        "PlayStreamAddr": f"webrtc://liveplay.ivh.qq.com/live/{session_id}",
        "DriverType": 1,
        "IsSessionStarted": True,
    }

"""Sentences of the manual that no other test holds the cloud to."""

import asyncio
import base64
import hashlib
import hmac
import json
import re

import pytest

from tests.contract.wire import Client, Json, req_id, signed_query

FULL = base64.b64encode(bytes(5120)).decode()
LONG = "This is a long text that nobody will hear to its end, for before that somebody interrupts it."
SPACE: Json = {"ImagePosition": 0, "ImagePositionVertical": 0, "ImageZoom": 1}


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


async def test_the_statuses_of_a_drive_in_statsession(client: Client):
    session_id = await client.live(DriverType=3)
    async with client.channel(session_id) as channel:
        await channel.send("T", "SEND_TEXT", Text=LONG)
        await channel.until("TextStart")
        assert (await client.stat(session_id)).get("SpeakStatus") == "TextStart"
        await client.limit(text_interval_s=0)
        await channel.send("S", "SEND_TEXT", Interrupt=True)
        await channel.until("TextOver")
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1)
        await channel.until("AudioStart")
        assert (await client.stat(session_id)).get("SpeakStatus") == "AudioStart"
        await channel.send("A", "SEND_AUDIO", Audio="", Seq=2, IsFinal=True)
        await channel.until("AudioOver")
        assert (await client.stat(session_id)).get("SpeakStatus") == "AudioOver"


async def test_an_empty_text_stops_a_stream_so_that_audio_may_come(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("T", "SEND_STREAMTEXT", Text=LONG, Seq=1, IsSentence=True)
        await channel.until("TextStart")
        await channel.send("X", "SEND_TEXT", Text="", Interrupt=True)
        await channel.until("TextOver", "T")
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1, IsFinal=True)
        await channel.until("AudioOver", "A")


async def test_neither_text_nor_other_audio_comes_before_audio_has_ended(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1)
        await channel.until("AudioStart")
        await channel.send("T", "SEND_TEXT", Text="Too early.")
        await channel.send("S", "SEND_STREAMTEXT", Text="Too early.", Seq=1)
        await channel.send("B", "SEND_AUDIO", Audio=FULL, Seq=1)
        for drive in "TSB":
            assert (await channel.until("Error", drive))[-1]["ErrorCode"] == 110015
        await channel.send("A", "SEND_AUDIO", Audio="", Seq=2, IsFinal=True)
        await channel.until("AudioOver", "A")
        await channel.send("T", "SEND_TEXT", Text="Now.")
        await channel.until("TextOver", "T")


async def test_audio_at_the_pace_of_a_file_and_of_a_microphone(client: Client):
    for interval in (0.12, 0.16):
        session_id = await client.live(DriverType=3)
        async with client.channel(session_id) as channel:
            loop = asyncio.get_running_loop()
            began = loop.time()
            for seq in range(1, 13):
                await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=seq)
                await asyncio.sleep(max(0.0, began + seq * interval - loop.time()))
            await channel.send("A", "SEND_AUDIO", Audio="", Seq=13, IsFinal=True)
            await channel.until("AudioOver")
            seen = json.loads((await client.control("GET", "sessions"))[1])[-1]["audio"]
        assert (seen["throttled"], seen["refused"], seen["stutters"]) == (0, 0, 0)
        assert seen["rate"] == pytest.approx(interval / 0.16, abs=0.08)


async def test_a_clause_is_what_one_fragment_holds(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="One. Two. Three.", Seq=1, IsSentence=True, IsFinal=True)
        seen = await channel.until("TextOver")
        assert [m["Seq"] for m in seen if m["SpeakStatus"] == "SentenceStart"] == [1]


async def test_an_interrupt_has_no_text(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text=LONG, Seq=1, IsSentence=True)
        await channel.until("TextStart")
        await channel.send("R", "SEND_STREAMTEXT", Text="Stop.", Seq=2, IsFinal=True, Interrupt=True)
        assert (await channel.until("Error"))[-1]["ErrorCode"] == 100001


@pytest.mark.parametrize("flag", ["IsFinal", "Interrupt", "SmartActionEnabled", "IsSentence", "IsInsertSentence"])
async def test_flags_are_false_unless_set(client: Client, flag: str):
    async with client.channel(await client.live()) as channel:
        for drive, data in (("A", {}), ("B", {flag: False})):
            await channel.send(drive, "SEND_STREAMTEXT", Text="Yes. ", Seq=1, **data)
            await channel.send(drive, "SEND_STREAMTEXT", Text="No.", Seq=2, IsFinal=True)
            seen = [m["SpeakStatus"] for m in await channel.until("TextOver", drive)]
            assert seen == ["WaitingTextStart", "TextStart", "WaitingTextOver", "TextOver"]
        await channel.send("C", "SEND_STREAMTEXT", Text="Yes.", Seq=1, **{flag: "true"})
        assert (await channel.message())["ErrorCode"] == 100001


async def test_a_req_id_is_that_of_one_drive(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Yes.", Seq=1, IsFinal=True)
        await channel.until("TextOver")
        await channel.send("R", "SEND_STREAMTEXT", Text="Again.", Seq=1, IsFinal=True)
        assert (await channel.message())["ErrorCode"] == 110015


@pytest.mark.parametrize("command", ["SEND_TEXT", "SEND_STREAMTEXT", "SEND_AUDIO", "SEND_HEARTBEAT"])
@pytest.mark.parametrize("lacking", ["ReqId", "SessionId", "Command", "Data"])
async def test_what_a_frame_requires(client: Client, command: str, lacking: str):
    data: Json = {"Text": "PING", "Seq": 1, "Audio": FULL}
    async with client.channel(await client.live(DriverType=3)) as channel:
        payload: Json = {"ReqId": "R", "SessionId": channel.session_id, "Command": command, "Data": data}
        for wrong in ({name: value for name, value in payload.items() if name != lacking}, payload | {lacking: 5}):
            await channel.connection.send(json.dumps({"Header": {}, "Payload": wrong}))
            message = await channel.message()
            assert (message["Type"], message["ErrorCode"]) == (9, 100001)


@pytest.mark.parametrize("data", [{}, {"Text": ""}, {"Text": "ping"}, {"Text": None}])
async def test_a_heartbeat_says_ping_and_nothing_else(client: Client, data: Json):
    async with client.channel(await client.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", **data)
        assert (await channel.message())["ErrorCode"] == 100001


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


async def test_a_drive_that_fails_does_not_hinder_the_next(client: Client):
    async with client.channel(await client.live("u!error@text:1=-111005")) as channel:
        await channel.send("A", "SEND_TEXT", Text="Lost.")
        failed = await channel.message()
        assert (failed["Type"], failed["SpeakStatus"], failed["ErrorCode"]) == (9, "Error", -111005)
        await channel.send("B", "SEND_TEXT", Text="Heard.")
        await channel.until("TextOver", "B")


async def test_closing_releases_the_concurrency(client: Client):
    await client.limit(concurrency=1)
    session_id = (await client.create())["Payload"]["SessionId"]
    assert (await client.create())["Header"]["Code"] == 100008
    await client.call("closesession", SessionId=session_id)
    await client.limit(idle_session_s=0.2)
    assert (await client.create())["Header"]["Code"] == 0
    await asyncio.sleep(0.4)
    assert (await client.create())["Header"]["Code"] == 0

"""Each field's own rule, call by call, as the manual's tables have them."""

import base64
import json

import pytest

from tests.contract.wire import PROJECT, Client, Json

FULL = base64.b64encode(bytes(5120)).decode()
SHORT = base64.b64encode(bytes(100)).decode()

CREATE: Json = {"VirtualmanProjectId": PROJECT, "UserId": "u", "Protocol": "webrtc", "DriverType": 1}
BY_ASSET: Json = {"AssetVirtualmanKey": PROJECT, "UserId": "u", "Protocol": "webrtc", "DriverType": 1}
OF_SESSION: Json = {"SessionId": "m1"}
REQUIRED: list[tuple[str, Json]] = [
    ("createsession", CREATE),
    ("createsessionbyasset", BY_ASSET),
    ("statsession", OF_SESSION),
    ("startsession", OF_SESSION),
    ("closesession", OF_SESSION),
    ("updatesessionconfig", OF_SESSION),
    ("listsessionofprojectid", {"VirtualmanProjectId": PROJECT}),
    ("listsessionofassetvk", {"AssetVirtualmanKey": PROJECT}),
    ("listsessionofuin", {}),
    ("gettrtcsign", {"SessionId": "m1", "RoomId": "1", "UserId": "u"}),
]
CASES = [(call, fields, name) for call, fields in REQUIRED for name in ["ReqId", *fields]]


@pytest.mark.parametrize(("call", "fields", "name"), CASES)
@pytest.mark.parametrize("value", [None, "", []])
async def test_what_a_call_requires(client: Client, call: str, fields: Json, name: str, value: object):
    whole: Json = {"ReqId": "r", **fields}
    without = {key: given for key, given in whole.items() if key != name}
    assert (await client.raw(call, _body(without)))["Header"]["Code"] == 100001
    assert (await client.raw(call, _body(whole | {name: value})))["Header"]["Code"] == 100001


def _body(payload: Json) -> str:
    return json.dumps({"Header": {}, "Payload": payload})


@pytest.mark.parametrize(
    ("speech", "code"),
    [
        ({"Speed": 50, "Volume": -10, "TimbreKey": "female_1", "TimbreLanguage": "en-US"}, 0),
        ({"Speed": 200.0, "Volume": 10}, 0),
        ({"Speed": 49}, 100001),
        ({"Speed": 201}, 100001),
        ({"Speed": "100"}, 100001),
        ({"Volume": -11}, 100001),
        ({"Volume": 11}, 100001),
        ({"Volume": 0.5}, 100001),
        ({"TimbreKey": 1}, 100001),
    ],
)
async def test_the_voice_of_an_asset(client: Client, speech: Json, code: int):
    answer = await client.call("createsessionbyasset", **BY_ASSET, SpeechParam=speech)
    assert answer["Header"]["Code"] == code


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ({"TrtcUseExternalApp": True, "TrtcAppId": "1", "TrtcUserSig": "s", "TrtcPrivateMapKey": "k"}, 0),
        ({"TrtcUseExternalApp": True, "TrtcAppId": "1", "TrtcUserSig": "s"}, 100001),
        ({"TrtcUseExternalApp": True, "TrtcAppId": "1", "TrtcPrivateMapKey": "k"}, 100001),
        ({"TrtcUseExternalApp": True, "TrtcUserSig": "s", "TrtcPrivateMapKey": "k"}, 100001),
        ({"TrtcUseExternalApp": "yes"}, 100001),
        ({"TrtcRoomId": 4711}, 0),
        ({"TrtcRoomId": []}, 100001),
    ],
)
async def test_the_options_of_trtc(client: Client, option: Json, code: int):
    answer = await client.create(Protocol="trtc", ProtocolOption=option)
    assert answer["Header"]["Code"] == code
    room = option.get("TrtcRoomId")
    if code == 0 and room:
        assert answer["Payload"].get("PlayStreamAddr", "").startswith(f"trtc://{room}?")


@pytest.mark.parametrize(
    "data",
    [
        {"Audio": FULL, "Seq": 0},
        {"Audio": FULL, "Seq": 2},
        {"Audio": FULL, "Seq": "1"},
        {"Audio": FULL},
        {"Seq": 1},
        {"Audio": "***", "Seq": 1},
        {"Audio": base64.b64encode(bytes(5122)).decode(), "Seq": 1},
        {"Audio": base64.b64encode(bytes(3)).decode(), "Seq": 1},
        {"Interrupt": True},
    ],
)
async def test_a_frame_of_audio_that_is_refused(client: Client, data: Json):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("A", "SEND_AUDIO", **data)
        message = await channel.message()
        assert (message["Type"], message["ErrorCode"]) == (9, 100001)
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1)
        assert (await channel.message())["SpeakStatus"] == "WaitingAudioStart"


async def test_only_the_last_frame_of_audio_is_short(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("A", "SEND_AUDIO", Audio=SHORT, Seq=1)
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=2)
        assert (await channel.until("Error"))[-1]["ErrorCode"] == 100001
        await channel.send("A", "SEND_AUDIO", Audio="", Seq=2, IsFinal=True)
        assert (await channel.until("AudioOver"))[-1].get("FinalType") == 1


async def test_audio_left_open_is_ended_by_the_cloud(client: Client):
    await client.limit(stream_max_interval_s=0.3)
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1)
        assert (await channel.until("AudioOver"))[-1].get("FinalType") == 2


async def test_an_inserted_clause_comes_before_those_that_wait(client: Client):
    async with client.channel(await client.live()) as channel:
        for seq, text in enumerate(("One.", "Two.", "Three."), 1):
            await channel.send("R", "SEND_STREAMTEXT", Text=text, Seq=seq, IsSentence=True)
        await channel.until("SentenceStart")
        await channel.send("R", "SEND_STREAMTEXT", Text="Between.", Seq=4, IsSentence=True, IsInsertSentence=True)
        await channel.send("R", "SEND_STREAMTEXT", Text="", Seq=5, IsSentence=True, IsFinal=True)
        seen = await channel.until("TextOver")
        assert [m["Seq"] for m in seen if m["SpeakStatus"] == "SentenceStart"] == [4, 2, 3]


@pytest.mark.parametrize(
    "data", [{"Text": "a"}, {"Seq": 1}, {"Text": 1, "Seq": 1}, {"Text": "a", "Seq": 1, "IsFinal": "yes"}]
)
async def test_a_fragment_that_cannot_be_read(client: Client, data: Json):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", **data)
        assert (await channel.message())["ErrorCode"] == 100001


async def test_smart_actions_may_be_asked_for(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsFinal=True, SmartActionEnabled=True)
        await channel.until("TextOver")


async def test_a_text_that_is_empty_or_for_nobody(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("A", "SEND_TEXT", Text="")
        assert (await channel.message())["ErrorCode"] == 100001
        await channel.send("A", "SEND_TEXT", Text="", Interrupt=True)
        assert (await channel.message())["ErrorCode"] == 110015


async def test_a_frame_of_another_session(client: Client):
    async with client.channel(await client.live()) as channel:
        channel.session_id = "m0"
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1)
        assert (await channel.message())["ErrorCode"] == 100001


CODES = [
    -101000, -101001, -101002, -111001, -111002, -111003, -111004, -111005, 100001, 100005, 100008, 100012, 100014,
    100015, 110013, 110014, 110015, 110016, 110018, 110021, 110022,
]  # fmt: skip


@pytest.mark.parametrize("code", CODES)
async def test_every_code_of_the_manual_on_demand(client: Client, code: int):
    session_id = await client.live(f"u!error@stat:2={code}!error@beat={code}")
    header = (await client.call("statsession", SessionId=session_id))["Header"]
    assert header["Code"] == code
    assert ": " in header["Message"]
    async with client.channel(session_id) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        message = await channel.message()
        assert (message["Type"], message["ErrorCode"]) == (9, code)

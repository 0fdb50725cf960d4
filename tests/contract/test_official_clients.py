"""What the vendor's own clients for the web and for Android send, typed from what they were seen to send.

The strict cloud takes what the manual allows; the lenient one takes all of it.
"""

import base64
import json

import pytest
from websockets.asyncio.client import connect

from tests.contract.wire import CHANNEL, Channel, Client, Json, req_id

FRAME = base64.b64encode(bytes(5120)).decode()
LAST = base64.b64encode(bytes(1000)).decode()
LONG = "A long sentence that is going to be cut before it has come to its end."


@pytest.fixture(params=["strict", "lenient"])
async def either(request: pytest.FixtureRequest, client: Client, lenient: Client) -> Client:
    return client if request.param == "strict" else lenient


def web_order(**changes: object) -> Json:
    return {
        "ReqId": req_id(),
        "VirtualmanProjectId": "demo",
        "UserId": req_id(),
        "Protocol": "webrtc",
        "DriverType": 1,
        "Timeout": 180,
        "ProtocolOption": None,
        **changes,
    }


async def created(client: Client, order: Json) -> str:
    answer = await client.raw("createsession", json.dumps({"Header": {}, "Payload": order}))
    assert answer["Header"]["Code"] == 0
    session_id = answer["Payload"]["SessionId"]
    assert (await client.call("startsession", SessionId=session_id))["Header"]["Code"] == 0
    return session_id


async def stopped(channel: Channel, drive: str, status: str) -> None:
    assert (await channel.until(status, drive))[-1]["ErrorCode"] == 0


async def test_the_web_client_polls_without_any_delay(either: Client):
    await either.control("POST", "transitions", {"mode": "seconds", "value": 0.5})
    answer = await either.raw("createsession", json.dumps({"Header": {}, "Payload": web_order()}))
    session_id, polls = answer["Payload"]["SessionId"], 0
    while (await either.stat(session_id))["SessionStatus"] == 3:
        polls += 1
    assert polls > 20


async def test_the_web_client_signs_its_language_too(either: Client):
    session_id = await created(either, web_order(DriverType=3))
    query = either.query({"requestid": session_id, "Language": "en-US"})
    async with connect(f"{either.ws_url}{CHANNEL}?{query}", proxy=None) as connection:
        channel = Channel(connection, session_id)
        for _ in range(2):  # every 10 seconds; the manual asks for more than 30
            await channel.send(req_id(), "SEND_HEARTBEAT", Text="PING")
        drive, chat = req_id(), req_id()
        more: Json = {"ChatCommand": "NotUseChat", "EnhanceText": 1, "ChatRoundId": chat, "SmartActionEnabled": True}
        await channel.send(drive, "SEND_TEXT", Text=LONG, **more)
        assert (await channel.message())["ReqId"] == drive
        await channel.until("TextStart", drive)
        await either.limit(text_interval_s=0)
        await channel.send(req_id(), "SEND_TEXT", Interrupt=True, ChatRoundId=chat)
        await stopped(channel, drive, "TextOver")
    assert await either.warnings() == {"heartbeat_too_fast": 1}


async def test_the_web_clients_streams(either: Client):
    async with either.channel(await created(either, web_order(DriverType=3))) as channel:
        stream, audio = req_id(), req_id()
        flags: Json = {"SmartActionEnabled": True, "IsSentence": False, "IsInsertSentence": False}
        await channel.send(stream, "SEND_STREAMTEXT", Text=f"{LONG} ", Seq=1, IsFinal=False, **flags)
        await channel.until("TextStart", stream)
        await channel.send(stream, "SEND_STREAMTEXT", Text="", Seq=2, IsFinal=True, Interrupt=True)
        await stopped(channel, stream, "TextOver")
        await channel.send(audio, "SEND_AUDIO", Audio=FRAME, Seq=1, IsFinal=False)
        await channel.until("AudioStart", audio)
        await channel.send(audio, "SEND_AUDIO", Audio="", Seq=2, IsFinal=True)
        await stopped(channel, audio, "AudioOver")


async def test_the_web_client_reconnects_at_once(either: Client):
    session_id = await created(either, web_order())
    for _ in range(5):
        async with either.channel(session_id) as channel:
            await channel.send(req_id(), "SEND_HEARTBEAT", Text="PING")


async def test_the_web_clients_list(either: Client):
    order: Json = {"AssetVirtualmanKey": "demo", "UserId": "u", "Protocol": "webrtc", "DriverType": 1}
    session_id = (await either.call("createsessionbyasset", **order))["Payload"]["SessionId"]
    answer = await either.call("listsessionofvk", AssetVirtualmanKey="demo")
    assert [session["SessionId"] for session in answer["Payload"].get("Sessions", [])] == [session_id]


async def test_the_android_clients_order_and_upgrade(either: Client):
    trtc: Json = {"TrtcUseExternalApp": True, "TrtcAppId": "1400", "TrtcStrRoomId": "lobby", "TrtcAutoGenRoomIdType": 1}
    trtc |= {"TrtcUserSig": "s", "TrtcPrivateMapKey": "k"}
    extra: Json = {"AlphaChannelEnable": True, "AlphaPadDisable": True}
    session_id = await created(either, web_order(Protocol="trtc", ExtraInfo=extra, ProtocolOption=trtc))
    assert (await either.stat(session_id)).get("PlayStreamAddr", "").startswith("trtc://lobby?")
    headers = {"Content-Type": "application/json", "charset": "utf-8"}
    async with connect(either.channel_url(session_id), additional_headers=headers, proxy=None) as connection:
        drive = req_id()
        channel = Channel(connection, session_id)
        await channel.send(drive, "SEND_TEXT", Text=LONG, ChatCommand="NotUseChat", VideoSeiInfo='{"a":1}')
        await channel.until("TextStart", drive)
        await either.limit(text_interval_s=0)
        await channel.send(req_id(), "SEND_TEXT", Interrupt=True, Text="")
        await stopped(channel, drive, "TextOver")


async def test_the_android_client_ends_audio_with_its_last_data(either: Client):
    async with either.channel(await created(either, web_order(DriverType=3))) as channel:
        drive = req_id()
        await channel.send(drive, "SEND_AUDIO", Audio=FRAME, Seq=1, IsFinal=False)
        await channel.send(drive, "SEND_AUDIO", Audio=LAST, Seq=2, IsFinal=True)
        assert (await channel.until("AudioOver", drive))[-1].get("FinalType") == 1


async def refused(channel: Channel, drive: str) -> bool:
    return (await channel.until("Error", drive))[-1]["ErrorCode"] == 100001


async def test_the_android_clients_heartbeat(client: Client, lenient: Client):
    async with client.channel(await client.live()) as strict:
        await strict.send("H", "SEND_HEARTBEAT", Text="AndroidSDK")
        assert await refused(strict, "H")
    async with lenient.channel(await lenient.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="AndroidSDK")
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsFinal=True)
        assert (await channel.message())["ReqId"] == "R"


async def test_the_android_client_interrupts_a_stream_with_its_last_seq(client: Client, lenient: Client):
    for cloud in (client, lenient):
        async with cloud.channel(await cloud.live()) as channel:
            await channel.send("R", "SEND_STREAMTEXT", Text=LONG, Seq=1, IsFinal=True)
            await channel.until("TextStart", "R")
            await channel.send("R", "SEND_STREAMTEXT", Interrupt=True, Seq=1, Text="")
            if cloud is client:
                assert await refused(channel, "R")
            else:
                await stopped(channel, "R", "TextOver")


async def test_the_android_client_interrupts_audio_with_nothing_else(client: Client, lenient: Client):
    for cloud in (client, lenient):
        async with cloud.channel(await cloud.live(DriverType=3)) as channel:
            for seq in (1, 2, 3, 4):
                await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=seq)
            await channel.until("AudioStart", "A")
            await channel.send("A", "SEND_AUDIO", Interrupt=True)
            if cloud is client:
                assert await refused(channel, "A")
            else:
                await stopped(channel, "A", "AudioOver")

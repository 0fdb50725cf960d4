"""What the manual leaves open, switched both ways."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed

from tests.contract.wire import Client


async def test_a_second_channel_may_end_the_first(client: Client):
    await client.limit(second_channel="kick")
    session_id = await client.live()
    async with client.channel(session_id) as first, client.channel(session_id) as second:
        assert await first.closed() == 1000
        await second.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsFinal=True)
        await second.until("TextOver")


async def test_a_session_that_is_not_started_may_say_so_in_a_frame(client: Client):
    await client.limit(not_started="frame")
    session_id = (await client.create())["Payload"]["SessionId"]
    async with client.channel(session_id) as channel:
        message = await channel.message()
        assert (message["Type"], message["ErrorCode"], message["SessionId"]) == (9, 110014, session_id)
        with pytest.raises(ConnectionClosed):
            await channel.receive()
        assert await channel.closed() == 1000


async def test_only_the_latest_status_of_a_drive_may_be_told_again(client: Client):
    await client.limit(replay="last")
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        for drive in "ABCD":
            await channel.send(drive, "SEND_STREAMTEXT", Text="Yes.", Seq=1, IsSentence=True, IsFinal=True)
            await channel.until("TextOver", drive)
    async with client.channel(session_id) as channel:
        again = [await channel.message() for _ in range(3)]
        assert [(m["ReqId"], m["SpeakStatus"]) for m in again] == [(drive, "TextOver") for drive in "BCD"]


async def test_heartbeats_that_come_too_fast_are_only_noted(client: Client):
    async with client.channel(await client.live()) as channel:
        for _ in range(3):
            await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1)
        assert (await channel.message())["ErrorCode"] == 0
        assert await client.warnings() == {"heartbeat_too_fast": 2}


async def test_the_text_of_a_heartbeat_is_ping(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="AndroidSDK")
        message = await channel.message()
        assert (message["ReqId"], message["Type"], message["ErrorCode"]) == ("H", 9, 100001)


@pytest.mark.parametrize(
    "body", [{"second_channel": "share"}, {"replay": "none"}, {"not_started": ""}, {"audio_rate": 1}]
)
async def test_switches_have_their_words(client: Client, body: dict[str, object]):
    assert (await client.control("POST", "limits", body))[0] == 400


async def test_the_channel_slows_down(client: Client):
    async with client.channel(await client.live("u!slow@connect=0.3")) as channel:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsSentence=True, IsFinal=True)
        await channel.message()
        assert loop.time() - began >= 0.6

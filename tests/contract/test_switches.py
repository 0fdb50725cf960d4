"""What the manual leaves open, switched both ways."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.contract.wire import COMMAND, SESSIONS, Channel, Client, Json, req_id, signed_query


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
    "body",
    [
        {"second_channel": "share"},
        {"replay": "none"},
        {"not_started": ""},
        {"audio_rate": 1},
        {"unknown_session": "open"},
        {"auth_failure": 403},
        {"close_code": 999},
        {"close_code": 1005},
        {"close_code": 5000},
        {"bad_seq": "sort"},
        {"heartbeat_ack": True},
        {"waiting_statuses": "hide"},
        {"trtc_scheme": "ftp"},
        {"req_ids": "none"},
    ],
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


async def test_a_session_that_is_not_there_may_say_so_in_a_frame(client: Client):
    await client.limit(unknown_session="frame", close_code=4004)
    over = await client.live()
    await client.call("closesession", SessionId=over)
    for session_id, code in (("m0", 110018), (over, 110013)):
        async with client.channel(session_id) as channel:
            message = await channel.message()
            assert (message["Type"], message["ErrorCode"], message["SessionId"]) == (9, code, session_id)
            with pytest.raises(ConnectionClosed):
                await channel.receive()
            assert await channel.closed() == 4004


@pytest.mark.parametrize(("switch", "status"), [("code", 200), ("http", 401)])
async def test_a_bad_signature_is_told_by_code_or_by_status(client: Client, switch: str, status: int):
    await client.limit(auth_failure=switch)
    url = f"{client.url}{SESSIONS}statsession?{signed_query(accesstoken='wrong')}"
    body = {"Header": {}, "Payload": {"ReqId": req_id(), "SessionId": "m0"}}
    async with client.http.post(url, json=body) as response:
        assert response.status == status
        assert (await response.json())["Header"]["Code"] == 100005
    session_id = await client.live()
    wrong = client.channel_url(session_id, signed_query({"requestid": session_id}, accesstoken="wrong"))
    with pytest.raises(InvalidStatus) as caught:
        async with connect(wrong, proxy=None):
            pass
    assert caught.value.response.status_code == 401


async def test_channels_may_be_closed_with_another_code(client: Client):
    await client.limit(close_code=1001, idle_channel_s=0.3, second_channel="kick")
    session_id = await client.live()
    async with client.channel(session_id) as idle:
        assert await idle.closed() == 1001
    async with client.channel(session_id) as first, client.channel(session_id) as second:
        assert await first.closed() == 1001
        await client.call("closesession", SessionId=session_id)
        assert await second.closed() == 1001


async def fragments(channel: Channel, *numbers: int) -> None:
    for seq in numbers:
        await channel.send("R", "SEND_STREAMTEXT", Text="Yes.", Seq=seq, IsSentence=True, IsFinal=seq == numbers[-1])


async def clauses(channel: Channel) -> list[int]:
    return [m["Seq"] for m in await channel.until("TextOver", "R") if m["SpeakStatus"] == "SentenceStart"]


async def test_a_seq_that_is_wrong_twice_or_missing_is_an_error(client: Client):
    async with client.channel(await client.live()) as channel:
        await fragments(channel, 2)
        assert (await channel.message())["ErrorCode"] == 100001
        await fragments(channel, 1, 1, 3, 2)
        seen = await channel.until("TextOver", "R")
        assert [m["ErrorCode"] for m in seen if m["Type"] == 9] == [100001, 100001]
        assert [m["Seq"] for m in seen if m["SpeakStatus"] == "SentenceStart"] == [1, 2]


async def test_or_it_is_passed_over(client: Client):
    await client.limit(bad_seq="ignore")
    async with client.channel(await client.live()) as channel:
        await fragments(channel, 2, 1, 1, 3, 2)
        assert await clauses(channel) == [1, 2]


async def test_or_it_is_taken_as_it_comes(client: Client):
    await client.limit(bad_seq="take")
    async with client.channel(await client.live()) as channel:
        await fragments(channel, 2, 2, 5)
        assert await clauses(channel) == [2, 2, 5]


async def test_a_heartbeat_may_be_answered_with_the_status(client: Client):
    await client.limit(heartbeat_ack="status")
    async with client.channel(await client.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        message = await channel.message()
        assert (message["ReqId"], message["Type"], message["SpeakStatus"]) == ("H", 3, "Initial")


async def test_waiting_statuses_may_stand_in_statsession_only(client: Client):
    await client.limit(waiting_statuses="stat")
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await channel.send("R", "SEND_TEXT", Text="Yes.")
        assert [m["SpeakStatus"] for m in await channel.until("TextOver")] == ["TextStart", "TextOver"]
    session_id = await client.live(DriverType=3)
    async with client.channel(session_id) as channel:
        await channel.send("A", "SEND_AUDIO", Audio="AAAA" * 1000, Seq=1, IsFinal=True)
        while (status := (await client.stat(session_id)).get("SpeakStatus")) == "Initial":
            pass
        assert status == "WaitingAudioStart"
        assert [m["SpeakStatus"] for m in await channel.until("AudioOver")] == ["AudioStart", "AudioOver"]


@pytest.mark.parametrize("scheme", ["trtc", "https"])
async def test_the_scheme_of_the_trtc_address(client: Client, scheme: str):
    await client.limit(trtc_scheme=scheme)
    address = urlsplit((await client.create(Protocol="trtc"))["Payload"].get("PlayStreamAddr", ""))
    assert address.scheme == scheme
    assert (address.hostname or "").isdigit()
    assert "userSig=" in address.query


async def test_ids_may_have_to_be_uuids(client: Client):
    session_id = await client.live()
    await client.limit(req_ids="uuid")
    for wrong in ("R", "z" * 32, req_id() + "0"):
        assert (await client.call("statsession", SessionId=session_id, ReqId=wrong))["Header"]["Code"] == 100001
    assert (await client.call("statsession", SessionId=session_id))["Header"]["Code"] == 0
    payload: Json = {"SessionId": session_id, "Command": "SEND_TEXT", "Data": {"Text": "Yes."}}
    answer = await client.raw(COMMAND, json.dumps({"Header": {}, "Payload": payload}))
    assert answer["Header"]["Code"] == 100001
    async with client.channel(session_id) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Yes.", Seq=1, IsFinal=True)
        assert (await channel.message())["ErrorCode"] == 100001
        drive = req_id()
        await channel.send(drive, "SEND_STREAMTEXT", Text="Yes.", Seq=1, IsFinal=True)
        await channel.until("TextOver", drive)

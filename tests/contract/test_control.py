"""The emulator's own calls: what it shows and how it is made to misbehave."""

import asyncio
import io
import json
import time
import wave
from email.utils import parsedate_to_datetime

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosed

from tests.contract.wire import Client, Json, signed_query


async def test_sessions_are_listed(client: Client):
    session_id = await client.live("kiosk", DriverType=3)
    listed = json.loads((await client.control("GET", "sessions"))[1])
    assert 0 <= listed[0].pop("now") < 60
    assert listed == [
        {
            "session_id": session_id,
            "user_id": "kiosk",
            "status": 1,
            "driver_type": 3,
            "started": True,
            "speaking": None,
            "close_type": None,
            "warnings": {},
            "audio": {"frames": 0, "seconds": 0.0, "rate": None, "throttled": 0, "refused": 0, "stutters": 0},
            "actions": 0,
        }
    ]
    await client.control("POST", "reset")
    assert json.loads((await client.control("GET", "sessions"))[1]) == []


async def test_the_transcript_has_every_frame_both_ways(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await channel.connection.send("no json")
        await channel.message()
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsFinal=True)
        await channel.until("TextOver")
    entries = json.loads((await client.control("GET", f"sessions/{session_id}/transcript"))[1])
    assert [entry["direction"] for entry in entries] == ["up", "down", "up", "down", "down", "down", "down"]
    assert entries[0]["frame"] == "no json"
    assert entries[2]["frame"]["Payload"]["Data"] == {"Text": "Hi.", "Seq": 1, "IsFinal": True}
    times = [entry["t"] for entry in entries]
    assert times == sorted(times)


async def wav(client: Client, path: str) -> tuple[int, int]:
    async with client.http.get(f"{client.url}/_emulator/{path}") as response:
        assert response.content_type == "audio/wav"
        with wave.open(io.BytesIO(await response.read())) as file:
            return file.getframerate(), file.getnframes()


async def test_what_was_said_and_what_was_heard_as_wav(client: Client):
    session_id = await client.live(DriverType=3)
    async with client.channel(session_id) as channel:
        await channel.send("A", "SEND_AUDIO", Audio="AAAA" * 1000, Seq=1, IsFinal=True)
        await channel.until("AudioOver")
    assert await wav(client, f"sessions/{session_id}/audio") == (16_000, 1500)
    rate, count = await wav(client, f"sessions/{session_id}/speech")
    assert (rate, abs(count - 4500) < 50) == (48_000, True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"fault": "explode"}),
        ("faults", {}),
        ("faults", {"fault": "drop", "times": 0}),
        ("limits", {"concurrency": -1}),
        ("limits", {"no_such": 1}),
        ("transitions", {"mode": "soon"}),
        ("transitions", {"mode": "polls", "value": 0.5}),
    ],
)
async def test_bad_control_says_what_is_wrong(client: Client, path: str, body: Json):
    status, text = await client.control("POST", path, body)
    assert status == 400
    assert json.loads(text)["error"]


@pytest.mark.parametrize("path", ["sessions/m0/transcript", "sessions/m0/audio", "sessions/m0/speech", "watch/m0"])
async def test_unknown_sessions_are_not_found(client: Client, path: str):
    assert (await client.control("GET", path))[0] == 404


async def test_the_clouds_clock_can_be_wrong(client: Client):
    await client.limit(clock_offset_s=-1000)
    async with client.http.get(f"{client.url}/_emulator/sessions") as response:
        told = parsedate_to_datetime(response.headers["Date"]).timestamp()
    assert abs(told + 1000 - time.time()) < 3
    assert (await client.call("statsession", SessionId="m0"))["Header"]["Code"] == 100005
    query = signed_query(at=told)
    assert (await client.call("statsession", query, SessionId="m0"))["Header"]["Code"] == 110018


async def test_errors_on_demand_by_user_id(client: Client):
    user = "kiosk!error@create:1=100014"
    assert (await client.create(user))["Header"]["Code"] == 100014
    assert (await client.create(user))["Header"]["Code"] == 0
    assert (await client.create("kiosk!nonsense"))["Header"]["Code"] == 100001


async def test_a_session_that_never_gets_ready(client: Client):
    session_id = (await client.create("stuck-one"))["Payload"]["SessionId"]
    await client.fault("stuck", "stuck-one")
    assert [(await client.stat(session_id))["SessionStatus"] for _ in range(3)] == [3, 3, 3]
    assert (await client.control("DELETE", "faults"))[0] == 204
    assert (await client.stat(session_id))["SessionStatus"] == 1


async def test_http_is_cut_and_delayed(client: Client):
    await client.fault("drop@create", times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.create("u")
    await client.fault("delay@create=0.3", times=1)
    began = time.monotonic()
    assert (await client.create("u"))["Header"]["Code"] == 0
    assert time.monotonic() - began >= 0.3


async def test_a_black_hole_answers_nothing(client: Client):
    await client.fault("blackhole@create", times=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await client.create("u")
    assert (await client.create("u"))["Header"]["Code"] == 0


async def test_the_channel_is_cut_at_the_third_fragment(client: Client):
    session_id = await client.live("u!drop@stream:3")
    async with client.channel(session_id) as channel:
        for seq in (1, 2, 3):
            await channel.send("R", "SEND_STREAMTEXT", Text="One clause.", Seq=seq, IsSentence=True)
        assert await channel.closed() == 1006
    async with client.channel(session_id) as channel:
        assert (await channel.message())["ReqId"] == "R"


async def test_the_channel_is_closed_with_a_code(client: Client):
    async with client.channel(await client.live("u!close@beat=4001")) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        with pytest.raises(ConnectionClosed):
            await channel.receive()
        assert await channel.closed() == 4001


async def test_frames_are_lost_delayed_and_refused(client: Client):
    user = "u!lose@TextStart!delay@WaitingTextOver=0.4!error@beat=100012"
    async with client.channel(await client.live(user)) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        assert (await channel.message())["ErrorCode"] == 100012
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsSentence=True, IsFinal=True)
        seen = [m["SpeakStatus"] for m in await channel.until("SentenceOver")]
        assert seen == ["WaitingTextStart", "SentenceStart", "SentenceOver"]
        began = time.monotonic()
        await channel.until("TextOver")
        assert time.monotonic() - began > 0.3


async def test_a_deaf_channel_stays_open(client: Client):
    async with client.channel(await client.live("u!blackhole@stream:1")) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await channel.message()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await (await channel.connection.ping())
        channel.connection.transport.abort()


async def test_a_step_is_refused_as_too_frequent(client: Client):
    async with client.channel(await client.live("u!rate@create:2!rate@beat:1")) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        assert (await channel.message())["ErrorCode"] == 100012
    assert (await client.create("u!rate@create:2!rate@beat:1"))["Header"]["Code"] == 100012


async def test_frames_come_twice_and_change_places(client: Client):
    user = "u!duplicate@TextStart!reorder@SentenceStart!duplicate@stream:2"
    async with client.channel(await client.live(user)) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="One.", Seq=1, IsSentence=True)
        seen = [(m["SpeakStatus"], m["ErrorCode"]) for m in await channel.until("SentenceStart")]
        assert seen == [
            ("WaitingTextStart", 0),
            ("TextStart", 0),
            ("TextStart", 0),
            ("SentenceNext", 0),
            ("SentenceStart", 0),
        ]
        await channel.send("R", "SEND_STREAMTEXT", Text="Two.", Seq=2, IsSentence=True)
        assert (await channel.until("Error"))[-1]["ErrorCode"] == 100001


async def test_fragments_change_places_on_their_way_up(client: Client):
    async with client.channel(await client.live("u!reorder@stream:1")) as channel:
        for seq in (1, 2):
            await channel.send("R", "SEND_STREAMTEXT", Text="One.", Seq=seq, IsSentence=True)
        assert (await channel.message())["ErrorCode"] == 100001
        assert (await channel.message())["SpeakStatus"] == "WaitingTextStart"


async def test_what_waits_for_another_frame_waits_half_a_second(client: Client):
    async with client.channel(await client.live("u!reorder@TextOver:1!reorder@stream:1")) as channel:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await channel.send("R", "SEND_STREAMTEXT", Text="Yes.", Seq=1, IsFinal=True)
        await channel.message()
        assert loop.time() - began >= 0.5
        await channel.until("WaitingTextOver")
        began = loop.time()
        await channel.until("TextOver")
        assert 0.4 <= loop.time() - began < 2


async def test_pings_are_not_answered_any_more(client: Client):
    async with client.channel(await client.live("u!no_pong@stream:1")) as channel:
        async with asyncio.timeout(2):
            await (await channel.connection.ping())
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsFinal=True)
        await channel.until("TextOver")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await (await channel.connection.ping())


async def test_a_restart_ends_all_sessions_and_cuts_their_channels(client: Client):
    other = await client.live("v")
    session_id = await client.live("u!restart@stream:1")
    async with client.channel(other) as bystander, client.channel(session_id) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1)
        assert await channel.closed() == 1006
        assert await bystander.closed() == 1006
    for ended in (other, session_id):
        stat = await client.stat(ended)
        assert (stat["SessionStatus"], stat.get("CloseType"), stat.get("ErrorCode")) == (2, 4, -111002)


async def test_a_restart_cuts_the_call_that_brings_it(client: Client):
    session_id = await client.live()
    await client.fault("restart@stat", times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.stat(session_id)
    assert (await client.stat(session_id)).get("CloseType") == 4
    await client.fault("restart@create", times=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.create()
    assert len(json.loads((await client.control("GET", "sessions"))[1])) == 1


async def test_the_watch_page_names_its_session(client: Client):
    session_id = await client.live()
    status, page = await client.control("GET", f"watch/{session_id}")
    assert status == 200
    assert f"/_emulator/whep/{session_id}" in page


async def test_a_bad_offer_is_refused(client: Client):
    url = f"{client.url}/_emulator/whep/{await client.live()}"
    async with client.http.post(url, data="no sdp", headers={"Content-Type": "application/sdp"}) as response:
        assert response.status == 400
    async with client.http.post(url, data="v=0") as response:
        assert response.status == 415
    async with client.http.delete(f"{url}/nobody") as response:
        assert response.status == 404


async def test_the_webm_stream_lives_as_long_as_its_session(client: Client):
    session_id = await client.live()
    async with client.http.get(f"{client.url}/_emulator/webm/{session_id}") as response:
        assert (response.status, response.content_type) == (200, "video/webm")
        assert await response.content.readexactly(4) == b"\x1a\x45\xdf\xa3"
        await client.call("closesession", SessionId=session_id)
        async with asyncio.timeout(5):
            await response.read()
    assert (await client.control("GET", f"webm/{session_id}"))[0] == 404

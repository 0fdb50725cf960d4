"""A recorded channel is played to the next one."""

import json

import pytest

from tests.contract.wire import Client, Json


async def test_a_transcript_is_played_again_with_its_times(client: Client):
    recorded = await client.live()
    async with client.channel(recorded) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Good morning.", Seq=1, IsSentence=True, IsFinal=True)
        before = await channel.until("TextOver")
    transcript = await client.transcript(recorded)
    await client.call("closesession", SessionId=recorded)
    session_id = await client.live("again")
    body: Json = {"user_id": "again", "frames": transcript}
    assert (await client.control("POST", "replay", body))[0] == 204
    async with client.channel(session_id) as channel:
        await channel.send("Q", "SEND_STREAMTEXT", Text="Unheard.", Seq=1, IsFinal=True)
        after = await channel.until("TextOver")
    assert [m | {"SessionId": ""} for m in after] == [m | {"SessionId": ""} for m in before]
    assert {m["SessionId"] for m in after} == {session_id}
    down = [entry["t"] for entry in transcript if entry["direction"] == "down"]
    again = [entry["t"] for entry in await client.transcript(session_id) if entry["direction"] == "down"]
    lasted, lasts = (float(str(times[-1])) - float(str(times[0])) for times in (down, again))
    assert lasts == pytest.approx(lasted, abs=0.15)
    async with client.channel(session_id) as channel:
        await channel.send("S", "SEND_STREAMTEXT", Text="Heard.", Seq=1, IsFinal=True)
        assert (await channel.message())["ReqId"] == "S"


async def test_a_recording_may_hold_anything(client: Client):
    session_id = await client.live()
    odd: Json = {"Header": {"Code": 100001}, "Payload": {"Type": 77, "SpeakStatus": "Dancing"}}
    frames = [{"t": 0, "frame": "no json"}, {"t": 0.1, "frame": odd}]
    assert (await client.control("POST", "replay", {"session_id": session_id, "frames": frames}))[0] == 204
    async with client.channel(session_id) as channel:
        assert await channel.connection.recv() == "no json"
        assert await channel.receive() == odd


async def test_a_channel_may_close_within_a_recording(client: Client):
    session_id = await client.live()
    frames = [{"t": 0, "frame": "first"}, {"t": 300, "frame": "never"}]
    await client.control("POST", "replay", {"frames": frames})
    async with client.channel(session_id) as channel:
        assert await channel.connection.recv() == "first"
    async with client.channel(session_id) as channel:
        await channel.send("S", "SEND_STREAMTEXT", Text="Heard.", Seq=1, IsFinal=True)
        await channel.until("TextOver")


@pytest.mark.parametrize("body", [{}, {"frames": []}, {"frames": [{"t": 2, "frame": "a"}, {"t": 1, "frame": "b"}]}])
async def test_what_is_no_recording(client: Client, body: Json):
    status, text = await client.control("POST", "replay", body)
    assert status == 400
    assert json.loads(text)["error"]

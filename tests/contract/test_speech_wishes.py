"""How a text wants to be spoken: the voice of an image, tags, actions."""

import asyncio
import io
import json
import wave

import numpy as np
import pytest

from tests.contract.wire import Client, Json, req_id

ASSET: Json = {"AssetVirtualmanKey": "demo", "Protocol": "webrtc", "DriverType": 1}
TEXT = "Good morning to everybody in this room."


async def spoken(client: Client, session_id: str) -> tuple[float, float]:
    """Return the seconds and the loudness of all that the session has said."""
    async with client.http.get(f"{client.url}/_emulator/sessions/{session_id}/speech") as response:
        with wave.open(io.BytesIO(await response.read())) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
            seconds = file.getnframes() / file.getframerate()
    return seconds, float(np.sqrt(np.mean(sound**2)))


async def say(client: Client, session_id: str, text: str, **data: object) -> tuple[float, float]:
    async with client.channel(session_id) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text=text, Seq=1, IsSentence=True, IsFinal=True, **data)
        await channel.until("TextOver", "R")
    return await spoken(client, session_id)


async def with_voice(client: Client, **speech: object) -> tuple[float, float]:
    answer = await client.call("createsessionbyasset", **ASSET, UserId=req_id(), SpeechParam=speech)
    session_id = answer["Payload"]["SessionId"]
    assert (await client.call("startsession", SessionId=session_id))["Header"]["Code"] == 0
    return await say(client, session_id, TEXT)


async def actions(client: Client) -> int:
    return json.loads((await client.control("GET", "sessions"))[1])[-1]["actions"]


async def test_speed_is_in_per_cent_of_the_usual_one(client: Client):
    wishes: list[Json] = [{}, {"Speed": 100}, {"Speed": 50}, {"Speed": 200}]
    spoken = await asyncio.gather(*(with_voice(client, **wish) for wish in wishes))
    usual, same, slow, fast = (seconds for seconds, _ in spoken)
    assert same == pytest.approx(usual, rel=0.01)
    assert 1.6 < slow / usual < 2.2
    assert 0.4 < fast / usual < 0.65


async def test_volume_is_in_decibels(client: Client):
    wishes: list[Json] = [{}, {"Volume": 0}, {"Volume": -10}, {"Volume": 10}]
    spoken = await asyncio.gather(*(with_voice(client, **wish) for wish in wishes))
    usual, same, quiet, loud = (loudness for _, loudness in spoken)
    assert same == pytest.approx(usual, rel=0.02)
    assert quiet / usual == pytest.approx(10 ** (-10 / 20), rel=0.03)
    assert loud / usual > 2


async def test_a_break_is_silence_and_no_tag_is_spoken(client: Client):
    texts = (
        "Good morning, room.",
        '<speak>Good <phoneme alphabet="py" ph="fu4">morning</phoneme>, room.</speak>',
        'Good morning, room.<break time="1500ms"/>',
    )
    spoken = await asyncio.gather(*[say(client, await client.live(), text) for text in texts])
    plain, tagged, paused = (seconds for seconds, _ in spoken)
    assert tagged == pytest.approx(plain, abs=0.05)
    assert paused == pytest.approx(plain + 1.5, abs=0.05)


async def test_tags_of_a_text(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        text = 'Good <insert-action type="wave. now!"/> morning,<break time="0.5s"/> room.'
        await channel.send("R", "SEND_TEXT", Text=text)
        await channel.until("TextOver")
    assert await actions(client) == 1


async def test_tags_need_clause_mode(client: Client, lenient: Client):
    tagged = 'Good <break time="500ms"/>morning. '
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text=tagged, Seq=1)
        assert (await channel.message())["ErrorCode"] == 100001
        await channel.send("R", "SEND_STREAMTEXT", Text="1 < 2 and <hearts> are no tags. ", Seq=1, IsFinal=True)
        await channel.until("TextOver", "R")
    session_id = await lenient.live()
    async with lenient.channel(session_id) as channel:
        for seq, text in enumerate(('Good <break time="50', '0ms"/>morning. '), 1):
            await channel.send("R", "SEND_STREAMTEXT", Text=text, Seq=seq, IsFinal=seq == 2)
        await channel.until("TextOver", "R")
    tagged_s = (await spoken(lenient, session_id))[0]
    plain_s = (await say(client, await client.live(), "Good morning. "))[0]
    assert plain_s + 0.4 < tagged_s < plain_s + 1.2


@pytest.mark.parametrize(
    ("text", "enabled", "count"),
    [
        (TEXT, False, 0),
        (TEXT, True, 1),
        ('Good <insert-action type="left_up1"/>morning.', False, 1),
        ('Good <insert-action type="left_up1"/>morning.', True, 1),
    ],
)
async def test_smart_actions_come_where_the_text_has_none(client: Client, text: str, enabled: bool, count: int):
    await say(client, await client.live(), text, SmartActionEnabled=enabled)
    assert await actions(client) == count


async def test_smart_actions_are_a_flag(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, SmartActionEnabled="yes")
        assert (await channel.message())["ErrorCode"] == 100001


@pytest.mark.parametrize(
    "data", [{"ChatRoundId": 5}, {"CloudAiVisitorBizId": "v" * 65}, {"CloudAiVisitorBizId": 5}, {"ChatCommand": 1}]
)
async def test_what_a_text_may_carry_has_its_types(client: Client, data: Json):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_TEXT", Text="Hi.", **data)
        assert (await channel.message())["ErrorCode"] == 100001
        await channel.send("R", "SEND_TEXT", Text="Hi.", ChatRoundId="c" * 32, CloudAiVisitorBizId="v" * 64)
        assert (await channel.message())["ErrorCode"] == 0

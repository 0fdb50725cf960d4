"""How a text wants to be spoken: the voice of an image, tags, actions."""

import io
import json
import wave

import numpy as np
import pytest

from tests.contract.wire import Client, Json

ASSET: Json = {"AssetVirtualmanKey": "demo", "UserId": "u", "Protocol": "webrtc", "DriverType": 1}
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
    answer = await client.call("createsessionbyasset", **ASSET, SpeechParam=speech)
    session_id = answer["Payload"]["SessionId"]
    assert (await client.call("startsession", SessionId=session_id))["Header"]["Code"] == 0
    return await say(client, session_id, TEXT)


async def actions(client: Client) -> int:
    return json.loads((await client.control("GET", "sessions"))[1])[-1]["actions"]


async def test_speed_is_in_per_cent_of_the_usual_one(client: Client):
    usual = (await with_voice(client))[0]
    assert (await with_voice(client, Speed=100))[0] == pytest.approx(usual, rel=0.01)
    assert 1.6 < (await with_voice(client, Speed=50))[0] / usual < 2.2
    assert 0.4 < (await with_voice(client, Speed=200))[0] / usual < 0.65


async def test_volume_is_in_decibels(client: Client):
    usual = (await with_voice(client))[1]
    assert (await with_voice(client, Volume=0))[1] == pytest.approx(usual, rel=0.01)
    assert (await with_voice(client, Volume=-10))[1] / usual == pytest.approx(10 ** (-10 / 20), rel=0.02)
    assert (await with_voice(client, Volume=10))[1] / usual > 2


async def test_a_break_is_silence_and_no_tag_is_spoken(client: Client):
    plain = (await say(client, await client.live(), "Good morning, room."))[0]
    tagged = '<speak>Good <phoneme alphabet="py" ph="fu4">morning</phoneme>, room.</speak>'
    assert (await say(client, await client.live(), tagged))[0] == pytest.approx(plain, abs=0.05)
    paused = 'Good morning, room.<break time="1500ms"/>'
    assert (await say(client, await client.live(), paused))[0] == pytest.approx(plain + 1.5, abs=0.02)


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

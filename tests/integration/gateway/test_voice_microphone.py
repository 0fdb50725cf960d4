"""A microphone on the WebSocket as the avatar's voice, and what of it the emulated cloud received."""

import asyncio

import pytest

from tests.integration.gateway.conftest import Bridge
from tests.support.socket_client import Client, connected
from tests.support.voicing import FRAME, HOUSE_RATE, check_form, drives, heard, likeness, pcm, sent, speak, voice


async def turn_on(client: Client, rate: int = 16_000, channels: int = 1, purpose: str = "drive") -> None:
    form = {"sample_rate": rate, "channels": channels, "encoding": "s16le"}
    await client.send("audio.start", ref="mic", purpose=purpose, **form)


@pytest.mark.parametrize(
    ("rate", "channels", "piece_ms"), [(8_000, 1, 20), (16_000, 1, 128), (44_100, 2, 20), (48_000, 1, 10)]
)
async def test_a_voice_arrives_as_it_was_spoken(bridge: Bridge, rate: int, channels: int, piece_ms: int) -> None:
    session = await bridge.live(mode="audio")
    async with connected(bridge.http, session) as client:
        await turn_on(client, rate, channels)
        ack = await client.until("ack", ref="mic")
        await speak(client, pcm(voice(1.5, rate), channels), rate, channels, piece_ms)
        await client.send("audio.end", ref="mic")
        ended = await client.until("utterance", status="ended")
        assert (ended["utterance_id"], ended["kind"], ended["ref"]) == (ack["utterance_id"], "audio", "mic")
    frames = await sent(bridge.http, bridge.emulator, session)
    assert len(drives(frames)) == 1
    check_form(frames)
    received, spoken = await heard(bridge.http, bridge.emulator, session), voice(1.5, HOUSE_RATE)
    assert abs(received.size - spoken.size) <= 1
    assert likeness(received, spoken) > 0.95


async def test_after_a_pause_speech_goes_on_with_its_first_syllable(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    # 0.9 s are five frames and more than half of another: the end of a word is heard before the pause is over.
    words = [pcm(voice(0.9, 16_000, seed=1)), pcm(voice(0.8, 16_000, seed=4))]
    async with connected(bridge.http, session) as client:
        await turn_on(client)
        await speak(client, words[0], 16_000)
        await client.until("speak.status", speak_status="AudioOver")
        await speak(client, words[1], 16_000)
        await client.send("audio.end", ref="mic")
        await client.until("utterance", status="ended")
        told = [message["status"] for message in client.seen if message["type"] == "utterance"]
        assert told == ["queued", "sent", "started", "ended"]
    frames = await sent(bridge.http, bridge.emulator, session)
    check_form(frames)
    assert [b"".join(frame.audio for frame in drive) for drive in drives(frames)] == words
    closed = drives(frames)[0]
    last_whole = next(frame for frame in reversed(closed) if len(frame.audio) == FRAME)
    assert 1.3 < closed[-1].t - last_whole.t < 1.7


async def test_an_interrupt_stops_within_a_frame(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with connected(bridge.http, session) as client:
        await turn_on(client)
        speaking = asyncio.create_task(speak(client, pcm(voice(2.0, 16_000)), 16_000))
        await client.until("utterance", status="started")
        _, stopped = await bridge.post(f"{session}/interrupt")
        before = len([frame for frame in await sent(bridge.http, bridge.emulator, session) if frame.audio])
        await client.until("utterance", status="interrupted", utterance_id=stopped["utterance_ids"][0])
        await speaking
        await client.send("audio.end", ref="mic")
        # Whoever wants to go on begins again.
        await turn_on(client)
        await speak(client, pcm(voice(0.4, 16_000)), 16_000)
        await client.send("audio.end", ref="mic")
        await client.until("utterance", status="ended")
    first, second = drives(await sent(bridge.http, bridge.emulator, session))
    assert len([frame for frame in first if frame.audio]) <= before + 1
    assert first[-1].is_final
    assert len(b"".join(frame.audio for frame in second)) == 0.4 * 32_000


async def test_a_lost_microphone_fails_after_what_came_was_spoken(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = pcm(voice(0.5, 16_000))
    async with connected(bridge.http, session) as watching:
        await watching.next()
        async with connected(bridge.http, session) as client:
            await turn_on(client)
            await speak(client, sound, 16_000)
            client.drop()
        failed = await watching.until("utterance", status="failed")
        assert failed["error"]["code"] == "source_lost"
    frames = await sent(bridge.http, bridge.emulator, session)
    check_form(frames)
    assert b"".join(frame.audio for frame in frames) == sound


async def test_who_takes_the_floor_is_heard_after_the_one_before(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sounds = [pcm(voice(0.5, 16_000, seed=seed)) for seed in (1, 4)]
    async with connected(bridge.http, session) as one, connected(bridge.http, session) as two:
        await turn_on(one)
        await speak(one, sounds[0], 16_000)
        form = {"sample_rate": 16_000, "channels": 1, "encoding": "s16le"}
        await two.send("audio.start", ref="two", purpose="drive", take=True, **form)
        await one.until("error", code="floor_taken")
        await one.socket.send_bytes(b"\7\0" * 2560)
        await speak(two, sounds[1], 16_000)
        await two.send("audio.end", ref="two")
        await two.until("utterance", status="ended", ref="two")
    frames = await sent(bridge.http, bridge.emulator, session)
    assert [b"".join(frame.audio for frame in drive) for drive in drives(frames)] == sounds


async def test_sound_that_comes_too_fast_loses_its_oldest_and_says_so(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = pcm(voice(4.0, 16_000))
    async with connected(bridge.http, session) as client:
        await turn_on(client)
        for start in range(0, len(sound), 3200):
            await client.socket.send_bytes(sound[start : start + 3200])
        await client.send("audio.end", ref="mic")
        await client.until("utterance", status="ended")
        dropped = [message for message in client.seen if message["type"] == "audio.dropped"]
    assert dropped
    assert sum(message["dropped_ms"] for message in dropped) == dropped[-1]["total_ms"]
    frames = await sent(bridge.http, bridge.emulator, session)
    check_form(frames)
    kept = b"".join(frame.audio for frame in frames)
    assert len(kept) // 32 + dropped[-1]["total_ms"] == 4000
    assert sound.endswith(kept[-16_000:])
    async with bridge.http.get("/metrics") as response:
        figures = dict(line.rsplit(" ", 1) for line in (await response.text()).splitlines() if line[0] != "#")
    assert float(figures["avatar_bridge_audio_dropped_seconds_total"]) == pytest.approx(dropped[-1]["total_ms"] / 1000)
    assert float(figures["avatar_bridge_audio_frames_late_total"]) > 0


async def test_a_session_for_text_takes_no_sound(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client:
        await turn_on(client)
        refused = await client.until("error", ref="mic")
        assert refused["code"] == "mode_mismatch"


async def test_nobody_listens_here_but_the_avatar(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with connected(bridge.http, session) as client:
        await turn_on(client, purpose="converse")
        refused = await client.until("error", ref="mic")
        assert refused["code"] == "no_voice"

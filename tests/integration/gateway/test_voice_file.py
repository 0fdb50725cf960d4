"""Files of sound that are spoken with their own voice, and what of them the emulated cloud received."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest

from tests.integration.gateway.conftest import LIMIT_S, Bridge, bridging, until
from tests.support.voicing import HOUSE_RATE, check_form, drives, heard, likeness, likeness_anywhere, sent, voice, wav
from tests.unit.audio.files import ENCODERS, by_ffmpeg, by_soundfile, film

Body = bytes | AsyncIterator[bytes]
Told = tuple[int, dict[str, Any]]
BY_SOUNDFILE = {"wav": ("PCM_16", 44_100), "flac": ("PCM_16", 48_000), "ogg": ("VORBIS", 44_100)}


def recording(kind: str, seconds: float) -> bytes:
    if kind in BY_SOUNDFILE:
        subtype, rate = BY_SOUNDFILE[kind]
        return by_soundfile(kind.upper(), subtype, voice(seconds, rate).astype(np.float32), rate)
    return by_ffmpeg(kind, voice(seconds, ENCODERS[kind][2]).astype(np.float32))


async def play(bridge: Bridge, session: str, body: Body, query: str = "wait=ended", **headers: str) -> Told:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with asyncio.timeout(LIMIT_S):
        async with bridge.http.post(f"{session}/audio?{query}", data=body, headers=given) as response:
            return response.status, await response.json(content_type=None)


async def in_pieces(data: bytes, size: int = 8192) -> AsyncGenerator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "m4a", "aac", "wma", "webm", "opus", "mp4"])
async def test_every_kind_of_file_is_spoken(bridge: Bridge, kind: str) -> None:
    session = await bridge.live(mode="audio")
    status, told = await play(bridge, session, in_pieces(recording(kind, 1.2)))
    assert (status, told["status"], told.get("error")) == (200, "ended", None)
    frames = await sent(bridge.http, bridge.emulator, session)
    assert len(drives(frames)) == 1
    check_form(frames)
    received, spoken = await heard(bridge.http, bridge.emulator, session), voice(1.2, HOUSE_RATE)
    assert abs(received.size - spoken.size) < 0.1 * HOUSE_RATE
    assert likeness_anywhere(spoken, received) > 0.95


UNUSUAL = {
    "webm without length": lambda: by_ffmpeg("webm", voice(1.2, 48_000).astype(np.float32), options={"live": "1"}),
    "mono at 8 kHz": lambda: by_soundfile("WAV", "PCM_16", voice(1.2, 8_000).astype(np.float32), 8_000, 1),
    "5.1 at 48 kHz": lambda: by_soundfile("FLAC", "PCM_24", (voice(1.2, 48_000) / 4).astype(np.float32), 48_000, 6),
    "5.1 as AAC": lambda: by_ffmpeg("mp4", (voice(1.2, 48_000) / 4).astype(np.float32), 6),
}


@pytest.mark.parametrize("name", UNUSUAL)
async def test_unusual_files_are_spoken(bridge: Bridge, name: str) -> None:
    session = await bridge.live(mode="audio")
    status, told = await play(bridge, session, in_pieces(UNUSUAL[name]()))
    assert (status, told["status"], told.get("error")) == (200, "ended", None)
    received, spoken = await heard(bridge.http, bridge.emulator, session), voice(1.2, HOUSE_RATE)
    assert abs(received.size - spoken.size) < 0.1 * HOUSE_RATE
    assert likeness_anywhere(spoken, received) > 0.95


async def test_how_far_it_is_and_that_it_can_be_stopped(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with bridge.events(session) as events:
        asking = asyncio.create_task(play(bridge, session, in_pieces(wav(voice(60, HOUSE_RATE), HOUSE_RATE))))
        sent_ms = [(await until(events, type="audio.sent")).data["sent_ms"] for _ in range(3)]
        _, stopped = await bridge.post(f"{session}/interrupt")
        status, told = await asking
    assert (status, told["status"], stopped["utterance_ids"]) == (200, "interrupted", [told["utterance_id"]])
    assert all(later - earlier >= 900 for earlier, later in itertools.pairwise(sent_ms))
    frames = await sent(bridge.http, bridge.emulator, session)
    assert sum(len(frame.audio) for frame in frames) >= sent_ms[-1] * 32


@pytest.mark.parametrize("kind", ["flac", "mp4", "wma"])
async def test_what_is_truncated_is_spoken_as_far_as_it_goes(bridge: Bridge, kind: str) -> None:
    """MP4 with its index at its end has none of it left: nothing can be spoken."""
    session = await bridge.live(mode="audio")
    whole = recording(kind, 4.0)
    status, told = await play(bridge, session, whole[: len(whole) // 2])
    if kind == "mp4":
        assert (status, told["code"]) == (415, "audio_not_recognised")
    else:
        assert (status, told["status"], told["error"]["code"]) == (200, "failed", "audio_truncated")
        assert 0.5 < (await heard(bridge.http, bridge.emulator, session)).size / HOUSE_RATE < 3.5


async def test_a_file_goes_ahead_by_its_lead_and_no_further(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    _, told = await play(bridge, session, wav(voice(6.0, HOUSE_RATE), HOUSE_RATE))
    assert told["status"] == "ended"
    frames = [frame for frame in await sent(bridge.http, bridge.emulator, session) if frame.audio]
    starts = [frame.t - frames[0].t for frame in frames]
    ahead = [number * 0.160 - start for number, start in enumerate(starts)]
    assert max(ahead) < 1.1
    assert ahead[-1] > 0.8
    (view,) = await bridge.cloud("sessions")
    assert (view["audio"]["stutters"], view["audio"]["throttled"], view["audio"]["refused"]) == (0, 0, 0)


async def test_a_burst_where_the_cloud_allows_one(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, audio={"burst": 6}) as bridge:
        session = await bridge.live(mode="audio")
        _, told = await play(bridge, session, wav(voice(3.0, HOUSE_RATE), HOUSE_RATE))
        assert told["status"] == "ended"
        frames = [frame for frame in await sent(bridge.http, bridge.emulator, session) if frame.audio]
        (view,) = [view for view in await bridge.cloud("sessions") if view["audio"]["frames"]]
    starts = [frame.t - frames[0].t for frame in frames]
    assert starts[5] < 4 * 0.120, "six frames at 120 ms take five intervals"
    assert max(number * 0.160 - start for number, start in enumerate(starts)) < 1.2
    assert (view["audio"]["throttled"], view["audio"]["refused"]) == (0, 0)


async def test_it_is_spoken_while_it_arrives(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = wav(voice(4.0, HOUSE_RATE), HOUSE_RATE)
    heard_something = asyncio.Event()

    async def body() -> AsyncGenerator[bytes]:
        yield sound[:96_000]
        async with asyncio.timeout(LIMIT_S):
            await heard_something.wait()
        yield sound[96_000:]

    async with bridge.events(session) as events:
        asking = asyncio.create_task(play(bridge, session, body()))
        await until(events, type="utterance", status="started")
        heard_something.set()
        status, told = await asking
    assert (status, told["status"]) == (200, "ended")
    received = await heard(bridge.http, bridge.emulator, session)
    assert likeness(received, voice(4.0, HOUSE_RATE)) > 0.999


async def test_a_source_that_pauses_goes_on_without_losing_anything(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = wav(voice(4.0, HOUSE_RATE), HOUSE_RATE)

    async def body() -> AsyncGenerator[bytes]:
        yield sound[:96_044]
        await until(events, type="speak.status", speak_status="AudioOver")
        yield sound[96_044:]

    async with bridge.events(session) as events:
        _, told = await play(bridge, session, body())
    assert told["status"] == "ended"
    frames = await sent(bridge.http, bridge.emulator, session)
    assert len(drives(frames)) == 2
    check_form(frames)
    assert b"".join(frame.audio for frame in frames) == sound[44:]


async def test_no_more_is_taken_than_can_be_spoken_soon(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = wav(voice(120, 48_000), 48_000, 2)
    taken = 0

    async def body() -> AsyncGenerator[bytes]:
        nonlocal taken
        async for piece in in_pieces(sound, 65_536):
            yield piece
            taken += len(piece)

    async with bridge.events(session) as events:
        asking = asyncio.create_task(play(bridge, session, body()))
        await until(events, type="utterance", status="started")
        _, stopped = await bridge.post(f"{session}/interrupt")
        status, told = await asking
    assert (status, told["status"], stopped["utterance_ids"]) == (200, "interrupted", [told["utterance_id"]])
    assert taken < len(sound) / 2
    frames = await sent(bridge.http, bridge.emulator, session)
    assert len([frame for frame in frames if frame.audio]) < 20


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "audio_empty"),
        (wav(voice(0, HOUSE_RATE), HOUSE_RATE), 400, "audio_empty"),
        (b'{"text": "this is no sound"}' * 100, 415, "audio_not_recognised"),
        (film(), 415, "audio_no_track"),
    ],
    ids=["nothing", "no samples", "JSON", "film"],
)
async def test_what_cannot_be_spoken_begins_no_utterance(bridge: Bridge, body: bytes, status: int, code: str) -> None:
    session = await bridge.live(mode="audio")
    answered, problem = await play(bridge, session, body, "interrupt=true&wait=ended")
    assert (answered, problem["code"], problem["status"]) == (status, code, status)
    assert (await bridge.get(session))[1]["utterances"] == []
    assert await sent(bridge.http, bridge.emulator, session) == []
    _, told = await play(bridge, session, wav(voice(0.3, HOUSE_RATE), HOUSE_RATE))
    assert told["status"] == "ended"


async def test_a_file_that_is_cut_short_is_spoken_and_fails(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = wav(voice(1.5, HOUSE_RATE), HOUSE_RATE)[: 44 + 16_000]
    status, told = await play(bridge, session, sound)
    assert (status, told["status"], told["error"]["code"]) == (200, "failed", "audio_truncated")
    assert b"".join(frame.audio for frame in await sent(bridge.http, bridge.emulator, session)) == sound[44:]


async def test_a_body_that_breaks_off_is_spoken_and_fails(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = wav(voice(4.0, HOUSE_RATE), HOUSE_RATE)

    async def body() -> AsyncGenerator[bytes]:
        yield sound[:96_044]
        await until(events, type="utterance", status="started")
        raise ConnectionResetError

    async with bridge.events(session) as events, bridge.events(session) as watching:
        with pytest.raises(aiohttp.ClientError):
            await play(bridge, session, body())
        failed = await until(watching, type="utterance", status="failed")
    assert failed.data["error"]["code"] == "source_lost"
    assert b"".join(frame.audio for frame in await sent(bridge.http, bridge.emulator, session)) == sound[44:96_044]


async def test_what_cannot_be_a_file(bridge: Bridge) -> None:
    text = await bridge.live()
    sound = wav(voice(0.3, HOUSE_RATE), HOUSE_RATE)
    assert (await play(bridge, text, sound))[1]["code"] == "mode_mismatch"
    session = await bridge.live(mode="audio")
    status, problem = await play(bridge, session, sound, Content_Type="multipart/form-data; boundary=x")
    assert (status, problem["code"]) == (415, "unsupported_media_type")
    status, problem = await play(bridge, session, sound, Content_Encoding="gzip")
    assert (status, problem["code"]) == (415, "unsupported_media_type")
    status, problem = await play(bridge, session, sound, "wait=sometimes")
    assert (status, problem["code"]) == (400, "invalid_request")


async def test_one_that_says_it_is_too_large_is_not_read(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with bridge.http.get(session) as response:
        host, port = response.url.host, response.url.port
    assert host
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"POST {session}/audio HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 300000000\r\n\r\n".encode())
    async with asyncio.timeout(LIMIT_S):
        assert b" 413 " in await reader.readline()
        await reader.readuntil(b'"code":"audio_too_large"')
    writer.close()
    await writer.wait_closed()


async def test_waiting_and_order(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = wav(voice(2.0, HOUSE_RATE), HOUSE_RATE)
    status, first = await play(bridge, session, sound, "wait=started&ref=one")
    assert (status, first["status"]) == (200, "started")
    status, slow = await play(bridge, session, sound, "wait=ended&timeout_s=0.2")
    assert (status, slow["code"]) == (504, "wait_timeout")
    status, queued = await play(bridge, session, sound, "wait=accepted")
    assert (status, queued["status"]) == (202, "queued")
    async with bridge.events(session) as events:
        status, now = await play(bridge, session, wav(voice(0.4, HOUSE_RATE), HOUSE_RATE), "interrupt=true&wait=ended")
        assert (status, now["status"]) == (200, "ended")
        stopped = await until(events, type="interrupt")
    assert set(stopped.data["utterance_ids"]) == {each["utterance_id"] for each in (first, slow, queued)}


async def test_a_repeated_key_speaks_once(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    sound = wav(voice(0.5, HOUSE_RATE), HOUSE_RATE)
    answers = [await play(bridge, session, sound, Idempotency_Key="mine") for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(drives(await sent(bridge.http, bridge.emulator, session))) == 1


async def test_after_a_broken_channel_it_goes_on_where_it_was(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    await bridge.tell_cloud("faults", {"session_id": "*", "fault": "drop@audio:12", "times": 1})
    sound = wav(voice(4.0, HOUSE_RATE), HOUSE_RATE)
    async with bridge.events(session) as events:
        asking = asyncio.create_task(play(bridge, session, sound))
        await until(events, type="session.state", state="reconnecting")
        status, told = await asking
    assert (status, told["status"]) == (200, "ended")
    first, second = drives(await sent(bridge.http, bridge.emulator, session))
    check_form(second)
    before, after = (b"".join(frame.audio for frame in drive) for drive in (first, second))
    assert sound[44:].startswith(before)
    assert sound.endswith(after)
    # One frame may have been on its way when the channel broke.
    assert len(sound) - 44 - len(before) - len(after) in {0, 5120}
    starts = [frame.t - second[0].t for frame in second if frame.audio]
    ahead = [number * 0.160 - start for number, start in enumerate(starts)]
    assert max(ahead) < 1.1

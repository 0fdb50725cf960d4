"""`relay`, from a shell, with a real server and a real emulator: what becomes of live sound, and who may send it."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.integration.cli.support import Place, call, new_session
from tests.support.cable import cable
from tests.support.rtmp_server import free_port
from tests.support.socket_client import connected
from tests.support.voicing import (
    HOUSE_RATE,
    check_form,
    drives,
    heard,
    likeness,
    pcm,
    sent,
    voice,
    wav,
)

LIMIT_S = 60
PIECE_S = 0.020
RAW = ("relay", "-", "--raw", str(HOUSE_RATE), "--json")


class Relay:
    """A relay that runs; its standard input is a recorder's."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []

    async def until(self, **wanted: object) -> dict[str, Any]:
        """Return the next line of JSON with these values."""
        assert self.process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            while line := await self.process.stdout.readline():
                self.told.append(json.loads(line))
                if wanted.items() <= self.told[-1].items():
                    return self.told[-1]
        raise AssertionError(self.told)

    async def record(self, sound: bytes) -> None:
        """Give it `sound` as a recorder does, in real time."""
        assert self.process.stdin is not None
        size = round(HOUSE_RATE * PIECE_S) * 2
        for start in range(0, len(sound), size):
            self.process.stdin.write(sound[start : start + size])
            await self.process.stdin.drain()
            await asyncio.sleep(PIECE_S)

    async def ended(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """Send a signal, or close its input; return the exit code and what it told on stderr."""
        assert self.process.stdin is not None
        if number is None:
            self.process.stdin.close()
        else:
            self.process.send_signal(number)
        async with asyncio.timeout(LIMIT_S):
            out, err = await self.process.communicate()
        self.told += [json.loads(line) for line in out.splitlines()]
        assert self.process.returncode is not None
        return self.process.returncode, err.decode()


@asynccontextmanager
async def relaying(place: Place, url: str, *arguments: str) -> AsyncGenerator[Relay]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", *RAW, "--url", url, *arguments),
        env=place.environment({}),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield Relay(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def speaking_session(url: str) -> str:
    """Create a session of mode audio and return its path."""
    created = json.loads(await call("POST", f"{url}/v1/sessions", {"mode": "audio"}))
    return f"/v1/sessions/{created['session_id']}"


async def test_a_pipe_is_spoken_to_its_end(place: Place):
    sound = voice(3.0, HOUSE_RATE)
    async with place.emulator() as cloud, place.server(cloud) as url:
        await new_session(url)  # one for text, which is passed over
        plain = await place.run(*RAW[:4], "--url", url, stdin=pcm(sound))
        assert (plain.code, plain.out) == (0, "ended\n"), plain.err
        session = "/v1/sessions/" + plain.err.split("created: ")[1].split()[0]
        contained = await place.run("relay", "-", "--json", "--url", url, stdin=wav(voice(3.0, 44_100), 44_100, 2))
        lines = [json.loads(line) for line in contained.out.splitlines()]
        assert (contained.code, lines[-1]) == (0, {"type": "end", "status": "ended"})
        assert lines[0] == {"type": "begin", "session_id": session.rpartition("/")[2]}
        levels = [line["peak_db"] for line in lines if line["type"] == "level"]
        assert -9.0 < max(levels) < -7.0
        async with aiohttp.ClientSession(url) as http:
            frames = await sent(http, cloud, session)
            received = await heard(http, cloud, session)
    check_form(frames)
    assert len(drives(frames)) == 2
    first = sum(len(frame.audio) for frame in drives(frames)[0]) // 2
    assert first == sound.size
    assert likeness(received[:first], sound) > 0.999
    assert likeness(received[first:], sound, slack=50) > 0.95


async def test_ctrl_c_ends_it_when_all_is_spoken(place: Place):
    sound = pcm(voice(30.0, HOUSE_RATE))
    async with place.emulator() as cloud, place.server(cloud) as url, relaying(place, url) as relay:
        recording = asyncio.create_task(relay.record(sound))
        session = (await relay.until(type="begin"))["session_id"]
        utterance_id = (await relay.until(type="state", state="on_air"))["utterance_id"]
        await relay.until(type="level")
        recording.cancel()
        code, err = await relay.ended(signal.SIGINT)
        assert (code, err.count("\n")) == (0, 1), err
        assert relay.told[-1] == {"type": "end", "status": "ended"}
        async with aiohttp.ClientSession(url) as http:
            frames = await sent(http, cloud, f"/v1/sessions/{session}")
            async with http.get(f"/v1/sessions/{session}") as answer:
                assert (await answer.json())["utterances"] == []
        check_form(frames)
        assert sound.startswith(b"".join(frame.audio for frame in frames))
        assert len(frames) > 3
        assert utterance_id


async def test_a_broken_connection_comes_back_and_a_source_that_pauses_goes_on(place: Place):
    sound = voice(60.0, HOUSE_RATE)
    port = free_port()
    known = {"AVATAR_BRIDGE_SERVER__PUBLIC_URL": f"http://127.0.0.1:{port}"}
    async with place.emulator() as cloud, place.server(cloud, known) as url:
        session = await speaking_session(url)
        async with cable(urlsplit(url).port or 0, port) as wire, relaying(place, wire.address) as relay:
            recording = asyncio.create_task(relay.record(pcm(sound)))
            first = (await relay.until(type="state", state="on_air"))["utterance_id"]
            await relay.until(type="level")
            wire.pull()
            await relay.until(type="state", state="reconnecting")
            wire.plugged = True
            second = (await relay.until(type="state", state="on_air"))["utterance_id"]
            await relay.until(type="level")
            recording.cancel()
            code, err = await relay.ended()
            assert (code, relay.told[-1]["status"]) == (0, "ended"), err
        async with aiohttp.ClientSession(url) as http:
            frames = await sent(http, cloud, session)
    assert first != second
    check_form(frames)
    assert len(drives(frames)) == 2
    for drive in drives(frames):
        spoken = b"".join(frame.audio for frame in drive)
        assert pcm(sound).find(spoken) >= 0, "a drive is one stretch of the sound, without a gap"


async def test_the_floor(place: Place):
    async with place.emulator() as cloud, place.server(cloud) as url:
        session = await speaking_session(url)
        async with aiohttp.ClientSession(url) as http, connected(http, session) as holder:
            await holder.until("welcome")
            start = {"purpose": "drive", "sample_rate": HOUSE_RATE, "channels": 1, "encoding": "s16le"}
            await holder.send("audio.start", ref="mine", **start)
            await holder.until("ack")
            refused = await place.run(*RAW[:4], "--url", url, stdin=pcm(voice(1.0, HOUSE_RATE)))
            assert refused.code == 1
            assert refused.problems[0].endswith("(floor_taken); --take takes it")
            async with relaying(place, url, "--take") as relay:
                recording = asyncio.create_task(relay.record(pcm(voice(30.0, HOUSE_RATE))))
                await relay.until(type="state", state="on_air")
                await holder.until("error", ref="mine", code="floor_taken")
                await holder.send("audio.end", ref="mine")
                await holder.send("audio.start", ref="back", take=True, **start)
                async with asyncio.timeout(LIMIT_S):
                    await relay.process.wait()
                recording.cancel()
                code, err = await relay.ended()
                assert (code, "(floor_taken)" in err, "--take" in err) == (1, True, False)


@pytest.mark.parametrize("again", [False, True])
async def test_somebody_interrupts(place: Place, again: bool):
    async with place.emulator() as cloud, place.server(cloud) as url:
        session = await speaking_session(url)
        async with relaying(place, url, *(["--again"] if again else [])) as relay:
            recording = asyncio.create_task(relay.record(pcm(voice(30.0, HOUSE_RATE))))
            first = (await relay.until(type="state", state="on_air"))["utterance_id"]
            await relay.until(type="level")
            await call("POST", f"{url}{session}/interrupt", {"scope": "all"})
            if again:
                assert (await relay.until(type="state", state="on_air"))["utterance_id"] != first
            else:
                await relay.until(type="end", status="interrupted")
            recording.cancel()
            code, err = await relay.ended()
            assert (code, relay.told[-1]["status"]) == (0, "ended" if again else "interrupted"), err


async def test_what_cannot_be_relayed(place: Place):
    async with place.emulator() as cloud, place.server(cloud) as url:
        text = await new_session(url)
        for arguments, line in (
            (["song.mp3"], "Files: avatar-bridge play"),
            (["file:///etc/passwd"], "Files: avatar-bridge play"),
            (["http://127.0.0.1:1/live.m3u8"], "(audio_address_refused)"),
            (["rtmp://127.0.0.1:1/live/key"], "(audio_address_refused)"),
            (["rtsp://192.0.2.1/live"], "--trust opens it all the same"),
            (["http://127.0.0.1:1/live.m3u8", "--allow", "127.0.0.0/8"], "(audio_fetch_failed)"),
            (["-"], "(audio_not_recognised)"),
            (["-", "--raw", "16000", "--session", "nobody"], "(session_not_found)"),
            (["-", "--raw", "16000", "--session", text], "(mode_mismatch)"),
        ):
            result = await place.run("relay", *arguments, "--url", url, stdin="this is no sound " * 100)
            assert (result.code, result.out) == (1, ""), result.err
            assert len(result.problems) == 1, result.err
            assert result.problems[0].endswith(line)
    result = await place.run("relay", "-", "--raw", "16000", "--url", "http://127.0.0.1:1", stdin=b"")
    assert "no server answers at http://127.0.0.1:1" in result.problems[0]


async def test_a_session_that_is_closed_ends_it(place: Place):
    async with place.emulator() as cloud, place.server(cloud) as url:
        session = await speaking_session(url)
        async with relaying(place, url) as relay:
            recording = asyncio.create_task(relay.record(pcm(voice(30.0, HOUSE_RATE))))
            await relay.until(type="state", state="on_air")
            await call("DELETE", f"{url}{session}")
            async with asyncio.timeout(LIMIT_S):
                await relay.process.wait()
            recording.cancel()
            code, err = await relay.ended()
            assert code == 1
            assert err.count("avatar-bridge: ") == 1, err

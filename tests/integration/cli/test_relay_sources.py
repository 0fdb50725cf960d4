"""Where `relay` gets live sound from: streams over RTMP and HLS, and a microphone."""

import json
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from tests.integration.cli.support import Place, Running
from tests.integration.cli.test_play import website
from tests.support.broadcast import AAC_RATE, broadcast, microphone
from tests.support.rtmp_server import free_port, rtmp_server
from tests.support.voicing import HOUSE_RATE, check_form, heard, likeness_anywhere, sent, voice
from tests.unit.audio.files import by_ffmpeg

HERE = ("--allow", "127.0.0.0/8")
SECONDS = 40.0


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with rtmp_server(folder, free_port()) as address:
        yield address


@asynccontextmanager
async def relay(place: Place, url: str, *arguments: str, **env: str) -> AsyncGenerator[Running]:
    async with place.start("relay", *arguments, "--json", "--url", url, env=env) as running:
        yield running


async def stopped(running: Running) -> str:
    """End a relay and return its session."""
    assert await running.stop(signal.SIGINT) == 0
    assert json.loads(await running.line('"type": "end"'))["status"] == "ended"
    return "/v1/sessions/" + json.loads(await running.line('"type": "begin"'))["session_id"]


async def spoken(url: str, cloud: str, session: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return what the cloud received, after a look at its form."""
    async with aiohttp.ClientSession(url) as http:
        check_form(await sent(http, cloud, session))
        return await heard(http, cloud, session)


async def test_rtmp(place: Place, studio: str):
    sound = voice(SECONDS, AAC_RATE)
    async with place.emulator() as cloud, place.server(cloud) as url:
        async with broadcast(f"{studio}/anna", sound), relay(place, url, f"{studio}/anna", *HERE) as running:
            await running.line('"on_air"')
            await running.line('"level"', 5)
            session = await stopped(running)
        received = await spoken(url, cloud, session)
    assert received.size > 2 * HOUSE_RATE
    assert likeness_anywhere(received[HOUSE_RATE:], voice(SECONDS, HOUSE_RATE)) > 0.95


async def test_rtmp_whose_publisher_comes_back(place: Place, studio: str):
    sound = voice(SECONDS, AAC_RATE)
    async with place.emulator() as cloud, place.server(cloud) as url:
        async with relay(place, url, f"{studio}/anna", *HERE) as running:
            async with broadcast(f"{studio}/anna", sound):
                await running.line('"on_air"')
                await running.line('"level"', 3)
            await running.line('"source_lost"')
            async with broadcast(f"{studio}/anna", sound):
                await running.line('"on_air"', 2)
                session = await stopped(running)
        received = await spoken(url, cloud, session)
    assert received.size > HOUSE_RATE


async def test_hls(place: Place):
    segments = {f"/{number}.aac": by_ffmpeg("aac", voice(2.0, 32_000, number).astype(np.float32)) for number in (1, 2)}
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2", *(f"#EXTINF:2,\n{name[1:]}" for name in segments), "#EXT-X-ENDLIST"]
    async with (
        place.emulator() as cloud,
        place.server(cloud) as url,
        website({"/live.m3u8": "\n".join(lines).encode(), **segments}) as site,
    ):
        result = await place.run("relay", f"{site}/live.m3u8", *HERE, "--json", "--url", url)
        told = [json.loads(line) for line in result.out.splitlines()]
        assert (result.code, told[-1]["status"]) == (0, "ended"), result.err
        received = await spoken(url, cloud, f"/v1/sessions/{told[0]['session_id']}")
    assert abs(received.size - 4 * HOUSE_RATE) < 0.2 * HOUSE_RATE
    for number, at in ((1, 0.0), (2, 2.0)):
        part = received[round((at + 0.3) * HOUSE_RATE) : round((at + 1.7) * HOUSE_RATE)]
        assert likeness_anywhere(part, voice(2.0, HOUSE_RATE, number)) > 0.95


async def test_a_microphone(place: Place, tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    with microphone(home, "studio", SECONDS):
        listed = await place.run("relay", "--list-devices", "--json", env={"HOME": str(home)})
        assert [device["name"] for device in json.loads(listed.out)] == ["studio"], listed.err
        table = await place.run("relay", "--list-devices", env={"HOME": str(home)})
        assert "studio" in table.out
        async with place.emulator() as cloud, place.server(cloud) as url:
            nobody = await place.run("relay", "--device", "nobody", "--url", url, env={"HOME": str(home)})
            assert nobody.problems == [
                "avatar-bridge: no microphone is called nobody; --list-devices shows those that there are"
            ]
            async with relay(place, url, "--device", "stud", HOME=str(home)) as running:
                await running.line('"on_air"')
                await running.line('"level"', 4)
                session = await stopped(running)
            received = await spoken(url, cloud, session)
    assert received.size > 2 * HOUSE_RATE
    assert likeness_anywhere(received[HOUSE_RATE // 2 :], voice(SECONDS, HOUSE_RATE)) > 0.95


async def test_without_a_microphone(place: Place, tmp_path: Path):
    async with place.emulator() as cloud, place.server(cloud) as url:
        result = await place.run("relay", "--device", "nobody's", "--url", url, env={"HOME": str(tmp_path)})
    assert result.code == 1
    assert len(result.problems) == 1, result.err

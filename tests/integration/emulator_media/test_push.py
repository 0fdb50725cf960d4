"""CssCustomPushUrl: picture and sound really arrive at an RTMP server."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from tests.contract.running import emulator
from tests.contract.wire import Client, Json
from tests.integration.emulator_media.lipsync import loudness, offset, openness
from tests.integration.emulator_media.pulling import pulling, until
from tests.support.rtmp_server import free_port, rtmp_server

SECRET = "5a1f0c7e9b3d"
TEXT = "Pop. Bob. Papa. Bop."


@dataclass(frozen=True)
class Program:
    """An emulator that logs all it can."""

    url: str
    log: Path

    def logged(self) -> str:
        """Return what it has logged so far."""
        return self.log.read_text()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """One emulator for all tests; the secret of the addresses must never be in its log."""
    log = tmp_path_factory.mktemp("emulator") / "log"
    with log.open("w") as file, emulator("--verbose", log=file) as url:
        yield Program(url, log)
    assert "closed with CloseType" in log.read_text()
    assert SECRET not in log.read_text()


@pytest.fixture
async def client(program: Program) -> AsyncIterator[Client]:
    """A client of the emulator, which forgets everything afterwards."""
    async with aiohttp.ClientSession() as http:
        client = Client(program.url, http)
        yield client
        await client.control("POST", "reset")


def pushed_to(address: str) -> Json:
    """Return what createsession needs for a push to `address`."""
    return {
        "Protocol": "rtmp",
        "ProtocolOption": {"CssCustomPushUrl": f"{address}?txSecret={SECRET}&txTime=66AA0000"},
    }


async def test_picture_and_sound_arrive_together(client: Client, tmp_path: Path) -> None:
    with rtmp_server(tmp_path, free_port()) as live:
        async with pulling(f"{live}/stage") as pulled:
            session_id = await client.live(**pushed_to(f"{live}/stage"))
            await until(lambda: len(pulled.seen) >= 15)
            async with client.channel(session_id) as channel:
                silent = pulled.heard[-1][0]
                await channel.send("a", "SEND_TEXT", Text=TEXT, ChatCommand="NotUseChat")
                await channel.until("TextOver", "a")
            spoken = len(pulled.seen)
            await until(lambda: len(pulled.seen) >= spoken + 20)
            await client.call("closesession", SessionId=session_id)
            await until(lambda: pulled.ended)
    assert pulled.codecs == {"h264", "aac"}
    assert {picture.shape for _, picture in pulled.seen} == {(960, 540)}
    times = [at for at, _ in pulled.seen]
    assert round(float(np.median(np.diff(times))), 3) == 0.04
    lips = openness(times, [picture for _, picture in pulled.seen], pulled.seen[5][1])
    sound = loudness([at for at, _ in pulled.heard], [samples for _, samples in pulled.heard])
    assert sound[1][sound[0] < silent].max() < 20
    assert np.quantile(sound[1], 0.95) > 1000
    assert lips[1][lips[0] < silent].max() < 50
    assert np.quantile(lips[1], 0.9) > 200
    late = offset(lips, sound)
    sys.stdout.write(f"lips after sound: {late * 1000:.0f} ms\n")
    assert abs(late) <= 0.08


async def test_a_server_that_comes_back_gets_the_stream_again_with_its_alpha_picture(
    client: Client, program: Program, tmp_path: Path
) -> None:
    port = free_port()
    await client.live(**pushed_to(f"rtmp://127.0.0.1:{port}/live/stage"), ExtraInfo={"AlphaChannelEnable": True})
    for _ in range(2):
        with rtmp_server(tmp_path, port) as live:
            async with pulling(f"{live}/stage") as pulled:
                await until(lambda seen=pulled.seen: len(seen) >= 5)
        picture = pulled.seen[-1][1]
        assert picture.shape == (960, 540 + 4 + 540)
        assert picture[250:600, 544 + 180 : 544 + 360].min() > 215
        assert picture[:80, 548:].max() < 40
    assert f"the push to 127.0.0.1:{port} broke off" in program.logged()


async def test_a_server_that_hangs_holds_up_nobody(client: Client) -> None:
    called, gone = asyncio.Event(), asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        while await reader.read(4096):
            pass
        gone.set()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        session_id = await client.live(**pushed_to(f"rtmp://127.0.0.1:{port}/live/stage"))
        async with asyncio.timeout(10):
            await called.wait()
        async with client.channel(session_id) as channel:
            await channel.send("a", "SEND_TEXT", Text="Pop.", ChatCommand="NotUseChat")
            await channel.until("TextStart", "a")
        async with asyncio.timeout(5):
            await client.call("closesession", SessionId=session_id)
            await gone.wait()


async def test_nothing_is_pushed_to_strangers(client: Client, program: Program) -> None:
    session_id = await client.live(**pushed_to("rtmp://203.0.113.7/live/stage"))
    await until(lambda: "203.0.113.7" in program.logged())
    assert await client.warnings() == {"push_not_allowed": 1}
    assert (await client.stat(session_id))["SessionStatus"] == 1

"""CssCustomPushUrl: picture and sound really arrive at an RTMP server."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import numpy as np
import pytest

from emulator.media import Pushes, Stages, pushes
from tests.contract.running import emulator
from tests.contract.wire import Client, Json
from tests.integration.emulator_media.lipsync import loudness, offset, openness
from tests.integration.emulator_media.performances import Silent
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


@asynccontextmanager
async def hanging() -> AsyncGenerator[tuple[str, asyncio.Queue[str]]]:
    """Give the address of a server that never answers, and what happens to its connections."""
    happened = asyncio.Queue[str]()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        happened.put_nowait("called")
        while await reader.read(4096):
            pass
        happened.put_nowait("gone")
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server, asyncio.timeout(20):
        yield f"rtmp://127.0.0.1:{server.sockets[0].getsockname()[1]}/live/stage", happened


async def test_a_server_that_hangs_holds_up_nobody(client: Client) -> None:
    async with hanging() as (address, happened):
        session_id = await client.live(**pushed_to(address))
        assert await happened.get() == "called"
        async with client.channel(session_id) as channel:
            await channel.send("a", "SEND_TEXT", Text="Pop.", ChatCommand="NotUseChat")
            await channel.until("TextStart", "a")
        await client.call("closesession", SessionId=session_id)
        async with asyncio.timeout(5):
            assert await happened.get() == "gone"


async def test_a_server_that_hangs_is_left_and_called_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pushes, "CONNECT_SECONDS", 1.5)
    monkeypatch.setattr(pushes, "GOODBYE_SECONDS", 0.1)
    pushing = Pushes(Stages())
    async with hanging() as (address, happened):
        for _ in range(2):
            pushing.begin("one", Silent(), address, lambda: None)
        assert [await happened.get() for _ in range(3)] == ["called", "gone", "called"]
        await pushing.aclose()
        assert await happened.get() == "gone"
        pushing.begin("two", Silent(), address, lambda: None)
        await pushing.aclose()
        assert happened.empty()


async def test_nothing_is_pushed_to_strangers(client: Client, program: Program) -> None:
    session_id = await client.live(**pushed_to("rtmp://203.0.113.7/live/stage"))
    await until(lambda: "203.0.113.7" in program.logged())
    assert await client.warnings() == {"push_not_allowed": 1}
    assert (await client.stat(session_id))["SessionStatus"] == 1


async def test_unless_it_is_allowed() -> None:
    """0.0.0.0 is no private address, and leads to this machine all the same."""
    async with hanging() as (address, happened), aiohttp.ClientSession() as http:
        with emulator("--push-anywhere") as url:
            await Client(url, http).live(**pushed_to(address.replace("127.0.0.1", "0.0.0.0")))
            assert await happened.get() == "called"
        assert await happened.get() == "gone"

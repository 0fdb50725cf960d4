import asyncio
import contextlib
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from audio.errors import AddressRefused, FetchFailed
from audio.live import open_live
from audio.pcm import Samples
from tests.unit.audio.files import by_ffmpeg
from tests.unit.audio.signals import loudest_pitch, tone
from tests.unit.audio.test_fetch import Names

HERE = [ip_network("127.0.0.1/32")]
SECONDS = 2


def playlist_of(*addresses: str) -> str:
    head = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{SECONDS}\n"
    return head + "".join(f"#EXTINF:{SECONDS},\n{address}\n" for address in addresses) + "#EXT-X-ENDLIST\n"


class Radio:
    """A site with a stream in segments; `playlist` and what stands behind a name may be replaced."""

    def __init__(self) -> None:
        self.playlist = playlist_of("one.aac", "two.aac")
        self.sound = by_ffmpeg("aac", tone(440, 32_000, SECONDS))
        self.gone: set[str] = set()
        self.asked: list[str] = []
        app = web.Application()
        app.router.add_get("/{name:.*}", self.answer)
        self.server = TestServer(app, host="127.0.0.1")

    def address(self, path: str = "live.m3u8") -> str:
        return str(self.server.make_url(f"/{path}"))

    async def answer(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked.append(name)
        if name == "moved.m3u8":
            raise web.HTTPFound("/elsewhere/live.m3u8")
        if name in self.gone:
            raise web.HTTPNotFound
        return web.Response(text=self.playlist) if name.endswith("m3u8") else web.Response(body=self.sound)


@pytest.fixture
async def radio() -> AsyncIterator[Radio]:
    radio = Radio()
    await radio.server.start_server()
    yield radio
    await radio.server.close()


async def heard(address: str) -> Samples:
    async with await open_live(address, allow=HERE) as decoder:
        return np.concatenate([block async for block in decoder])


async def test_a_playlist(radio: Radio):
    sound = await heard(radio.address())
    assert sound.size == pytest.approx(2 * SECONDS * 16_000, rel=0.05)
    assert loudest_pitch(sound[8_000:24_000].astype(np.float32)) == pytest.approx(440, abs=1)
    assert {"one.aac", "two.aac"} <= set(radio.asked)


async def test_a_playlist_that_has_moved(radio: Radio):
    assert (await heard(radio.address("moved.m3u8"))).size > SECONDS * 16_000
    assert "elsewhere/two.aac" in radio.asked


async def test_a_file_or_a_radio_without_a_playlist(radio: Radio):
    assert (await heard(radio.address("song.aac"))).size == pytest.approx(SECONDS * 16_000, rel=0.05)


async def test_proxies_of_the_environment_are_not_used(radio: Radio, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await heard(radio.address())).size > SECONDS * 16_000


async def test_a_segment_that_is_gone_is_passed_over_but_not_the_last(radio: Radio):
    radio.gone = {"one.aac"}
    assert (await heard(radio.address())).size == pytest.approx(SECONDS * 16_000, rel=0.05)
    radio.gone = {"two.aac"}
    with pytest.raises(FetchFailed, match="404"):
        await heard(radio.address())


async def test_what_is_no_sound_at_all(radio: Radio):
    radio.gone = {"live.m3u8"}
    with pytest.raises(FetchFailed, match="404"):
        await heard(radio.address())
    radio.gone, radio.playlist = set(), "this is no playlist"
    with pytest.raises(FetchFailed):
        await heard(radio.address())


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.aac"
    path.write_bytes(by_ffmpeg("aac", tone(1_000, 32_000, 1)))
    return path


@pytest.mark.parametrize(
    "form", ["file://{}", "file:{}", "concat:{}|{}", "crypto+file://{}", "subfile,,start,0,end,9,,:{}"]
)
async def test_a_playlist_cannot_reach_files(radio: Radio, secret: Path, form: str):
    """Two segments of 2 s sound at 440 Hz; the secret is there to be heard at 1000 Hz."""
    radio.playlist = playlist_of("one.aac", form.format(secret, secret), "two.aac")
    sound = [np.zeros(0, np.int16)]
    async with await open_live(radio.address(), allow=HERE) as decoder:
        with contextlib.suppress(AddressRefused):
            async for block in decoder:
                sound += [block]
    spectrum = np.abs(np.fft.rfft(np.concatenate(sound).astype(np.float64)))
    pitch = np.fft.rfftfreq(sum(block.size for block in sound), 1 / 16_000)
    assert spectrum[(pitch > 430) & (pitch < 450)].max() > 1e6
    assert spectrum[(pitch > 990) & (pitch < 1010)].max() < 1e5


async def test_a_playlist_cannot_reach_networks_that_are_not_allowed(radio: Radio):
    inside = Radio()
    inside.server = TestServer(inside.server.app, host="127.0.0.2")
    await inside.server.start_server()
    radio.playlist = playlist_of("one.aac", inside.address("secret.aac"), "two.aac")
    with pytest.raises(AddressRefused):
        await heard(radio.address())
    assert inside.asked == []
    assert "two.aac" not in radio.asked
    await inside.server.close()


async def test_closing_ends_a_reading_that_waits(radio: Radio):
    waiting = asyncio.Event()

    async def stall(_: web.Request) -> web.Response:
        waiting.set()
        await asyncio.sleep(3600)
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/slow.aac", stall)
    slow = TestServer(app, host="127.0.0.1")
    await slow.start_server()
    radio.playlist = playlist_of("one.aac", str(slow.make_url("/slow.aac")))
    decoder = await open_live(radio.address(), allow=HERE)

    async def read() -> None:
        async for _ in decoder:
            pass

    reading = asyncio.create_task(read())
    async with asyncio.timeout(20):
        await waiting.wait()
        reading.cancel()
        await decoder.aclose()
    await asyncio.wait({reading})
    await slow.close()


@pytest.mark.parametrize(
    "address",
    [
        "rtmp://127.0.0.1/live/key",
        "rtmp://[::1]/live/key",
        "rtmp://10.0.0.1/live/key",
        "rtsp://8.8.8.8/live",
        "file:///etc/passwd",
        "rtmp:///live",
        "udp://239.0.0.1:1234",
        "concat:/etc/passwd",
        "http://127.0.0.1/live.m3u8",
        "https://[::1]/live.m3u8",
        "http://10.0.0.1/live.m3u8",
    ],
)
async def test_what_is_refused(address: str):
    with pytest.raises(AddressRefused):
        await open_live(address)
    with pytest.raises(AddressRefused):
        await open_live("rtmp://music.example/live/key", lookup=Names("192.168.0.1"))


async def test_rtmp_is_opened_where_it_was_checked_under_its_own_name():
    """The server greets, reads the first command of the connection and hangs up."""
    commands: asyncio.Queue[bytes] = asyncio.Queue(1)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.readexactly(1 + 1536)
        writer.write(b"\x03" + bytes(1536) + hello[1:])
        await reader.readexactly(1536)
        commands.put_nowait(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    names = Names("127.0.0.1")
    address = f"rtmp://music.example:{port}/live/hush"
    async with await open_live(address, allow=HERE, lookup=names) as decoder:
        with pytest.raises(FetchFailed) as caught:
            await anext(decoder)
    command = await commands.get()
    server.close()
    await server.wait_closed()
    assert names.asked == ["music.example"]
    assert b"connect" in command
    assert f"rtmp://music.example:{port}/live".encode() in command
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None

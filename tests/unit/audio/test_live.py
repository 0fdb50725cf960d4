import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from audio.errors import AddressRefused, FetchFailed
from audio.live import open_live
from tests.unit.audio.files import by_ffmpeg
from tests.unit.audio.signals import loudest_pitch, tone
from tests.unit.audio.test_fetch import Names

HERE = [ip_network("127.0.0.1/32")]
PLAYLIST = (
    "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\none.aac\n#EXTINF:2,\ntwo.aac\n#EXT-X-ENDLIST\n"
)


@pytest.fixture
async def playlist() -> AsyncIterator[str]:
    sound = by_ffmpeg("aac", tone(440, 32_000, 2))
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.Response(text=PLAYLIST) if name == "live.m3u8" else web.Response(body=sound)

    app.router.add_get("/{name}", answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield str(server.make_url("/live.m3u8"))
    await server.close()


async def test_a_playlist_for_whoever_trusts_it(playlist: str):
    async with await open_live(playlist, allow=HERE, unguarded=True) as decoder:
        sound = np.concatenate([block async for block in decoder])
    assert sound.size == pytest.approx(4 * 16_000, rel=0.05)
    assert loudest_pitch(sound[8_000:24_000].astype(np.float32)) == pytest.approx(440, abs=1)


async def test_a_playlist_is_not_opened_for_strangers(playlist: str):
    with pytest.raises(AddressRefused, match="rtmp"):
        await open_live(playlist, allow=HERE)
    with pytest.raises(AddressRefused):
        await open_live(playlist, unguarded=True)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.aac"
    path.write_bytes(by_ffmpeg("aac", tone(440, 32_000, 1)))
    return path


async def test_a_playlist_cannot_reach_files(secret: Path):
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=PLAYLIST.replace("one.aac", f"file://{secret}").replace("two.aac", f"file:{secret}"))

    app = web.Application()
    app.router.add_get("/live.m3u8", answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    async with await open_live(str(server.make_url("/live.m3u8")), allow=HERE, unguarded=True) as decoder:
        with pytest.raises(FetchFailed):
            await anext(decoder)
    await server.close()


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

import socket
from collections.abc import AsyncIterator
from ipaddress import ip_network

import numpy as np
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from audio.errors import AddressRefused, FetchFailed, NotAudio
from audio.fetch import open_url
from audio.streaming import decode_async
from tests.unit.audio.files import by_ffmpeg
from tests.unit.audio.signals import tone

HERE = [ip_network("127.0.0.1/32")]


class Names(AbstractResolver):
    """A name service that answers differently each time, as one that wants to get past a check would."""

    def __init__(self, *answers: str) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        address = self._answers.pop(0)
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        pass


class Site:
    """A site with a sound, redirects and troubles; it remembers what was asked of it."""

    def __init__(self) -> None:
        self.sound = by_ffmpeg("mp3", tone(440, 44_100, 1))
        self.asked: list[web.Request] = []
        app = web.Application()
        app.router.add_get("/{name:.*}", self.answer)
        self.server = TestServer(app, host="127.0.0.1")

    def address(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server.make_url('/').port}/{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        name = request.match_info["name"]
        if name == "to":
            raise web.HTTPFound(request.query["location"])
        if name == "round":
            raise web.HTTPFound("/round")
        if name == "broken":
            response = web.StreamResponse(headers={"Content-Length": str(len(self.sound))})
            await response.prepare(request)
            await response.write(self.sound[:8_000])
            assert request.transport is not None
            request.transport.close()
            return response
        if name == "sound.mp3":
            return web.Response(body=self.sound)
        if name == "page":
            return web.Response(text="<html></html>", content_type="text/html")
        raise web.HTTPNotFound


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.server.start_server()
    yield site
    await site.server.close()


async def fetched(address: str, lookup: AbstractResolver | None = None) -> bytes:
    async with open_url(address, allow=HERE, lookup=lookup) as pieces:
        return b"".join([piece async for piece in pieces])


async def test_sound_from_an_address(site: Site):
    async with (
        open_url(site.address("sound.mp3"), allow=HERE) as pieces,
        decode_async(pieces) as decoder,
    ):
        sound = np.concatenate([block async for block in decoder])
    assert abs(sound.size - 16_000) < 600
    headers = site.asked[0].headers
    assert headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in headers


async def test_what_is_there_may_be_no_sound(site: Site):
    async with open_url(site.address("page"), allow=HERE) as pieces, decode_async(pieces) as decoder:
        with pytest.raises(NotAudio):
            await anext(decoder)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "127.1", "0"])
async def test_this_machine_is_not_opened_for_strangers(site: Site, host: str):
    with pytest.raises((AddressRefused, FetchFailed)):
        async with open_url(site.address("sound.mp3", host)):
            pass
    assert site.asked == []


async def test_a_name_is_resolved_once_and_opened_where_it_was_checked(site: Site):
    names = Names("127.0.0.1", "127.0.0.2")
    assert await fetched(site.address("sound.mp3", "music.example"), names) == site.sound
    assert names.asked == ["music.example"]


@pytest.mark.parametrize("address", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
async def test_a_name_for_an_inner_address_is_refused(site: Site, address: str):
    with pytest.raises(AddressRefused):
        await fetched(site.address("sound.mp3", "music.example"), Names(address))
    assert site.asked == []


async def test_redirects_are_followed_and_each_is_checked(site: Site):
    assert await fetched(site.address("to?location=/sound.mp3")) == site.sound
    for location in (
        "http://127.0.0.2/sound.mp3",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://user:word@127.0.0.1/",
    ):
        with pytest.raises(AddressRefused):
            await fetched(site.address(f"to?location={location}"))
    with pytest.raises(AddressRefused):
        await fetched(site.address("to?location=http://music.example/"), Names("10.0.0.1"))
    with pytest.raises(FetchFailed, match="more than 5"):
        await fetched(site.address("round"))


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "concat:/etc/passwd|/etc/hosts",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "/etc/passwd",
        "data:audio/wav;base64,AAAA",
        "rtmp://127.0.0.1/live",
        "gopher://127.0.0.1/",
        "http://",
        "http://:80/",
        "http://me:word@127.0.0.1/",
        "http://127.0.0.1:99999/",
        "",
    ],
)
async def test_only_plain_addresses_of_the_web(address: str):
    with pytest.raises(AddressRefused) as caught:
        await fetched(address)
    assert "passwd" not in str(caught.value)
    assert "word@" not in str(caught.value)


async def test_proxies_of_the_environment_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.9:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.9:1")
    assert await fetched(site.address("sound.mp3")) == site.sound


async def test_failures_say_what_happened_and_never_where(site: Site):
    secret = "sound?token=hush"
    with pytest.raises(FetchFailed, match="status 404") as caught:
        await fetched(site.address(secret))
    assert "hush" not in str(caught.value)
    with pytest.raises(FetchFailed, match="broke off"):
        await fetched(site.address("broken"))
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    with pytest.raises(FetchFailed, match="cannot be reached") as caught:
        await fetched(f"http://127.0.0.1:{port}/{secret}")
    assert "hush" not in str(caught.value)

"""The picture's way: against the emulator's own endpoint, and against one that does what it is told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.integration.gateway.conftest import Bridge, bridging

SDP = {"Content-Type": "application/sdp"}
OFFER = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"


class Upstream:
    """A WHEP server that answers as it is told."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 201
        self.body = "v=0\r\nanswer\r\n"
        self.location: str | None = "/resource/7"
        self.requests: list[tuple[str, str, str]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((request.method, request.path, await request.text()))
        if request.method == "DELETE":
            return web.Response(status=200)
        headers = {"Location": self.location} if self.location else {}
        return web.Response(status=self.status, text=self.body, content_type="application/sdp", headers=headers)


@asynccontextmanager
async def upstream() -> AsyncGenerator[Upstream]:
    it = Upstream()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", it.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        it.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield it
    finally:
        await runner.cleanup()


@pytest.fixture
async def told() -> AsyncGenerator[Upstream]:
    async with upstream() as it:
        yield it


@pytest.fixture
async def proxying(emulator: str, tmp_path: Path, told: Upstream) -> AsyncGenerator[Bridge]:
    async with bridging(emulator, tmp_path, playback={"whep_url": f"{told.url}/in/{{cloud_session_id}}"}) as bridge:
        yield bridge


async def offer(bridge: Bridge, session: str, body: str = OFFER) -> tuple[int, dict[str, str], str]:
    async with bridge.http.post(f"{session}/whep", data=body, headers=SDP) as response:
        return response.status, dict(response.headers), await response.text()


async def leave(bridge: Bridge, location: str) -> int:
    async with bridge.http.delete(location) as response:
        return response.status


async def test_the_emulators_picture_comes_from_our_own_origin(bridge: Bridge) -> None:
    session = await bridge.live()
    status, play = await bridge.get(f"{session}/play")
    assert (status, play["kind"], play["url"]) == (200, "whep", f"{session}/whep")
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        connection.addTransceiver("video", direction="recvonly")
        connection.addTransceiver("audio", direction="recvonly")
        await connection.setLocalDescription(await connection.createOffer())
        status, headers, answer = await offer(bridge, session, connection.localDescription.sdp)
        if status == 503:  # a machine that has only the loopback
            assert "no_network_interface" in answer
            return
        assert status == 201
        assert headers["Location"].startswith(f"{session}/whep?viewer=")
        await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        for _ in range(200):
            if connection.connectionState == "connected":
                break
            await asyncio.sleep(0.05)
        assert connection.connectionState == "connected"
        assert await leave(bridge, headers["Location"]) == 204
    finally:
        await connection.close()


async def test_an_offer_is_handed_on_and_so_is_the_goodbye(proxying: Bridge, told: Upstream) -> None:
    session = await proxying.live()
    (cloud_session,) = await proxying.cloud("sessions")
    told.body = "v=0" + "x" * 50_000
    status, headers, answer = await offer(proxying, session)
    assert (status, answer, headers["Content-Type"]) == (201, told.body, "application/sdp")
    assert told.requests == [("POST", f"/in/{cloud_session['session_id']}", OFFER)]
    assert await leave(proxying, headers["Location"]) == 204
    assert told.requests[1][:2] == ("DELETE", "/resource/7")
    assert await leave(proxying, headers["Location"]) == 404


async def test_a_caller_never_chooses_where_it_goes(proxying: Bridge, told: Upstream) -> None:
    session = await proxying.live()
    for viewer in ("", "7", "../../etc", "/resource/7", "http://127.0.0.1:1/", "%2e%2e"):
        assert await leave(proxying, f"{session}/whep?viewer={viewer}") == 404
    assert await leave(proxying, f"{session}/whep") == 404
    assert told.requests == []


async def test_an_upstream_that_names_a_resource_elsewhere_is_not_followed(proxying: Bridge, told: Upstream) -> None:
    session = await proxying.live()
    for location in ("http://evil.example/x", None, "//evil.example/x", "http://[::bad", "mailto:x@evil.example"):
        told.location = location
        status, headers, _ = await offer(proxying, session)
        assert status == 201
        assert await leave(proxying, headers["Location"]) == 404


@pytest.mark.parametrize(
    ("upstream_status", "status", "code"),
    [
        (503, 503, "no_network_interface"),
        (404, 409, "no_picture"),
        (409, 409, "no_picture"),
        (400, 400, "invalid_request"),
        (401, 502, "cloud_refused"),
        (500, 503, "cloud_unreachable"),
        (302, 503, "cloud_unreachable"),
        (200, 503, "cloud_unreachable"),
    ],
)
async def test_troubles_of_the_upstream_have_names(
    proxying: Bridge, told: Upstream, upstream_status: int, status: int, code: str
) -> None:
    session = await proxying.live()
    told.status = upstream_status
    answered, _, body = await offer(proxying, session)
    assert answered == status
    assert f'"{code}"' in body
    assert told.body not in body


async def test_an_answer_that_is_no_sdp_is_refused(proxying: Bridge, told: Upstream) -> None:
    session = await proxying.live()
    for body in ("<html>", "v=0" + "x" * 70_000):
        told.body = body
        status, _, answer = await offer(proxying, session)
        assert status == 502
        assert "cloud_protocol" in answer


async def test_an_upstream_that_is_not_there(emulator: str, tmp_path: Path) -> None:
    async with upstream() as gone:
        pass
    async with bridging(emulator, tmp_path, playback={"whep_url": f"{gone.url}/{{cloud_session_id}}"}) as bridge:
        status, _, answer = await offer(bridge, await bridge.live())
        assert status == 503
        assert "cloud_unreachable" in answer
        assert gone.url not in answer


async def test_wrong_offers_are_refused(proxying: Bridge, told: Upstream) -> None:
    session = await proxying.live()
    for body, headers, status in (
        ("", SDP, 400),
        ("hello", SDP, 400),
        ("v=0" + "x" * 70_000, SDP, 413),
        (OFFER, {"Content-Type": "text/plain"}, 415),
    ):
        async with proxying.http.post(f"{session}/whep", data=body, headers=headers) as response:
            assert response.status == status
            assert response.content_type == "application/problem+json"
    assert told.requests == []


async def test_there_is_no_picture_before_the_session_is_ready(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path) as bridge:
        await bridge.tell_cloud("transitions", {"mode": "seconds", "value": 60})
        session = await bridge.create()
        status, _, answer = await offer(bridge, session)
        assert status == 409
        assert "no_picture" in answer


async def test_without_whep_url_there_is_none(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, playback={"whep_url": None}) as bridge:
        session = await bridge.live()
        status, _, answer = await offer(bridge, session)
        assert (status, "no_picture" in answer) == (409, True)


async def test_the_key_guards_the_picture_too(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, server={"api_key": "key-of-the-server"}) as bridge:
        headers: dict[str, str] = {"Authorization": "Bearer key-of-the-server"}
        async with bridge.http.post("/v1/sessions", json={}, headers=headers) as response:
            session = response.headers["Location"]
        status, _, _ = await offer(bridge, session)
        assert status == 401

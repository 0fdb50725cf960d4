"""Clients that mean no good, against a real server."""

import asyncio
import json
import socket
import ssl
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bridge.gateway import server as server_module
from bridge.gateway import slow
from bridge.gateway.entrance import Entrance
from bridge.gateway.limits import CLIENT_REQUESTS
from bridge.gateway.server import Runner
from bridge.gateway.socket.client_socket import ClientSocket
from bridge.gateway.socket.connection import TURN
from bridge.settings import Server
from tests.support.certificates import make_pair
from tests.unit.bridge.gateway.conftest import Serve
from tests.unit.bridge.gateway.test_app import address_of, problem
from tests.unit.bridge.gateway.test_rules import CLOSED, KEY, bearing, token

PROXY = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "avatar.example.com"}
JSON = {"Content-Type": "application/json"}


async def open_to(client: aiohttp.ClientSession) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    base = await address_of(client)
    return await asyncio.open_connection(base.host, base.port)


@asynccontextmanager
async def listening(entrance: Entrance) -> AsyncGenerator[tuple[str, int]]:
    """Serve nothing, as the program does, and count who comes."""
    runner = Runner(web.Application(), access_log=None)
    runner.entrance = entrance
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_who_never_ends_a_head_is_told_and_dropped(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.2)
    async with serve() as client:
        reader, writer = await open_to(client)
        writer.write(sent)
        async with asyncio.timeout(5):
            answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 408")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "request_timeout"


async def test_a_head_that_drips_is_dropped(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.3)
    async with serve() as client:
        reader, writer = await open_to(client)
        writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        reading = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(5):
            while not reading.done():
                writer.write(b"X")
                await asyncio.wait([reading], timeout=0.02)
        assert (await reading).startswith(b"HTTP/1.1 408")
        writer.close()


async def test_who_is_served_has_all_the_time(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.1)
    async with serve() as client:
        async with client.post("/v1/sessions") as response:
            one = response.headers["Location"]
        async with client.get(f"{one}/events") as response:
            await response.content.readuntil(b"\n\n")
            await asyncio.sleep(0.5)
            async with client.delete(one) as closed:
                assert closed.status == 204
            assert b'"state":"closed"' in await response.content.read()


async def test_one_connection_too_many_is_told() -> None:
    async with listening(Entrance(Server(max_connections=2))) as address:
        kept = [await asyncio.open_connection(*address) for _ in range(2)]
        reader, writer = await asyncio.open_connection(*address)
        async with asyncio.timeout(5):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"Retry-After: 1\r\n" in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "overloaded"
        writer.close()
        for _, other in kept:
            other.close()
            await other.wait_closed()
        async with asyncio.timeout(5):
            while True:
                async with aiohttp.ClientSession() as http, http.get(f"http://{address[0]}:{address[1]}/") as response:
                    if response.status == 404:
                        break


def test_an_address_may_hold_its_share_and_loopback_any() -> None:
    options = {"api_key": KEY, "max_connections_per_address": 1, "trusted_proxies": ["10.0.0.0/8"]}
    entrance = Entrance(Server.model_validate(options))
    for _ in range(3):
        entrance.enter("127.0.0.1")
        entrance.enter("::1")
        entrance.enter("10.0.0.7")
    entrance.enter("2001:db8::1")
    with pytest.raises(server_module.BridgeError, match="from this address"):
        entrance.enter("2001:db8::2")
    entrance.leave("2001:db8::1")
    entrance.enter("2001:db8::2")


async def test_a_client_that_floods_gets_429_and_harms_nobody(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        headers = bearing(token())
        for _ in range(int(CLIENT_REQUESTS.burst) + 200):
            async with client.get("/v1/sessions/s1", headers=headers) as response:
                if response.status == 429:
                    body = await problem(response, 429, "rate_limited")
                    break
        else:
            pytest.fail("it was never stopped")
        assert body["retryable"] is True
        assert response.headers["Retry-After"] == "1"
        async with client.get("/v1/sessions", headers=bearing(KEY)) as response:
            assert response.status == 200


async def test_who_leaves_answers_lying_makes_room_for_others(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "UNACKNOWLEDGED_MS", 300)
    async with serve(max_connections=2) as client:
        base = await address_of(client)
        asked = f"GET /openapi.json HTTP/1.1\r\nHost: {base.host}:{base.port}\r\n\r\n".encode() * 60

        async def becomes(status: int) -> None:
            """Wait until a second connection besides that of `client` is answered so."""
            async with asyncio.timeout(15), aiohttp.ClientSession(base) as other:
                while True:
                    async with other.get("/livez", headers={"Connection": "close"}) as response:
                        if response.status == status:
                            return

        with socket.socket() as greedy:
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            greedy.connect((base.host, base.port))
            greedy.sendall(asked)
            await becomes(503)
            await becomes(200)


async def test_a_flood_of_pings_lets_others_have_their_turn(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    turn, answered, pong = 0, Counter[int](), ClientSocket.pong

    async def counted(self: ClientSocket, message: bytes = b"") -> None:
        answered[turn] += 1
        await pong(self, message)

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(ClientSocket, "pong", counted)
    flood = 100 * TURN
    async with serve() as client:
        async with client.post("/v1/sessions") as response:
            one = response.headers["Location"]
        async with client.ws_connect(f"{one}/ws", autoping=False) as ws:
            turns = asyncio.create_task(count_turns())
            for _ in range(flood):
                await ws.ping()
            for _ in range(flood):
                assert (await ws.receive()).type is aiohttp.WSMsgType.PONG
            turns.cancel()
    assert answered.total() == flood
    assert max(answered.values()) <= 2 * TURN


async def test_a_key_of_one_client_is_not_that_of_another(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        async with client.post("/v1/sessions", headers=bearing(KEY)) as response:
            one = response.headers["Location"]
        tokens: list[str] = []
        for _ in range(2):
            async with client.post(f"{one}/token", headers=bearing(KEY)) as response:
                tokens.append((await response.json())["token"])
        said: list[str] = []
        for bearer in (*tokens, *tokens, KEY):
            headers = {**bearing(bearer), "Idempotency-Key": "1"}
            async with client.post(f"{one}/say", json={"text": "Hello."}, headers=headers) as response:
                said.append((await response.json())["utterance_id"])
        assert said[:2] == said[2:4]
        assert len(set(said)) == 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"user_id": "a", "user_id": "b"}',
        b'{"metadata": {"a": "1", "a": "2"}}',
        b'{"metadata": {"a": "1", "\\u0061": "2"}}',
        b'{"replace": NaN}',
        b'{"metadata": {"a": "\\ud800"}}',
        b'{"user_id": "\xc3\x28"}',
        b"\xef\xbb\xbf{}",
        b'{"a":' * 50_000,
        b'{"metadata": {"a": ' + b"9" * 5000 + b"}}",
        b"{} {}",
    ],
)
async def test_json_that_readers_disagree_about_is_refused(serve: Serve, body: bytes) -> None:
    async with serve() as client:
        async with client.post("/v1/sessions", data=body, headers=JSON) as response:
            await problem(response, 400, "invalid_request")
        async with client.get("/v1/sessions") as response:
            assert (await response.json())["sessions"] == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_a_number_that_is_none_is_refused(serve: Serve, number: str) -> None:
    async with serve() as client:
        async with client.post("/v1/sessions") as response:
            one = response.headers["Location"]
        body = f'{{"text": "x", "timeout_s": {number}}}'
        async with client.post(f"{one}/say", data=body, headers=JSON) as response:
            await problem(response, 400, "invalid_request")


async def test_forwarded_headers_count_only_from_our_proxies(serve: Serve) -> None:
    options = {**CLOSED, "public_url": "https://avatar.example.com"}
    origin = {"Origin": "https://avatar.example.com", "Host": "avatar.example.com"}
    async with serve(**options, trusted_proxies=["127.0.0.0/8"]) as client:
        async with client.get("/v1/sessions", headers={**bearing(KEY), **PROXY, **origin}) as response:
            assert response.status == 200
            assert response.headers["Strict-Transport-Security"].startswith("max-age=")
        async with client.get("/livez", headers={**PROXY, "X-Forwarded-Host": "evil.example"}) as response:
            await problem(response, 421, "host_refused")
        for _ in range(20):
            async with client.get("/v1/sessions", headers={**bearing("wrong"), **PROXY}) as response:
                assert response.status == 401
        async with client.get("/v1/sessions", headers={**bearing(KEY), **PROXY}) as response:
            await problem(response, 429, "rate_limited")
        neighbour = {**PROXY, "X-Forwarded-For": "203.0.113.9, 203.0.113.10"}
        async with client.get("/v1/sessions", headers={**bearing(KEY), **neighbour}) as response:
            assert response.status == 200
    async with serve(**options) as client:
        statuses: list[int] = []
        for number in range(21):
            spoofed = {**bearing("wrong"), "X-Forwarded-For": f"203.0.113.{number}"}
            async with client.get("/v1/sessions", headers=spoofed) as response:
                statuses.append(response.status)
        assert statuses == [401] * 20 + [429]


async def test_behind_a_proxy_the_requests_of_an_address_are_counted(serve: Serve) -> None:
    async with serve(**CLOSED, trusted_proxies=["127.0.0.1"], max_connections_per_address=1) as client:
        async with client.post("/v1/sessions", headers=bearing(KEY)) as response:
            one = response.headers["Location"]
        theirs = {**bearing(KEY), "X-Forwarded-For": "203.0.113.9"}
        async with client.get(f"{one}/events", headers=theirs) as stream:
            await stream.content.readuntil(b"\n\n")
            async with client.get(one, headers=theirs) as response:
                await problem(response, 429, "rate_limited")
            async with client.get(one, headers={**theirs, "X-Forwarded-For": "203.0.113.10"}) as response:
                assert response.status == 200


async def test_https_with_a_certificate_of_its_own(serve: Serve, tmp_path: Path) -> None:
    pair = make_pair(tmp_path / "pair", "127.0.0.1")
    async with serve(tls_cert=pair.cert, tls_key=pair.key) as client:
        trusting = ssl.create_default_context(cafile=str(pair.cert))
        trusting.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        async with client.get("/livez", ssl=trusting) as response:
            assert response.url.scheme == "https"
            assert "Strict-Transport-Security" not in response.headers
            origin = str(response.url.origin())
        async with client.get("/v1/sessions", ssl=trusting, headers={"Origin": origin}) as response:
            assert response.status == 200
        plain = {"Origin": origin.replace("https", "http")}
        async with client.get("/v1/sessions", ssl=trusting, headers=plain) as response:
            await problem(response, 403, "origin_refused")
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await client.get("/livez")
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get("/livez", ssl=old)


async def test_pages_may_be_embedded_by_allowed_origins_only(serve: Serve) -> None:
    async with serve(allowed_origins=("https://shop.example",)) as client:
        for path, ancestors in (("/kiosk", "'self' https://shop.example"), ("/", "'self'"), ("/v1/sessions", "'none'")):
            async with client.get(path) as response:
                policy = response.headers["Content-Security-Policy"]
                assert policy.endswith(f"frame-ancestors {ancestors}"), path
                assert "unsafe" not in policy
                assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"

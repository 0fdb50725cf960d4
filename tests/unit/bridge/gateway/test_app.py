"""The server from outside: everything that needs no avatar."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from yarl import URL

from bridge.errors import SettingsError
from bridge.gateway.app import run
from bridge.settings import Cloud, Server, Settings
from tests.unit.bridge.gateway.conftest import Serve

SESSIONS = "/v1/sessions"


async def problem(response: aiohttp.ClientResponse, status: int, code: str) -> dict[str, object]:
    body = await response.json(content_type="application/problem+json")
    assert (response.status, body["code"]) == (status, code)
    assert body["status"] == status
    assert isinstance(body["retryable"], bool)
    assert body["title"]
    assert body["detail"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    return body


async def address_of(client: aiohttp.ClientSession) -> URL:
    async with client.get("/livez") as response:
        return response.url.origin()


async def raw(client: aiohttp.ClientSession, request: bytes) -> tuple[int, str, bytes]:
    """Send bytes as they are; return status, head and body."""
    base = await address_of(client)
    reader, writer = await asyncio.open_connection(base.host, base.port)
    try:
        writer.write(request.replace(b"HOST", f"{base.host}:{base.port}".encode()))
        await writer.drain()
        async with asyncio.timeout(5):
            answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html"),
        ("/kiosk", "text/html"),
        ("/static/kiosk.js", "text/javascript"),
        ("/static/kiosk.css", "text/css"),
        ("/static/poster.webp", "image/webp"),
    ],
)
async def test_pages_are_served_under_a_strict_policy(
    client: aiohttp.ClientSession, path: str, media_type: str
) -> None:
    async with client.get(path) as response:
        assert response.status == 200
        assert response.content_type == media_type
        assert len(await response.read()) > 0
        policy = response.headers["Content-Security-Policy"]
        tag = response.headers["ETag"]
    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "microphone=(self)" in response.headers["Permissions-Policy"]
    async with client.get(path, headers={"If-None-Match": tag}) as response:
        assert response.status == 304
    async with client.head(path) as response:
        assert response.status == 200
        assert await response.read() == b""


@pytest.mark.parametrize(
    "path",
    [
        b"/static/../pyproject.toml",
        b"/static/%2e%2e/pyproject.toml",
        b"/static/..%2fpyproject.toml",
        b"/static//etc/passwd",
        b"/static/%2fetc%2fpasswd",
        b"/static/",
        b"/static/.",
        b"/static/%00.js",
        b"/static/jsconfig.json",
        b"/static/" + b"a" * 5000 + b".js",
        b"/static/kiosk.js%00",
        b"/nothing",
    ],
)
async def test_nothing_outside_the_pages_is_served(client: aiohttp.ClientSession, path: bytes) -> None:
    status, head, body = await raw(client, b"GET " + path + b" HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
    assert status == 404
    assert "application/problem+json" in head
    assert json.loads(body)["code"] == "not_found"


async def test_probes_and_version(client: aiohttp.ClientSession) -> None:
    for path, key in (("/livez", "status"), ("/readyz", "status"), ("/version", "version")):
        async with client.get(path) as response:
            assert response.status == 200
            assert key in await response.json()


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: HOST\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: HOST\r\nBad Header canary-7f3a: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: HOST\r\nX-Long: " + b"canary-7f3a" * 2000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: HOST\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: HOST\r\n\r\n",
        b"POST /v1/sessions HTTP/1.1\r\nHost: HOST\r\nContent-Length: canary-7f3a\r\n\r\n",
        b"POST /v1/sessions HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03canary-7f3a\r\n\r\n",
    ],
)
async def test_what_is_not_http_gets_a_problem_and_is_not_echoed(
    client: aiohttp.ClientSession, capfd: pytest.CaptureFixture[str], request_: bytes
) -> None:
    status, head, body = await raw(client, request_)
    assert status == 400
    assert "application/problem+json" in head
    assert json.loads(body)["code"] == "invalid_request"
    assert b"canary" not in body
    captured = capfd.readouterr()
    assert "canary" not in captured.out + captured.err
    assert "Traceback" not in captured.out + captured.err


async def test_a_body_that_breaks_its_framing_is_a_bad_request(client: aiohttp.ClientSession) -> None:
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nConnection: close\r\n"
    status, _, _ = await raw(client, head + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n")
    assert status == 400


async def test_an_unknown_expectation_gets_a_problem(client: aiohttp.ClientSession) -> None:
    status, head, body = await raw(
        client, b"GET /livez HTTP/1.1\r\nHost: HOST\r\nExpect: canary\r\nConnection: close\r\n\r\n"
    )
    assert status == 417
    assert "application/problem+json" in head
    assert b"canary" not in body


async def test_a_path_with_another_method(client: aiohttp.ClientSession) -> None:
    async with client.put(SESSIONS, json={}) as response:
        await problem(response, 405, "method_not_allowed")
        assert response.headers["Allow"] == "GET,HEAD,POST"
    async with client.options(SESSIONS) as response:
        assert response.status == 204
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
        assert "Access-Control-Allow-Origin" not in response.headers
    async with client.options("/nothing") as response:
        await problem(response, 404, "not_found")
    async with client.head(SESSIONS) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", ""),
        (b"[]", ""),
        (b'"canary"', ""),
        (b"null", ""),
        (b"\xff\xfe", ""),
        (b'{"mode": "canary"}', "mode"),
        (b'{"mode": 1}', "mode"),
        (b'{"canary": 1}', "canary"),
        (b'{"replace": "true"}', "replace"),
        (b'{"dialog": "canary"}', "dialog"),
        (b'{"user_id": ""}', "user_id"),
        (b'{"user_id": "a b"}', "user_id"),
        (b'{"user_id": "' + b"c" * 65 + b'"}', "user_id"),
        (b'{"user_id": "\\ud800"}', ""),
        (b'{"metadata": {"a": 1}}', "metadata.a"),
        (b'{"metadata": {"a": "' + b"x" * 513 + b'"}}', "metadata.a"),
        (json.dumps({"metadata": {str(n): "" for n in range(17)}}).encode(), "metadata"),
        (b'{"avatar": ""}', "avatar"),
        (b"[" * 100_000, ""),
    ],
)
async def test_a_wrong_body_names_the_field_and_not_the_value(
    client: aiohttp.ClientSession, body: bytes, field: str
) -> None:
    async with client.post(SESSIONS, data=body, headers={"Content-Type": "application/json"}) as response:
        answer = await problem(response, 400, "invalid_request")
    errors = msgspec.convert(answer["errors"], list[dict[str, str]])
    assert errors[0]["field"].startswith(field)
    if field != "canary":
        assert "canary" not in str(answer)
    async with client.get(SESSIONS) as response:
        assert await response.json() == {"sessions": []}


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_form_of_a_foreign_page_cannot_post(client: aiohttp.ClientSession, media_type: str) -> None:
    async with client.post(SESSIONS, data=b"{}", headers={"Content-Type": media_type}) as response:
        await problem(response, 415, "unsupported_media_type")


async def test_a_compressed_body_is_refused(client: aiohttp.ClientSession) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with client.post(SESSIONS, data=b"x", headers=headers) as response:
        await problem(response, 415, "unsupported_media_type")


async def test_a_body_that_is_too_long_is_refused(client: aiohttp.ClientSession) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(64):
            yield b" " * 8192

    headers = {"Content-Type": "application/json"}
    async with client.post(SESSIONS, data=b" " * 300_000, headers=headers) as response:
        await problem(response, 413, "body_too_large")
    async with client.post(SESSIONS, data=chunks(), headers=headers) as response:
        await problem(response, 413, "body_too_large")


async def test_a_dialog_that_is_not_there_is_refused(client: aiohttp.ClientSession) -> None:
    async with client.post(SESSIONS, json={"dialog": "llm"}) as response:
        answer = await problem(response, 400, "invalid_request")
        assert str(answer["detail"]).startswith("dialog: ")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/play", None),
        ("GET", "/events", None),
        ("POST", "/say", {"text": "x"}),
        ("POST", "/chat", {"message": "x"}),
        ("POST", "/interrupt", {}),
        ("POST", "/reset", None),
        ("POST", "/whep", None),
        ("DELETE", "/whep", None),
    ],
)
async def test_a_session_that_is_not_there(
    client: aiohttp.ClientSession, method: str, path: str, body: dict[str, str] | None
) -> None:
    async with client.request(method, f"{SESSIONS}/nothing{path}", json=body) as response:
        await problem(response, 404, "session_not_found")


async def test_foreign_hosts_and_origins_are_refused_everywhere(client: aiohttp.ClientSession) -> None:
    for path in ("/", "/livez", SESSIONS, "/nothing"):
        async with client.get(path, headers={"Host": "evil.example"}) as response:
            await problem(response, 421, "host_refused")
        async with client.get(path, headers={"Origin": "https://evil.example"}) as response:
            await problem(response, 403, "origin_refused")
            assert "Access-Control-Allow-Origin" not in response.headers
    async with client.options(SESSIONS, headers={"Origin": "https://evil.example"}) as response:
        await problem(response, 403, "origin_refused")


async def test_our_own_page_may_call(client: aiohttp.ClientSession) -> None:
    origin = str(await address_of(client))
    async with client.get(SESSIONS, headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"}) as response:
        assert response.status == 200


async def test_a_page_of_a_listed_origin_may_read_the_answer(serve: Serve) -> None:
    async with serve(allowed_origins=("https://shop.example",)) as client:
        headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
        async with client.options(SESSIONS, headers=headers) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
            assert "POST" in response.headers["Access-Control-Allow-Methods"]
            assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"]
        async with client.get("/v1/sessions/nothing", headers=headers) as response:
            await problem(response, 404, "session_not_found")
            assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
            assert response.headers["Vary"] == "Origin"


async def test_with_a_key_every_api_call_needs_it(serve: Serve) -> None:
    async with serve(api_key="key-of-the-server") as client:
        for method, path in (("GET", SESSIONS), ("POST", SESSIONS), ("GET", "/v1/sessions/x/events")):
            async with client.request(method, path) as response:
                await problem(response, 401, "unauthorized")
                assert response.headers["WWW-Authenticate"].startswith("Bearer")
        for path in ("/", "/kiosk", "/livez", "/readyz", "/version"):
            async with client.get(path) as response:
                assert response.status == 200
        async with client.options(SESSIONS) as response:
            assert response.status == 204
        async with client.get(SESSIONS, headers={"Authorization": "Bearer key-of-the-server"}) as response:
            assert response.status == 200


async def test_a_session_is_created_listed_and_shown(client: aiohttp.ClientSession) -> None:
    async with client.post(SESSIONS) as response:
        assert response.status == 201
        created = await response.json()
        location = response.headers["Location"]
    assert set(created) == {"session_id", "state", "token", "play"}
    assert created["token"].count(".") == 2
    async with client.get(location) as response:
        shown = await response.json()
    assert shown["session_id"] == created["session_id"]
    assert shown["suggestions"]["en"]
    assert shown["suggestions"]["zh"]
    async with client.get(SESSIONS) as response:
        assert [each["session_id"] for each in (await response.json())["sessions"]] == [created["session_id"]]
    async with client.get(f"{location}/play") as response:
        await problem(response, 409, "no_picture")


async def test_a_repeated_key_creates_one_session(client: aiohttp.ClientSession) -> None:
    headers = {"Idempotency-Key": "k-1"}

    async def create() -> str:
        async with client.post(SESSIONS, json={}, headers=headers) as response:
            assert response.status == 201
            return str((await response.json())["session_id"])

    ids = {await create(), *await asyncio.gather(create(), create())}
    assert len(ids) == 1
    async with client.post(SESSIONS, json={"mode": "audio"}, headers=headers) as response:
        await problem(response, 422, "idempotency_mismatch")
    async with client.post(SESSIONS, json={}, headers={"Idempotency-Key": "a b"}) as response:
        await problem(response, 400, "invalid_request")
    async with client.get(SESSIONS) as response:
        assert len((await response.json())["sessions"]) == 1


async def test_limits_of_sessions_and_users(serve: Serve) -> None:
    async with serve(max_sessions=1) as client:
        async with client.post(SESSIONS, json={"user_id": "u"}) as response:
            assert response.status == 201
        async with client.post(SESSIONS, json={"user_id": "u"}) as response:
            await problem(response, 409, "user_busy")
        async with client.post(SESSIONS, json={}) as response:
            answer = await problem(response, 429, "too_many_sessions")
            assert answer["retryable"] is True
            assert "Retry-After" in response.headers


async def test_a_port_in_use_is_one_clear_line(client: aiohttp.ClientSession, tmp_path: Path) -> None:
    port = (await address_of(client)).port
    settings = Settings(
        server=Server.model_validate({"port": port, "state_dir": tmp_path}),
        cloud=Cloud.model_validate({"appkey": "unit-appkey", "accesstoken": "unit-accesstoken", "project_id": "p"}),
    )
    with pytest.raises(SettingsError, match=rf"server\.port {port}: .*in use"):
        await run(settings)

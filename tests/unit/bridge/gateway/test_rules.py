"""Every route, and who may use it."""

import base64
import json
import time
from pathlib import Path

import aiohttp
import jwt
import pytest

from bridge.gateway.app import create_app, serving
from bridge.gateway.describe.routes import ROUTES
from bridge.gateway.rules import RULES, Rule, rule_of
from bridge.gateway.tokens import ClientRole, Tokens
from bridge.settings import Cloud, Server, Settings
from tests.unit.bridge.gateway.conftest import Serve
from tests.unit.bridge.gateway.test_app import problem

KEY = "key-of-the-server"
SECRET = "secret-of-the-tokens-of-this-test"
FOREIGN = "secret-of-another-server-entirely"
CLOSED = {"api_key": KEY, "token_secret": SECRET}

DESCRIBED: dict[Rule, set[str]] = {
    "open": {"open"},
    "watch": {"watcher"},
    "renew": {"watcher"},
    "socket": {"watcher"},
    "drive": {"driver"},
    "manage": {"key"},
}
MAY: dict[Rule, set[ClientRole]] = {
    "watch": {"driver", "watcher"},
    "renew": {"driver", "watcher"},
    "drive": {"driver"},
    "manage": set(),
}
CALLS: list[tuple[str, str, Rule]] = [
    (method, path, rule) for (method, path), rule in RULES.items() if rule in MAY and path.startswith("/v1/")
]


def token(role: ClientRole = "driver", session: str = "s1", *, secret: str = SECRET, now: float | None = None) -> str:
    at = time.time() if now is None else now
    return Tokens([secret]).mint(role, session, now=at, jti="j", client_id="c").token


def bearing(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


@pytest.fixture
async def registered(tmp_path: Path) -> set[tuple[str, str]]:
    """Return method and path of every route of the server."""
    settings = Settings(
        server=Server(port=0, state_dir=tmp_path),
        cloud=Cloud.model_validate({"appkey": "a", "accesstoken": "t", "project_id": "p"}),
    )
    async with serving(settings) as (server, _):
        routes = create_app(server).router.routes()
        return {(route.method, route.resource.canonical) for route in routes if route.resource is not None}


def test_every_route_has_a_rule(registered: set[tuple[str, str]]) -> None:
    assert len(registered) > 20
    assert [route for route in registered if ("GET" if route[0] == "HEAD" else route[0], route[1]) not in RULES] == []


def test_the_rules_are_those_that_are_described() -> None:
    for route in ROUTES:
        assert route.role in DESCRIBED[RULES[route.method, route.path]], route.name


def test_what_has_no_rule_is_the_operators() -> None:
    assert rule_of("POST", "/v1/new", "/v1/new") == "manage"
    assert rule_of("PUT", "/livez", "/livez") == "manage"
    assert rule_of("GET", None, "/v1/nothing") == "watch"
    assert rule_of("GET", None, "/nothing") == "open"
    assert rule_of("HEAD", "/v1/sessions", "/v1/sessions") == "manage"


@pytest.mark.parametrize("role", ["driver", "watcher"])
async def test_what_each_token_may(serve: Serve, registered: set[tuple[str, str]], role: ClientRole) -> None:
    """The session is not there: who may ask gets 404 or is told what is wrong with the call, who may not gets 403."""
    async with serve(**CLOSED) as client:
        for method, path, rule in (call for call in CALLS if call[:2] in registered):
            url = path.replace("{session_id}", "s1")
            for name in ("grant_id", "line_id", "message_id"):
                url = url.replace(f"{{{name}}}", "abc")
            headers = bearing(token(role)) | {"X-Avatar-Session": "s1"}
            async with client.request(method, url, json={}, headers=headers) as response:
                code = (await response.json())["code"]
                assert (code == "forbidden") == (role not in MAY[rule]), (method, path)
                assert (response.status == 403) == (code == "forbidden")


async def test_no_token_is_good_for_another_session(serve: Serve, registered: set[tuple[str, str]]) -> None:
    async with serve(**CLOSED) as client:
        for method, path, rule in (call for call in CALLS if call[:2] in registered):
            if rule != "manage":
                url = path.replace("{session_id}", "s2").replace("{line_id}", "a").replace("{message_id}", "a")
                headers = bearing(token()) | {"X-Avatar-Session": "s2"}
                async with client.request(method, url, json={}, headers=headers) as response:
                    await problem(response, 403, "forbidden")


def forged(header: dict[str, object]) -> str:
    kid = jwt.get_unverified_header(token())["kid"]
    claims = {"role": "driver", "session": "s1", "exp": int(time.time()) + 900, "jti": "j", "sub": "c"}
    parts = (json.dumps({"kid": kid, **header}).encode(), json.dumps(claims).encode(), b"signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def test_what_we_did_not_sign_opens_nothing(serve: Serve) -> None:
    bad = [token(secret=FOREIGN), forged({"alg": "none"}), forged({"alg": "HS256"}), forged({"alg": "RS256"})]
    bad += ["wrong", KEY[:-1], token()[:-1] + "_", "eyJ.." + "x" * 6000]
    async with serve(**CLOSED) as client:
        for each in bad:
            async with client.get("/v1/sessions/s1", headers=bearing(each)) as response:
                await problem(response, 401, "unauthorized")
                assert response.headers["WWW-Authenticate"].startswith("Bearer")
        async with client.get("/v1/sessions/s1", headers={"Authorization": f"Basic {KEY}"}) as response:
            await problem(response, 401, "unauthorized")
        async with client.get("/v1/sessions/s1", headers=bearing(token(now=time.time() - 900))) as response:
            await problem(response, 401, "token_expired")
        async with client.get("/v1/sessions/s1", headers=bearing(token())) as response:
            await problem(response, 404, "session_not_found")


@pytest.mark.parametrize("name", ["token", "Token", "access_token", "api_key", "key", "grant"])
async def test_a_key_in_the_url_is_refused_and_not_repeated(serve: Serve, name: str) -> None:
    async with serve(**CLOSED) as client:
        for path in ("/v1/sessions", "/v1/sessions/s1/events", "/v1/sessions/s1/ws", "/v1/grants/exchange"):
            async with client.get(path, params={name: "canary-7f3a"}, headers=bearing(KEY)) as response:
                body = await problem(response, 400, "invalid_request")
                assert "URL" in str(body["detail"])
                assert "canary" not in str(body)


async def test_a_session_comes_with_a_drivers_token(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        async with client.post("/v1/sessions", headers=bearing(KEY)) as response:
            created = await response.json()
        one = f"/v1/sessions/{created['session_id']}"
        driver = bearing(created["token"])
        async with client.post(f"{one}/say", json={"text": "x"}, headers=driver) as response:
            assert response.status == 202
        for method, path in (("DELETE", one), ("GET", "/v1/sessions"), ("POST", "/v1/sessions")):
            async with client.request(method, path, headers=driver) as response:
                await problem(response, 403, "forbidden")


async def mint(client: aiohttp.ClientSession, one: str, credential: str, role: str | None = None) -> tuple[int, str]:
    """Return the status, and the token or else the code of the problem."""
    async with client.post(f"{one}/token", json={"role": role}, headers=bearing(credential)) as response:
        body = await response.json()
        return response.status, body.get("token") or body["code"]


async def test_tokens_are_minted_and_renewed(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        async with client.post("/v1/sessions", headers=bearing(KEY)) as response:
            created = await response.json()
        session, one = created["session_id"], f"/v1/sessions/{created['session_id']}"
        _, watcher = await mint(client, one, KEY, "watcher")
        async with client.get(one, headers=bearing(watcher)) as response:
            assert response.status == 200
        async with client.post(f"{one}/say", json={"text": "x"}, headers=bearing(watcher)) as response:
            await problem(response, 403, "forbidden")
        assert await mint(client, one, watcher, "driver") == (403, "forbidden")
        status, renewed = await mint(client, one, watcher)
        assert status == 200
        assert renewed != watcher
        assert Tokens([SECRET]).read(renewed, time.time()).role == "watcher"
        late = token("driver", session, now=time.time() - 915)
        async with client.get(one, headers=bearing(late)) as response:
            await problem(response, 401, "token_expired")
        assert (await mint(client, one, late, "driver"))[0] == 200
        assert await mint(client, one, token("driver", session, now=time.time() - 926)) == (401, "token_expired")
        assert await mint(client, one, token("driver", "s2")) == (403, "forbidden")
        assert await mint(client, one, KEY, "operator") == (400, "invalid_request")
        async with client.delete(one, headers=bearing(KEY)) as response:
            assert response.status == 204
        assert await mint(client, one, created["token"]) == (409, "session_ended")
        async with client.post(f"{one}/say", json={"text": "x"}, headers=bearing(created["token"])) as response:
            await problem(response, 409, "session_ended")


async def test_a_secret_that_was_changed_leaves_nobody_outside(serve: Serve) -> None:
    async with serve(api_key=KEY, token_secret=f"{FOREIGN}\n{SECRET}") as client:
        for secret in (SECRET, FOREIGN):
            async with client.get("/v1/sessions/s1", headers=bearing(token(secret=secret))) as response:
                await problem(response, 404, "session_not_found")


async def test_tokens_outlive_the_server(serve: Serve) -> None:
    async with serve(api_key=KEY) as client, client.post("/v1/sessions", headers=bearing(KEY)) as response:
        created = await response.json()
    async with serve(api_key=KEY) as client:
        url = f"/v1/sessions/{created['session_id']}"
        async with client.get(url, headers=bearing(created["token"])) as response:
            await problem(response, 404, "session_not_found")


async def test_a_stream_of_events_says_the_role(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        async with client.post("/v1/sessions", headers=bearing(KEY)) as response:
            session = (await response.json())["session_id"]
        watcher = bearing(token("watcher", session))
        async with client.get(f"/v1/sessions/{session}/events", headers=watcher) as response:
            assert response.status == 200
            await response.content.readuntil(b"\n\n")
            assert b'"role":"watcher"' in await response.content.readuntil(b"\n\n")


async def test_who_guesses_keys_is_slowed(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        codes: list[int] = []
        for _ in range(21):
            async with client.get("/v1/sessions", headers=bearing("wrong")) as response:
                codes.append(response.status)
        assert codes == [401] * 20 + [429]
        async with client.get("/v1/sessions", headers=bearing(KEY)) as response:
            await problem(response, 429, "rate_limited")
            assert 1 <= int(response.headers["Retry-After"]) <= 3
        async with client.get("/v1/sessions/s1", headers=bearing(token())) as response:
            await problem(response, 404, "session_not_found")


async def test_metrics_are_the_operators_and_pages_are_everybodys(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        async with client.get("/metrics") as response:
            await problem(response, 401, "unauthorized")
        async with client.get("/metrics", headers=bearing(token())) as response:
            await problem(response, 403, "forbidden")
        async with client.get("/metrics", headers=bearing(KEY)) as response:
            assert response.status == 200
        for path in ("/", "/kiosk", "/console", "/host", "/stage", "/livez", "/version"):
            async with client.get(path, headers=bearing("whatever")) as response:
                assert response.status == 200

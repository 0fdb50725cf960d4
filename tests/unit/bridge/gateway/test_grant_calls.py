"""Grants over HTTP."""

import aiohttp
import pytest

from tests.unit.bridge.gateway.conftest import Serve
from tests.unit.bridge.gateway.test_app import problem
from tests.unit.bridge.gateway.test_rules import CLOSED, KEY, bearing

KIOSK, OTHER = "kiosk-" * 4, "other-" * 4
Body = dict[str, str]


async def make(client: aiohttp.ClientSession, **wish: str) -> Body:
    async with client.post("/v1/grants", json=wish, headers=bearing(KEY)) as response:
        assert response.status == 201
        return await response.json()


async def exchange(
    client: aiohttp.ClientSession, grant: str, holder: str = KIOSK, *, renew: bool = False
) -> tuple[int, Body]:
    wish = {"grant": grant, "holder": holder, "renew": renew}
    async with client.post("/v1/grants/exchange", json=wish) as response:
        return response.status, await response.json()


async def test_a_grant_lets_its_holder_in(serve: Serve) -> None:
    async with serve(**CLOSED, public_url="https://avatar.example.com") as client:
        made = await make(client, name="lobby")
        assert made["link"] == f"https://avatar.example.com/kiosk#grant={made['grant']}"
        status, first = await exchange(client, made["grant"])
        assert status == 200
        one = f"/v1/sessions/{first['session_id']}"
        async with client.get(one, headers=bearing(first["token"])) as response:
            shown = await response.json()
            assert shown["metadata"] == {"grant": made["grant_id"], "name": "lobby"}
        async with client.post(f"{one}/say", json={"text": "x"}, headers=bearing(first["token"])) as response:
            assert response.status == 202
        async with client.delete(one, headers=bearing(first["token"])) as response:
            await problem(response, 403, "forbidden")
        _, again = await exchange(client, made["grant"])
        assert again["session_id"] == first["session_id"]
        status, refused = await exchange(client, made["grant"], OTHER)
        assert (status, refused["code"], refused["retryable"]) == (409, "grant_in_use", True)
        _, renewed = await exchange(client, made["grant"], renew=True)
        assert renewed["session_id"] != first["session_id"]
        async with client.get("/v1/sessions", headers=bearing(KEY)) as response:
            sessions = (await response.json())["sessions"]
        assert [each["session_id"] for each in sessions if each["state"] not in {"closing", "closed", "failed"}] == [
            renewed["session_id"]
        ]


async def test_a_link_asked_for_twice_is_made_once(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        made: list[Body] = []
        for _ in range(2):
            headers = {**bearing(KEY), "Idempotency-Key": "lobby"}
            async with client.post("/v1/grants", json={"name": "lobby"}, headers=headers) as response:
                assert response.status == 201
                made.append(await response.json())
        assert made[0] == made[1]
        async with client.get("/v1/grants", headers=bearing(KEY)) as response:
            assert len((await response.json())["grants"]) == 1


async def test_a_page_that_is_loaded_again_is_the_same_client(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        grant = (await make(client))["grant"]
        said: list[str] = []
        for _ in range(2):
            _, exchanged = await exchange(client, grant)
            say = f"/v1/sessions/{exchanged['session_id']}/say"
            headers = {**bearing(exchanged["token"]), "Idempotency-Key": "1"}
            async with client.post(say, json={"text": "Hello."}, headers=headers) as response:
                said.append((await response.json())["utterance_id"])
        assert said[0] == said[1]


async def test_a_session_that_has_ended_is_followed_by_a_new_one(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        grant = (await make(client))["grant"]
        _, first = await exchange(client, grant)
        async with client.delete(f"/v1/sessions/{first['session_id']}", headers=bearing(KEY)) as response:
            assert response.status == 204
        status, second = await exchange(client, grant, OTHER)
        assert status == 200
        assert second["session_id"] != first["session_id"]


async def test_grants_outlive_the_server(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        grant = (await make(client))["grant"]
        assert (await exchange(client, grant))[0] == 200
    async with serve(**CLOSED) as client:
        assert (await exchange(client, grant, OTHER))[0] == 200


async def test_a_grant_is_listed_and_taken_back(serve: Serve) -> None:
    async with serve(**CLOSED) as client:
        made, kept = await make(client, name="lobby"), await make(client)
        async with client.get("/v1/grants", headers=bearing(KEY)) as response:
            text = await response.text()
            assert [each["name"] for each in (await response.json())["grants"]] == ["lobby", None]
            assert made["grant"] not in text
        _, first = await exchange(client, made["grant"])
        async with client.delete(f"/v1/grants/{made['grant_id']}", headers=bearing(KEY)) as response:
            assert response.status == 204
        status, refused = await exchange(client, made["grant"])
        assert (status, refused["code"]) == (401, "grant_unknown")
        say = f"/v1/sessions/{first['session_id']}/say"
        async with client.post(say, json={"text": "x"}, headers=bearing(first["token"])) as response:
            await problem(response, 409, "session_ended")
        assert (await exchange(client, kept["grant"]))[0] == 200
        async with client.delete(f"/v1/grants/{made['grant_id']}", headers=bearing(KEY)) as response:
            await problem(response, 404, "not_found")


@pytest.mark.parametrize("grant", ["abg_" + "x" * 43, "../../token_secret", "\x00", "x"])
async def test_guessing_is_slowed(serve: Serve, grant: str) -> None:
    async with serve(**CLOSED) as client:
        known = (await make(client))["grant"]
        statuses = [(await exchange(client, grant))[0] for _ in range(21)]
        assert statuses == [401] * 20 + [429]
        assert (await exchange(client, known))[0] == 429


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"grant": "abg_x"},
        {"grant": "abg_x", "holder": "short"},
        {"grant": "abg_x", "holder": "ü" * 20},
        {"grant": "x" * 129, "holder": KIOSK},
        {"grant": "abg_x", "holder": KIOSK, "renew": 1},
    ],
)
async def test_a_malformed_exchange_is_told(serve: Serve, wish: dict[str, object]) -> None:
    async with serve(**CLOSED) as client, client.post("/v1/grants/exchange", json=wish) as response:
        await problem(response, 400, "invalid_request")


async def test_an_open_server_gives_links_too(serve: Serve) -> None:
    async with serve() as client:
        async with client.post("/v1/grants") as response:
            made = await response.json()
            origin = str(response.url.origin())
        assert made["link"].startswith(f"{origin}/kiosk#grant=abg_")
        assert (await exchange(client, made["grant"]))[0] == 200

"""Links for kiosks, made from a shell."""

import json
import re

import aiohttp

from tests.integration.cli.support import Place

KEY = "key-of-this-test"
SERVER = {"AVATAR_BRIDGE_SERVER__API_KEY": KEY}
CLIENT = {"AVATAR_BRIDGE_API_KEY": KEY}


async def test_a_link_is_made_listed_used_and_taken_back(place: Place):
    async with place.emulator() as cloud, place.server(cloud, SERVER) as url:
        made = await place.run("link", "kiosk", "--name", "lobby", "--url", url, env=CLIENT)
        assert made.code == 0
        grant = re.fullmatch(rf"{url}/kiosk#grant=(abg_[\w-]{{43}})\n", made.out)
        assert grant is not None
        listed = await place.run("link", "list", "--url", url, env=CLIENT)
        assert "lobby" in listed.out
        assert grant[1] not in listed.out
        found = json.loads((await place.run("link", "list", "--json", "--url", url, env=CLIENT)).out)
        assert f"avatar-bridge link revoke {found[0]['grant_id']}" in made.err
        assert await exchange(url, grant[1]) == 200
        revoked = await place.run("link", "revoke", found[0]["grant_id"], "--url", url, env=CLIENT)
        assert (revoked.code, revoked.out) == (0, f"revoked {found[0]['grant_id']}\n")
        assert await exchange(url, grant[1]) == 401
        assert (await place.run("link", "list", "--url", url, env=CLIENT)).out == "no links\n"


async def test_what_is_refused_is_one_line(place: Place):
    async with place.emulator() as cloud, place.server(cloud, SERVER) as url:
        for env, line in (({}, "unauthorized"), ({"AVATAR_BRIDGE_API_KEY": "wrong"}, "unauthorized")):
            result = await place.run("link", "kiosk", "--url", url, env=env)
            assert result.code == 1
            assert [line in problem for problem in result.problems] == [True]
        result = await place.run("link", "revoke", "nothing", "--url", url, env=CLIENT)
        assert (result.code, len(result.problems)) == (1, 1)
        assert "not_found" in result.err


async def exchange(url: str, grant: str) -> int:
    """Return the status that a kiosk gets."""
    wish = {"grant": grant, "holder": "a-browser-of-this-test"}
    async with aiohttp.ClientSession() as http, http.post(f"{url}/v1/grants/exchange", json=wish) as answer:
        return answer.status

"""A server that is killed leaves its sessions in the cloud; nobody pays for them for long."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest

from bridge.clouds.tencent.client import TencentClient
from bridge.clouds.tencent.models import CreateSession, DriverType
from tests.integration.cli.support import ACCOUNT, ADDRESS, SECRET, Place, new_session

FOREIGN = "other-1"


@pytest.fixture
async def cloud(place: Place) -> AsyncGenerator[str]:
    async with place.emulator("--transition", "immediate") as address:
        yield address


def account(cloud: str) -> dict[str, str]:
    return {**ACCOUNT, "AVATAR_BRIDGE_CLOUD__BASE_URL": cloud}


@asynccontextmanager
async def client_of(cloud: str) -> AsyncGenerator[TencentClient]:
    async with aiohttp.ClientSession() as http:
        yield TencentClient(base_url=cloud, channel_url=cloud, appkey="emulator", accesstoken=SECRET, http=http)


async def users(cloud: str, count: int) -> list[str]:
    """Return who has a session in the cloud, once there are `count`."""
    async with client_of(cloud) as client, asyncio.timeout(20):
        while True:
            found = sorted(session.user_id for session in await client.listsessionofprojectid("demo"))
            if len(found) == count:
                return found
            await asyncio.sleep(0.05)


async def foreign_session(cloud: str) -> None:
    request = CreateSession(
        virtualman_project_id="demo", user_id=FOREIGN, protocol="webrtc", driver_type=DriverType.TEXT
    )
    async with client_of(cloud) as client:
        await client.createsession(request)


async def killed_server(place: Place, cloud: str) -> str:
    """Kill a server with a live session and return the UserId that is left in the cloud, beside a foreign one."""
    await foreign_session(cloud)
    async with place.start("serve", "--port", "0", env=account(cloud)) as running:
        url = ADDRESS.findall(await running.line("avatar-bridge serves"))[0]
        await new_session(url)
        await running.line("channel_open")
        os.kill(running.process.pid, signal.SIGKILL)
        await running.process.wait()
    ours, foreign = await users(cloud, 2)
    assert ours.startswith("ab-")
    assert foreign == FOREIGN
    return ours


async def test_the_next_server_closes_what_a_killed_one_left(place: Place, cloud: str):
    await killed_server(place, cloud)
    async with place.start("serve", "--port", "0", env=account(cloud)) as running:
        await running.line("orphan_closed")
        assert await users(cloud, 1) == [FOREIGN]


async def test_the_command_closes_what_a_killed_server_left(place: Place, cloud: str):
    await killed_server(place, cloud)
    result = await place.run("sessions", "close", "--orphans", env=account(cloud))
    assert (result.code, result.problems) == (0, [])
    assert result.out.startswith("closed m")
    assert await users(cloud, 1) == [FOREIGN]
    again = await place.run("sessions", "close", "--orphans", "--json", env=account(cloud))
    assert (again.code, msgspec.json.decode(again.out)) == (0, {"closed": []})
    assert await users(cloud, 1) == [FOREIGN]


async def test_the_command_leaves_a_running_server_alone(place: Place, cloud: str):
    await foreign_session(cloud)
    async with place.server(cloud) as url:
        await new_session(url)
        await users(cloud, 2)
        result = await place.run("sessions", "close", "--orphans", env=account(cloud))
        assert result.code == 0
        assert "no orphans" in result.out
        assert "1 running server keeps its own" in result.err
        assert len(await users(cloud, 2)) == 2


async def test_the_command_without_an_account(place: Place):
    result = await place.run("sessions", "close", "--orphans")
    assert result.code == 1
    assert any("cloud.appkey is not set" in line for line in result.problems)


async def test_the_command_with_a_cloud_that_refuses(place: Place, cloud: str):
    async with place.server(cloud):
        pass
    wrong = {**account(cloud), "AVATAR_BRIDGE_CLOUD__ACCESSTOKEN": "not-the-one"}
    result = await place.run("sessions", "close", "--orphans", env=wrong)
    assert result.code == 1
    assert len(result.problems) == 1
    assert "check cloud.appkey and cloud.accesstoken" in result.problems[0]


@pytest.mark.parametrize(
    "arguments", [("list", "--orphans"), ("close", "--orphans", "--all"), ("close", "some-id", "--orphans")]
)
async def test_orphans_stand_alone(place: Place, arguments: tuple[str, ...]):
    result = await place.run("sessions", *arguments)
    assert result.code == 2
    assert "--orphans" in result.err

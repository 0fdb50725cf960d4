"""Sessions that a crash has left in the cloud, against a cloud that follows the manual."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from bridge.clouds.tencent.client import TencentClient
from bridge.session.installation import claim
from bridge.session.new import NewSession
from bridge.session.pool import Pool
from bridge.session.reaper import Reaper, close_orphans
from bridge.settings import Cloud, Settings
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, PlainCloud, plain_cloud

NOBODY: frozenset[str] = frozenset()
PREFIX = "ab-0a1b2c3d-"


def settings_for(cloud: PlainCloud, state_dir: Path) -> Settings:
    account = {"base_url": cloud.url, "appkey": APPKEY, "accesstoken": ACCESSTOKEN, "project_id": PROJECT}
    return Settings.model_validate({"server": {"state_dir": state_dir}, "cloud": account})


@asynccontextmanager
async def client_of(cloud: PlainCloud) -> AsyncGenerator[TencentClient]:
    async with aiohttp.ClientSession() as http:
        yield TencentClient(
            base_url=cloud.url, channel_url=cloud.url, appkey=APPKEY, accesstoken=ACCESSTOKEN, http=http
        )


async def until_closed(cloud: PlainCloud, cloud_session_id: str) -> None:
    async with asyncio.timeout(10), cloud.news:
        await cloud.news.wait_for(lambda: cloud_session_id not in cloud.open_sessions)


async def test_a_new_server_closes_what_the_one_before_left_behind(tmp_path: Path):
    before = claim(tmp_path)
    before.release()
    async with plain_cloud() as cloud:
        cloud.open_sessions = {
            "m-orphan": f"{before.prefix}kiosk-1",
            "m-foreign": "other-1",
            "m-neighbour": "ab-ffffffff-kiosk-1",
        }
        async with Pool(settings_for(cloud, tmp_path)) as pool:
            await until_closed(cloud, "m-orphan")
            session = pool.create(NewSession(user_id="kiosk-1"))
            await cloud.has(channels=1)
            assert not session.is_over
        assert set(cloud.open_sessions) == {"m-foreign", "m-neighbour"}
        assert cloud.lists[0][0] == "listsessionofprojectid"
        assert cloud.lists[0][1]["VirtualmanProjectId"] == PROJECT


async def test_a_server_closes_what_another_of_its_state_directory_left_behind(tmp_path: Path):
    first, second = claim(tmp_path), claim(tmp_path)
    async with plain_cloud() as cloud:
        cloud.open_sessions = {"m-first": f"{first.prefix}a", "m-second": f"{second.prefix}a"}
        first.release()
        async with Pool(settings_for(cloud, tmp_path)):
            await until_closed(cloud, "m-first")
        assert set(cloud.open_sessions) == {"m-second"}, "its server still runs"
        second.release()
        async with Pool(settings_for(cloud, tmp_path)):
            await until_closed(cloud, "m-second")


async def test_what_a_running_server_holds_stays(tmp_path: Path):
    async with plain_cloud() as cloud, Pool(settings_for(cloud, tmp_path)) as pool, client_of(cloud) as client:
        session = pool.create(NewSession())
        await cloud.has(channels=1)
        prefix = next(iter(cloud.open_sessions.values())).removesuffix(session.user_id)
        project = Cloud(project_id=PROJECT)
        assert await close_orphans(client, project, [prefix], pool.users) == []
        assert len(await close_orphans(client, project, [prefix], lambda: NOBODY)) == 1


async def test_a_second_server_of_the_same_state_directory_leaves_the_first_alone(tmp_path: Path):
    async with plain_cloud() as cloud:
        async with Pool(settings_for(cloud, tmp_path)) as pool:
            pool.create(NewSession())
            await cloud.has(channels=1)
            lists = len(cloud.lists)
            async with Pool(settings_for(cloud, tmp_path)) as second:
                async with asyncio.timeout(10), cloud.news:
                    await cloud.news.wait_for(lambda: len(cloud.lists) > lists)
                other = second.create(NewSession())
                await cloud.has(channels=2)
                assert len(cloud.open_sessions) == 2
                await other.close("asked")
            assert len(cloud.open_sessions) == 1
        assert not cloud.open_sessions


@pytest.mark.parametrize("code", [100001, 100005, 100007, -101000])
async def test_a_cloud_that_does_not_list_is_no_reason_to_fail(code: int, tmp_path: Path):
    async with plain_cloud() as cloud:
        cloud.refuse["listsessionofprojectid"] = code
        async with Pool(settings_for(cloud, tmp_path)) as pool:
            await cloud.was_asked("listsessionofprojectid")
            pool.create(NewSession())
            await cloud.has(channels=1)
        assert not cloud.open_sessions


async def test_it_looks_again_and_complains_once(tmp_path: Path):
    async with plain_cloud() as cloud, client_of(cloud) as client:
        cloud.refuse["listsessionofassetvk"] = 100001
        cloud.open_sessions["m-late"] = f"{PREFIX}kiosk-1"
        reaper = Reaper(client, Cloud(asset_key="a"), PREFIX, tmp_path, lambda: NOBODY, every_s=0.01)
        with capture_logs() as logs:
            task = asyncio.create_task(reaper.run())
            async with asyncio.timeout(10), cloud.news:
                await cloud.news.wait_for(lambda: len(cloud.lists) >= 3)
            del cloud.refuse["listsessionofassetvk"]
            await until_closed(cloud, "m-late")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert [entry["log_level"] for entry in logs if entry["event"] == "orphans_not_looked_for"].count(
            "warning"
        ) == 1


async def test_one_that_cannot_be_closed_does_not_save_the_others():
    async with plain_cloud() as cloud, client_of(cloud) as client:
        cloud.open_sessions = {"m1": f"{PREFIX}1", "m2": f"{PREFIX}2"}
        cloud.refuse["closesession"] = 100001
        with capture_logs() as logs:
            assert await close_orphans(client, Cloud(project_id=PROJECT), [PREFIX], lambda: NOBODY) == []
        assert [entry["event"] for entry in logs] == ["orphan_not_closed"] * 2
        cloud.refuse["closesession"] = 110018  # they ended by themselves
        assert await close_orphans(client, Cloud(project_id=PROJECT), [PREFIX], lambda: NOBODY) == []


async def test_without_an_avatar_there_is_nothing_to_list():
    async with plain_cloud() as cloud, client_of(cloud) as client:
        assert await close_orphans(client, Cloud(), [PREFIX], lambda: NOBODY) == []
        assert not cloud.lists

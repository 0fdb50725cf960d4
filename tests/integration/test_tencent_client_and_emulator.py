"""All eleven calls where the two readings of the manual meet: our client and the emulator, a process of its own."""

from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from bridge.clouds.tencent.client import TencentClient
from bridge.clouds.tencent.models import (
    CreateSession,
    CreateSessionByAsset,
    DriverType,
    ExtraInfo,
    GetTrtcSign,
    ImageParam,
    ProtocolOption,
    SendText,
    SessionStatus,
    SpaceParam,
    SpeechParam,
    TextData,
    UpdateConfig,
)
from bridge.errors import CloudRefused, CloudRefusedForNow, CloudSessionLost
from tests.integration.cli.support import Place

NEW = CreateSession(
    virtualman_project_id="demo",
    user_id="kiosk-1",
    protocol="trtc",
    driver_type=DriverType.TEXT,
    extra_info=ExtraInfo(alpha_channel_enable=True),
    stream_max_interval=6000,
)
BY_ASSET = CreateSessionByAsset(
    asset_virtualman_key="demo",
    user_id="kiosk-2",
    protocol="rtmp",
    driver_type=DriverType.AUDIO,
    speech_param=SpeechParam(speed=200, volume=-10),
)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[TencentClient]:
    async with Place(tmp_path).emulator("--transition", "immediate") as url, aiohttp.ClientSession() as http:
        yield TencentClient(base_url=url, channel_url=url, appkey="emulator", accesstoken="emulator-secret", http=http)


async def test_all_calls(client: TencentClient):
    created = await client.createsession(NEW)
    assert created.session_status == SessionStatus.IN_PROGRESS
    assert created.play_stream_addr is not None
    session_id = created.session_id
    with pytest.raises(CloudRefusedForNow):
        await client.command(SendText(session_id=session_id, data=TextData(text="Too early")))
    await client.startsession(session_id)
    stat = await client.statsession(session_id)
    assert (stat.session_status, stat.is_session_started) == (SessionStatus.IN_PROGRESS, True)
    assert stat.play_stream_addr == created.play_stream_addr

    await client.command(SendText(session_id=session_id, data=TextData(text="你" * 1333)))
    space = SpaceParam(image_position=-0.5, image_position_vertical=0.25, image_zoom=2)
    image = ImageParam(image_vertical_offset=10, image_extra_param='{"JacketColor":{"colorValue":10491928}}')
    await client.updatesessionconfig(UpdateConfig(session_id=session_id, space_param=space, image_param=image))

    room_id = urlsplit(created.play_stream_addr).hostname
    assert room_id is not None
    sign = await client.gettrtcsign(GetTrtcSign(session_id=session_id, room_id=room_id, user_id="viewer"))
    assert sign.user_sig
    assert sign.private_map_key

    by_asset = await client.createsessionbyasset(BY_ASSET)
    (ours,) = await client.listsessionofprojectid("demo")
    assert (ours.session_id, ours.user_id, ours.driver_type) == (session_id, "kiosk-1", DriverType.TEXT)
    (asset,) = await client.listsessionofassetvk("demo")
    assert (asset.session_id, asset.user_id, asset.driver_type) == (by_asset.session_id, "kiosk-2", DriverType.AUDIO)
    assert asset.is_session_started is False
    assert {session.user_id for session in await client.listsessionofuin()} == {"kiosk-1", "kiosk-2"}

    await client.closesession(session_id)
    with pytest.raises(CloudSessionLost):
        await client.closesession("m0")
    assert [session.user_id for session in await client.listsessionofuin()] == ["kiosk-2"]


async def test_the_same_user_again_closes_the_former_session(client: TencentClient):
    first = await client.createsession(NEW)
    second = await client.createsession(NEW)
    assert first.session_id != second.session_id
    (left,) = await client.listsessionofuin()
    assert left.session_id == second.session_id


async def test_a_push_address_leaves_no_play_address(client: TencentClient):
    option = ProtocolOption(css_custom_push_url="rtmp://127.0.0.1:9/live/one?txSecret=a&txTime=b")
    request = CreateSession(
        virtualman_project_id="demo",
        user_id="kiosk-3",
        protocol="rtmp",
        driver_type=DriverType.TEXT,
        protocol_option=option,
    )
    created = await client.createsession(request)
    assert created.play_stream_addr is None
    await client.closesession(created.session_id)


async def test_an_external_trtc_app(client: TencentClient):
    option = ProtocolOption(
        trtc_use_external_app=True,
        trtc_app_id="1400000001",
        trtc_room_id=4711,
        trtc_user_sig="sig",
        trtc_private_map_key="key",
    )
    request = CreateSession(
        virtualman_project_id="demo",
        user_id="kiosk-4",
        protocol="trtc",
        driver_type=DriverType.TEXT,
        protocol_option=option,
    )
    created = await client.createsession(request)
    await client.startsession(created.session_id)
    with pytest.raises(CloudRefused):
        await client.gettrtcsign(GetTrtcSign(session_id=created.session_id, room_id="1", user_id="viewer"))

"""The life of a session in any cloud."""

from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.contract.paid import CLOSED, closing
from tests.contract.wire import Client, ListedSession, req_id

pytestmark = pytest.mark.cloud


async def listed(client: Client, session_id: str) -> ListedSession:
    answer = await client.call("listsessionofprojectid", VirtualmanProjectId=client.account.project)
    (found,) = [s for s in answer["Payload"].get("Sessions", []) if s["SessionId"] == session_id]
    return found


async def cannot_connect(client: Client, session_id: str) -> bool:
    """Return whether the channel does not come to be: refused, or closed at once."""
    try:
        async with client.channel(session_id) as channel:
            while True:
                await channel.receive()
    except (InvalidHandshake, ConnectionClosed):
        return True


async def test_from_creation_to_its_end(cloud: Client):
    user, asked = req_id(), req_id()
    created = await cloud.create(user, ReqId=asked, Protocol="trtc", DriverType=1)
    async with closing(cloud, created) as session_id:
        payload = created["Payload"]
        assert payload["ReqId"] == asked
        assert payload["SessionStatus"] in {1, 3}
        if payload["SessionStatus"] == 3:
            assert (await cloud.call("startsession", SessionId=session_id))["Header"]["Code"] == 110014
        before = await cloud.stat(session_id)
        assert (before.get("IsSessionStarted"), before.get("ErrorCode")) == (False, 0)
        await cloud.start(session_id)
        ready = await cloud.stat(session_id)
        assert (ready["SessionStatus"], ready.get("IsSessionStarted"), ready.get("ErrorCode")) == (1, True, 0)
        address = ready.get("PlayStreamAddr", "")
        assert address
        entry = await listed(cloud, session_id)
        assert (entry["UserId"], entry["SessionStatus"], entry["IsSessionStarted"]) == (user, 1, True)
        assert int(entry["DriverType"]) == 1
        room = urlsplit(address).hostname or ""
        key = await cloud.call("gettrtcsign", SessionId=session_id, RoomId=room, UserId="viewer")
        assert key["Header"]["Code"] == 0
        assert key["Payload"].get("UserSig")
        assert "PrivateMapKey" in key["Payload"]
        assert (await cloud.call("closesession", SessionId=session_id))["Header"]["Code"] == 0
        over = await cloud.call("statsession", SessionId=session_id)
        assert over["Header"]["Code"] in CLOSED or over["Payload"]["SessionStatus"] == 2
        assert (await cloud.call("startsession", SessionId=session_id))["Header"]["Code"] in CLOSED
        assert await cannot_connect(cloud, session_id)


async def test_no_channel_before_the_session_is_started(cloud: Client):
    async with closing(cloud, await cloud.create()) as session_id:
        assert await cannot_connect(cloud, session_id)


async def test_the_same_user_ends_the_former_session(cloud: Client):
    user = req_id()
    async with closing(cloud, await cloud.create(user)) as former, closing(cloud, await cloud.create(user)) as second:
        assert second != former
        stat = await cloud.call("statsession", SessionId=former)
        assert stat["Header"]["Code"] in CLOSED | {110022} or stat["Payload"]["SessionStatus"] == 2


@pytest.mark.cloud(asset=True)
async def test_a_session_of_an_image_with_a_voice(cloud: Client):
    answer = await cloud.call(
        "createsessionbyasset",
        AssetVirtualmanKey=cloud.account.asset,
        UserId=req_id(),
        Protocol="webrtc",
        DriverType=1,
        SpeechParam={"Speed": 120, "Volume": -3},
    )
    async with closing(cloud, answer) as session_id:
        assert answer["Payload"]["SessionStatus"] in {1, 3}
        of_asset = await cloud.call("listsessionofassetvk", AssetVirtualmanKey=cloud.account.asset)
        assert session_id in {session["SessionId"] for session in of_asset["Payload"].get("Sessions", [])}

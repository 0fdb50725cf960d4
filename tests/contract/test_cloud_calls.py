"""The calls of any cloud that cost nothing: none of them leaves a session behind."""

import json
import time

import pytest

from tests.contract.wire import SESSIONS, Answer, Client, Json, req_id, signed_query

pytestmark = pytest.mark.cloud


async def refused(client: Client, query: str) -> bool:
    """Return whether the cloud refuses the query, by its HTTP status or by its Code."""
    url = f"{client.url}{SESSIONS}statsession?{query}"
    body = {"Header": {}, "Payload": {"ReqId": req_id(), "SessionId": "none"}}
    async with client.http.post(url, json=body) as response:
        if response.status != 200:
            return True
        answer: Answer = await response.json()
        return answer["Header"]["Code"] not in {0, 110018}


async def create_nothing(client: Client, **changes: object) -> int:
    """Ask for a session that there cannot be; if there is one all the same it is closed."""
    answer = await client.create(**changes)
    if answer["Header"]["Code"] == 0:
        await client.call("closesession", SessionId=answer["Payload"]["SessionId"])
    return answer["Header"]["Code"]


async def test_what_is_rightly_signed_is_heard(cloud: Client):
    header = (await cloud.call("statsession", SessionId="none"))["Header"]
    assert header["Code"] == 110018
    assert header["RequestID"]


async def test_a_wrong_secret_is_refused(cloud: Client):
    assert await refused(cloud, signed_query(appkey=cloud.account.appkey, accesstoken="wrong"))


@pytest.mark.parametrize("seconds", [-400, 400])
async def test_a_timestamp_more_than_five_minutes_off_is_refused(cloud: Client, seconds: int):
    assert await refused(cloud, cloud.query(at=time.time() + seconds))


async def test_a_timestamp_four_minutes_off_is_taken(cloud: Client):
    assert not await refused(cloud, cloud.query(at=time.time() - 240))


@pytest.mark.parametrize("name", ["appkey", "timestamp", "signature"])
async def test_each_common_parameter_is_mandatory(cloud: Client, name: str):
    parts = [part for part in cloud.query().split("&") if not part.startswith(name)]
    assert await refused(cloud, "&".join(parts))


@pytest.mark.parametrize("lacking", ["Header", "Payload"])
async def test_header_and_payload_are_essential(cloud: Client, lacking: str):
    body: Json = {"Header": {}, "Payload": {"ReqId": req_id(), "SessionId": "none"}}
    del body[lacking]
    assert (await cloud.raw("statsession", json.dumps(body)))["Header"]["Code"] == 100001


async def test_a_session_needs_a_user(cloud: Client):
    assert await create_nothing(cloud, UserId=None) == 100001


@pytest.mark.parametrize("changes", [{"Protocol": "hls"}, {"DriverType": 2}])
async def test_a_session_that_the_manual_does_not_know(cloud: Client, changes: Json):
    assert await create_nothing(cloud, **changes) == 100001


async def test_a_project_has_to_exist(cloud: Client):
    assert await create_nothing(cloud, VirtualmanProjectId=req_id()) != 0


@pytest.mark.parametrize("call", ["startsession", "closesession"])
async def test_a_session_that_is_not_there(cloud: Client, call: str):
    assert (await cloud.call(call, SessionId="none"))["Header"]["Code"] == 110018


async def test_sessions_are_listed_in_an_array(cloud: Client):
    of_project = await cloud.call("listsessionofprojectid", VirtualmanProjectId=cloud.account.project)
    of_account = await cloud.call("listsessionofuin")
    for answer in (of_project, of_account):
        assert answer["Header"]["Code"] == 0
        assert isinstance(answer["Payload"].get("Sessions"), list)

"""Why a cloud session or its channel ended, told in every way, to a session against a cloud typed from the manual."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from bridge.session.new import NewSession
from bridge.session.pool import Pool
from bridge.session.session import Session
from bridge.settings import Settings
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, PlainCloud, plain_cloud


@pytest.fixture
async def cloud() -> AsyncGenerator[PlainCloud]:
    async with plain_cloud() as it:
        yield it


@pytest.fixture
async def session(cloud: PlainCloud, tmp_path: Path) -> AsyncGenerator[Session]:
    account = {"base_url": cloud.url, "appkey": APPKEY, "accesstoken": ACCESSTOKEN, "project_id": PROJECT}
    settings = Settings.model_validate({"server": {"state_dir": tmp_path}, "cloud": account})
    async with Pool(settings) as pool:
        session = pool.create(NewSession())
        await until(session, "live")
        yield session


async def until(session: Session, state: str, times: int = 1) -> dict[str, Any]:
    """Return the event with which the session enters `state`, for the first time or a later one."""
    async with asyncio.timeout(10):
        with session.subscribe((session.log.epoch, 0)) as events:
            entries = [json.loads(entry.json) for entry in events.missed]
            while len(found := [event for event in entries if event.get("state") == state]) < times:
                entries.append(json.loads((await anext(events)).json))
    return found[times - 1]


async def push(cloud: PlainCloud, payload: dict[str, Any], code: int = 0) -> None:
    """Send one message down the latest channel."""
    await cloud.channels[-1].send_str(json.dumps({"Header": {"Code": code, "Message": "x"}, "Payload": payload}))


def states(session: Session) -> list[str]:
    entries = session.log.since(session.log.epoch, 0) or []
    events = [json.loads(entry.json) for entry in entries]
    return [event["state"] for event in events if event["type"] == "session.state"]


@pytest.mark.parametrize("way", ["statsession", "message"])
async def test_what_a_person_stopped_is_not_created_anew(cloud: PlainCloud, session: Session, way: str):
    if way == "statsession":
        cloud.stat = {"SessionStatus": 2, "CloseType": 1}
        cloud.started.clear()
        await cloud.channels[0].close()
    else:
        await push(cloud, {"Type": 3, "ReqId": "", "SpeakStatus": "Initial", "CloseType": 1})
    failed = await until(session, "failed")
    assert failed["error"]["code"] == "session_stopped"
    assert cloud.names().count("createsession") == 1


@pytest.mark.parametrize("close_type", [2, 3, 4])
async def test_what_ended_by_itself_is_replaced(cloud: PlainCloud, session: Session, close_type: int):
    first = session.snapshot().cloud_session_id
    await push(cloud, {"Type": 3, "ReqId": "", "SpeakStatus": "Initial", "CloseType": close_type})
    await until(session, "live", times=2)
    assert session.snapshot().cloud_session_id != first
    assert cloud.names().count("createsession") == 2
    assert len(cloud.channels) == 2


async def test_a_message_that_another_took_over_ends_it(cloud: PlainCloud, session: Session):
    await push(cloud, {"Type": 9, "ReqId": "", "ErrorCode": 110022, "ErrorMsg": "SameUser: gone"})
    failed = await until(session, "failed")
    assert (failed["error"]["code"], failed["error"]["cloud_code"]) == ("cloud_session_lost", 110022)
    assert cloud.names().count("createsession") == 1


@pytest.mark.parametrize("way", ["header", "type 0", "type 9"])
async def test_a_session_that_is_said_not_to_be_started_is_started_again(cloud: PlainCloud, session: Session, way: str):
    cloud.started.clear()
    match way:
        case "header":
            await push(cloud, {"Type": 3}, code=110016)
        case "type 0":
            await push(cloud, {"Type": 0, "ErrorCode": 110016})
        case _:
            await push(cloud, {"Type": 9, "ReqId": "r", "ErrorCode": 110016})
    await until(session, "live", times=2)
    assert cloud.names() == ["createsession", "startsession", "startsession"]
    assert states(session) == ["ready", "live", "reconnecting", "live"]


async def test_a_refused_drive_costs_the_session_nothing(cloud: PlainCloud, session: Session):
    await push(cloud, {"Type": 9, "ReqId": "r", "ErrorCode": 110015})
    utterance_id = session.open_utterance("text")
    session.push(utterance_id, "Still here.", last=True)
    async with asyncio.timeout(10):
        assert (await session.wait(utterance_id, "ended")).status == "ended"
    assert states(session) == ["ready", "live"]
    assert len(cloud.channels) == 1


async def test_messages_of_the_bot_and_failures_are_passed_on_as_they_came(cloud: PlainCloud, session: Session):
    sent = [
        {"Type": 2, "ReqId": "r", "Text": "Hours", "InteractionType": "Popup", "Odd": [1]},
        {"Type": 0, "ErrorCode": 100012, "ErrorMsg": "TooFrequent: wait"},
        {"Type": 42, "Text": "?"},
    ]
    for payload in sent:
        await push(cloud, payload)
    async with asyncio.timeout(10):
        with session.subscribe((session.log.epoch, 0)) as events:
            got = [json.loads(entry.json) for entry in events.missed]
            while len(messages := [event["message"] for event in got if event["type"] == "cloud.message"]) < len(sent):
                got.append(json.loads((await anext(events)).json))
    assert messages == sent

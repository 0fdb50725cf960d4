"""The bridge's sessions against a server that follows the manual and is not the emulator."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.clouds.tencent.client import TencentClient
from bridge.errors import SessionEnded, TooManySessions, UserBusy
from bridge.session import callqueue
from bridge.session import session as session_module
from bridge.session.drives import patience
from bridge.session.events import Event
from bridge.session.new import NewSession
from bridge.session.pool import Pool
from bridge.session.session import Session
from bridge.session.snapshot import SentenceView
from bridge.settings import Settings
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, PlainCloud, plain_cloud, status


@pytest.fixture
async def cloud() -> AsyncGenerator[PlainCloud]:
    async with plain_cloud() as it:
        yield it


def settings_for(cloud_url: str, state_dir: Path, **session: float) -> Settings:
    return Settings.model_validate(
        {
            "server": {"state_dir": state_dir, "max_sessions": 2},
            "cloud": {"base_url": cloud_url, "appkey": APPKEY, "accesstoken": ACCESSTOKEN, "project_id": PROJECT},
            "session": session,
        }
    )


@pytest.fixture
async def pool(cloud: PlainCloud, tmp_path: Path) -> AsyncGenerator[Pool]:
    async with Pool(settings_for(cloud.url, tmp_path)) as pool:
        yield pool


async def until(session: Session, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the first event of the session, past or to come, that `is_it`."""
    async with asyncio.timeout(10):
        with session.subscribe((session.log.epoch, 0)) as events:
            for entry in events.missed:
                if is_it(json.loads(entry.json)):
                    return json.loads(entry.json)
            async for entry in events:
                if is_it(json.loads(entry.json)):
                    return json.loads(entry.json)
    raise AssertionError("the session ended before")


async def live(session: Session) -> Session:
    await until(session, lambda event: event.get("state") == "live")
    return session


async def say(session: Session, *clauses: str) -> str:
    utterance_id = session.open_utterance("text")
    for clause in clauses:
        session.push(utterance_id, clause, last=clause == clauses[-1])
    return utterance_id


async def test_a_session_speaks_and_is_closed_in_the_cloud(cloud: PlainCloud, pool: Pool):
    session = pool.create(NewSession())
    utterance_id = await say(session, "Said before it was ready.")
    async with asyncio.timeout(10):
        outcome = await session.wait(utterance_id, "ended")
    assert (outcome.status, outcome.heard) == ("ended", "Said before it was ready.")
    assert session.snapshot().state == "live"
    await session.close("deleted")
    assert cloud.names() == ["createsession", "startsession", "closesession"]
    assert cloud.calls[0][1]["DriverType"] == 1
    assert cloud.calls[0][1]["UserId"].startswith("ab-")
    assert cloud.frames[0]["Data"] == {
        "Text": "Said before it was ready.",
        "Seq": 1,
        "IsFinal": True,
        "IsSentence": True,
    }
    with pytest.raises(SessionEnded):
        session.open_utterance("text")


async def test_every_event_is_logged_once_in_order(pool: Pool):
    session = await live(pool.create(NewSession()))
    utterance_id = await say(session, "One.")
    async with asyncio.timeout(10):
        await session.wait(utterance_id, "ended")
    entries = session.log.since(session.log.epoch, 0)
    assert entries is not None
    events = [json.loads(entry.json) for entry in entries]
    assert [event["offset"] for event in events] == list(range(1, len(events) + 1))
    assert not [event for event in events if event["type"] == "play"], "this cloud gives no play address"
    assert {event["session_id"] for event in events} == {session.session_id}
    states = [event["state"] for event in events if event["type"] == "session.state"]
    assert states == ["ready", "live"]
    statuses = [event["status"] for event in events if event["type"] == "utterance"]
    assert statuses == ["queued", "sent", "started", "ended"]


async def test_a_dropped_channel_is_signed_anew_and_the_utterance_goes_on(cloud: PlainCloud, pool: Pool):
    cloud.speaks = False
    session = await live(pool.create(NewSession()))
    utterance_id = session.open_utterance("stream")
    session.push(utterance_id, "Before. ")
    await until(session, lambda event: event.get("status") == "sent")
    await cloud.has(frames=1)
    await cloud.channels[0].close()
    await until(session, lambda event: event.get("state") == "reconnecting")
    await cloud.has(channels=2)
    req_id = cloud.frames[0]["ReqId"]
    for _ in range(2):  # the cloud repeats itself after a reconnect
        await status(cloud.channels[1], req_id, "TextStart")
        await status(cloud.channels[1], req_id, "SentenceNext", 1)
    session.push(utterance_id, "After.", last=True)
    await until(session, lambda event: event.get("status") == "started")
    await cloud.has(frames=2)
    await status(cloud.channels[1], req_id, "TextOver")
    async with asyncio.timeout(10):
        outcome = await session.wait(utterance_id, "ended")
    assert (outcome.status, outcome.heard) == ("ended", "Before. After.")
    assert [frame["Data"]["Seq"] for frame in cloud.frames] == [1, 2]
    entries = session.log.since(session.log.epoch, 0) or []
    texts = [json.loads(entry.json).get("speak_status") for entry in entries]
    assert texts.count("TextStart") == texts.count("SentenceNext") == 1


async def test_the_snapshot_tells_the_sentence_being_spoken(cloud: PlainCloud, pool: Pool):
    cloud.speaks = False
    session = await live(pool.create(NewSession()))
    await say(session, "One. ", "Two.")
    await cloud.has(frames=1)
    req_id = cloud.frames[0]["ReqId"]
    assert session.snapshot().utterances[0].sentence is None
    await status(cloud.channels[0], req_id, "SentenceStart", 1)
    await until(session, lambda event: event["type"] == "sentence")
    assert session.snapshot().utterances[0].sentence == SentenceView(1, "One. ")
    await status(cloud.channels[0], req_id, "SentenceOver", 1)
    await until(session, lambda event: event["type"] == "sentence" and event["status"] == "ended")
    assert session.snapshot().utterances[0].sentence is None


async def test_a_lost_cloud_session_is_replaced_and_what_waits_is_said(cloud: PlainCloud, pool: Pool):
    cloud.speaks = False
    session = await live(pool.create(NewSession()))
    first = session.snapshot().cloud_session_id
    lost = await say(session, "Lost.")
    waiting = await say(session, "Waiting.")
    cloud.open_sessions.clear()
    cloud.started.clear()
    cloud.speaks = True
    await cloud.channels[0].close()
    async with asyncio.timeout(10):
        assert (await session.wait(waiting, "ended")).status == "ended"
        outcome = await session.wait(lost, "ended")
    assert outcome.error is not None
    assert (outcome.status, outcome.error.code) == ("failed", "cloud_session_lost")
    assert session.snapshot().cloud_session_id not in {None, first}


@pytest.mark.parametrize(("code", "ours"), [(100007, "project_unknown"), (100008, "quota_full")])
async def test_a_refused_creation_is_shown_and_ends_everything(cloud: PlainCloud, pool: Pool, code: int, ours: str):
    cloud.refuse["createsession"] = code
    session = pool.create(NewSession())
    utterance_id = await say(session, "Never said.")
    event = await until(session, lambda event: event.get("state") == "failed")
    assert event["error"]["code"] == ours
    assert event["error"]["cloud_code"] == code
    assert (await session.wait(utterance_id, "ended")).status == "failed"
    assert "closesession" not in cloud.names()


async def test_a_session_that_cannot_start_is_closed_in_the_cloud(cloud: PlainCloud, pool: Pool):
    cloud.refuse["startsession"] = 110015
    session = pool.create(NewSession())
    await until(session, lambda event: event.get("state") == "failed")
    async with asyncio.timeout(5):
        await cloud.closed.wait()
    assert cloud.names() == ["createsession", "startsession", "closesession"]


async def test_nobody_there_for_linger_s_closes_it(cloud: PlainCloud, tmp_path: Path):
    async with Pool(settings_for(cloud.url, tmp_path, linger_s=0.2)) as pool:
        session = await live(pool.create(NewSession()))
        event = await until(session, lambda event: event.get("state") == "live")
        async with asyncio.timeout(5):
            await cloud.closed.wait()
        assert (event["state"], session.snapshot().state) == ("live", "closing")


async def test_leaving_the_pool_closes_all_sessions(cloud: PlainCloud, tmp_path: Path):
    async with Pool(settings_for(cloud.url, tmp_path)) as pool:
        first, second = pool.create(NewSession(user_id="one")), pool.create(NewSession(user_id="two"))
        await live(first)
        await live(second)
        assert len(cloud.open_sessions) == 2
    assert cloud.open_sessions == {}
    assert (first.snapshot().state, first.snapshot().reason) == ("closed", "shutting_down")


async def test_limits_of_users_and_sessions(cloud: PlainCloud, pool: Pool):
    first = await live(pool.create(NewSession(user_id="one")))
    with pytest.raises(UserBusy):
        pool.create(NewSession(user_id="one"))
    second = await live(pool.create(NewSession(user_id="one", replace=True)))
    assert first.snapshot().state == "closed"
    assert len(cloud.open_sessions) == 1
    pool.create(NewSession(user_id="two"))
    with pytest.raises(TooManySessions):
        pool.create(NewSession(user_id="three"))
    assert second.snapshot().state == "live"


@pytest.mark.parametrize("hangs", ["createsession", "startsession", "closesession"])
async def test_a_cloud_that_does_not_answer_does_not_hold_up_the_close(
    cloud: PlainCloud, tmp_path: Path, hangs: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(callqueue, "CREATE_GRACE_S", 0.2)
    monkeypatch.setattr(callqueue, "CLOSE_LIMIT_S", 0.2)
    cloud.hang.add(hangs)
    async with Pool(settings_for(cloud.url, tmp_path)) as pool:
        session = pool.create(NewSession())
        if hangs == "closesession":
            await live(session)
        else:
            await cloud.was_asked(hangs)
        async with asyncio.timeout(2):
            await session.close("deleted")
        assert session.snapshot().state == "closed"
        assert ("closesession" in cloud.names()) == (hangs != "createsession")


async def test_a_session_that_breaks_down_is_failed_for_all_and_closed_in_the_cloud(
    cloud: PlainCloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    session = await live(pool.create(NewSession(user_id="one")))
    waiting = session.open_utterance("stream")

    def broken(_: str | bytes) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(session_module, "decode", broken)
    await cloud.channels[0].send_str("{}")
    async with asyncio.timeout(5):
        outcome = await session.wait(waiting, "ended")
        await cloud.closed.wait()
    assert outcome.error is not None
    assert (outcome.status, outcome.error.code) == ("failed", "internal")
    assert (session.snapshot().state, session.is_over, session.has_ended) == ("failed", True, True)
    with pytest.raises(SessionEnded):
        session.open_utterance("stream")
    monkeypatch.undo()
    await live(pool.create(NewSession(user_id="one")))


async def test_a_question_to_the_cloud_does_not_hold_up_the_end(
    cloud: PlainCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(patience, "OVER_SLACK_S", 0.05)
    cloud.speaks = False
    cloud.hang.add("statsession")
    async with asyncio.timeout(10):
        async with Pool(settings_for(cloud.url, tmp_path)) as pool:
            session = await live(pool.create(NewSession()))
            await say(session, "Hi.")
            await cloud.was_asked("statsession")
    assert cloud.open_sessions == {}


async def test_a_cloud_session_found_gone_while_its_channel_stays_open_is_replaced(
    cloud: PlainCloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(patience, "OVER_SLACK_S", 0.05)
    cloud.speaks = False
    session = await live(pool.create(NewSession()))
    cloud.open_sessions.clear()
    lost = await say(session, "Hi.")
    waiting = await say(session, "Ho.")
    await cloud.has(frames=1)
    cloud.speaks = True
    async with asyncio.timeout(10):
        outcome = await session.wait(lost, "ended")
        assert outcome.error is not None
        assert (outcome.status, outcome.error.code) == ("failed", "cloud_session_lost")
        assert (await session.wait(waiting, "ended")).status == "ended"
    assert cloud.frames[-1]["SessionId"] == session.snapshot().cloud_session_id
    assert len(cloud.channels) == 2


async def test_speaking_counts_as_use(cloud: PlainCloud, tmp_path: Path):
    cloud.speaks = False
    async with Pool(settings_for(cloud.url, tmp_path, idle_s=0.6, linger_s=60)) as pool:
        session = pool.create(NewSession())
        utterance_id = await say(session, "A long speech.")
        await cloud.has(frames=1)
        req_id = cloud.frames[0]["ReqId"]
        for seq in range(1, 7):
            await status(cloud.channels[0], req_id, "SentenceNext", seq)
            await asyncio.sleep(0.2)
        assert not session.is_over
        await status(cloud.channels[0], req_id, "TextOver")
        async with asyncio.timeout(5):
            assert (await session.wait(utterance_id, "ended")).status == "ended"
            await cloud.closed.wait()
    assert session.snapshot().reason == "idle"


async def test_one_that_the_same_user_took_over_is_not_fought_for(cloud: PlainCloud, pool: Pool):
    session = await live(pool.create(NewSession()))
    cloud.stat = {"SessionStatus": 2, "CloseType": 5}
    cloud.started.clear()
    await cloud.channels[0].close()
    event = await until(session, lambda event: event.get("reason") is not None)
    assert (event["state"], event["error"]["code"]) == ("failed", "cloud_session_lost")
    assert "another session" in event["error"]["message"]
    assert cloud.names().count("createsession") == 1


async def test_a_session_that_breaks_down_while_it_closes_takes_no_other_with_it(
    cloud: PlainCloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    first = await live(pool.create(NewSession()))
    second = await live(pool.create(NewSession()))

    async def broken(_: TencentClient, _session_id: str) -> None:
        raise RuntimeError("a mistake of ours")

    with monkeypatch.context() as patch:
        patch.setattr(TencentClient, "closesession", broken)
        async with asyncio.timeout(5):
            await first.close("deleted")
        assert first.snapshot().state == "closed"
        utterance_id = await say(second, "Still here.")
        async with asyncio.timeout(5):
            assert (await second.wait(utterance_id, "ended")).status == "ended"


async def test_what_the_cloud_says_by_itself_is_no_use_of_the_session(cloud: PlainCloud, tmp_path: Path):
    async with Pool(settings_for(cloud.url, tmp_path, idle_s=0.6, linger_s=60)) as pool:
        session = pool.create(NewSession())
        async with asyncio.timeout(10):
            await cloud.has(channels=1)
            number = 0
            while not session.is_over:
                number += 1
                await status(cloud.channels[0], f"heartbeat-{number}", "TextOver")
                await asyncio.sleep(0.1)
            await cloud.closed.wait()
    assert session.snapshot().reason == "idle"


async def test_a_user_comes_back_while_the_former_session_is_still_being_closed(
    cloud: PlainCloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(callqueue, "CLOSE_LIMIT_S", 0.5)
    former = await live(pool.create(NewSession(user_id="one")))
    cloud.hang.add("closesession")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(former.close("deleted"))
        await cloud.was_asked("closesession")
        await live(pool.create(NewSession(user_id="one")))
        assert former.has_ended
    cloud.hang.clear()


async def test_a_session_whose_end_cannot_be_told_takes_no_other_with_it(
    cloud: PlainCloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
):
    broken = await live(pool.create(NewSession()))
    other = await live(pool.create(NewSession()))
    emit = Session.emit

    def broken_emit(self: Session, event: Event) -> None:
        if self is broken:
            raise RuntimeError("a mistake of ours")
        emit(self, event)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "emit", broken_emit)
        await cloud.channels[0].close()
        async with asyncio.timeout(10):
            await cloud.closed.wait()
        utterance_id = await say(other, "Still here.")
        async with asyncio.timeout(5):
            assert (await other.wait(utterance_id, "ended")).status == "ended"
    assert broken.has_ended


async def test_a_cloud_that_hangs_for_a_hundred_sessions_can_still_be_called_by_the_others(
    cloud: PlainCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(callqueue, "CREATE_GRACE_S", 0.1)
    settings = settings_for(cloud.url, tmp_path)
    settings = settings.model_copy(update={"server": settings.server.model_copy(update={"max_sessions": 200})})
    async with Pool(settings) as pool, asyncio.timeout(20):
        waiting = await live(pool.create(NewSession()))
        cloud.hang.add("createsession")
        for number in range(100):
            pool.create(NewSession(user_id=f"user-{number}"))
        while cloud.names().count("createsession") < 101:
            await cloud.was_asked("createsession")
            await asyncio.sleep(0.05)
        async with asyncio.timeout(2):
            await waiting.close("deleted")
        assert cloud.names()[-1] == "closesession"

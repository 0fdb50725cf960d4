import asyncio
import random
from pathlib import Path

from tests.integration.gateway.conftest import Bridge, bridging, until


async def test_a_fresh_stream_begins_with_welcome(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        welcome = await anext(events)
    data = welcome.data
    assert data["type"] == "welcome"
    assert (data["recovered"], data["role"]) == (False, "driver")
    assert welcome.id == f"{data['epoch']}:{data['offset']}"
    assert data["session"]["state"] == "live"
    assert data["session"]["suggestions"]["en"]
    assert f"/v1/sessions/{data['session']['session_id']}" == session


async def test_a_reader_who_comes_back_gets_each_event_exactly_once(bridge: Bridge) -> None:
    session = await bridge.create()
    cuts = random.Random(5)
    async with bridge.events(session) as steady, asyncio.TaskGroup() as group:
        epoch, offset = (await anext(steady)).id.split(":")
        say = {"text": "One thing. Another thing. And a third thing.", "wait": "ended"}
        spoken = group.create_task(bridge.post(f"{session}/say", say))
        last, received = f"{epoch}:{offset}", list[int]()
        ended = False
        while not ended:
            async with bridge.events(session, last) as events:
                for _ in range(cuts.randint(1, 4)):
                    event = await anext(events)
                    assert event.data["type"] != "welcome"
                    received.append(event.data["offset"])
                    last = event.id
                    if event.data["type"] == "utterance" and event.data["status"] == "ended":
                        ended = True
                        break
        await spoken
        watched = list[int]()
        async for event in steady:
            watched.append(event.data["offset"])
            if event.data["type"] == "utterance" and event.data["status"] == "ended":
                break
    assert received == watched
    assert received == list(range(int(offset) + 1, received[-1] + 1))


async def test_a_position_that_is_lost_begins_anew(bridge: Bridge) -> None:
    session = await bridge.live()
    for last in ("another:3", "nonsense", "x:99999999999999999999"):
        async with bridge.events(session, last) as events:
            assert (await anext(events)).data["type"] == "welcome"


async def test_a_stream_ends_with_its_session(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        await anext(events)
        async with bridge.http.delete(session):
            pass
        await until(events, type="session.state", state="closed")
        assert [event async for event in events] == []
    async with bridge.events(session) as events:
        assert [event.data["session"]["state"] async for event in events] == ["closed"]


async def test_a_reader_who_left_no_longer_keeps_the_session(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, session={"linger_s": 0.5}) as bridge:
        session = await bridge.create()
        async with bridge.events(session) as watching:
            welcome = await anext(watching)
            assert welcome.data["session"]["attached"] == 1
        shown: dict[str, object] = {}
        for _ in range(100):
            _, shown = await bridge.get(session)
            if shown["state"] == "closed":
                break
            await asyncio.sleep(0.1)
        assert (shown["attached"], shown["reason"]) == (0, "nobody_there")

"""SEND_TEXT, fragments and SEND_AUDIO of a session, as a server sees them that is not the emulator."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import ModeMismatch
from bridge.session.new import NewSession
from bridge.session.outcomes import Outcome
from bridge.session.pool import Pool
from bridge.session.session import Session
from bridge.settings import Settings
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, PlainCloud, plain_cloud, status

SOUND = [bytes([number, 0]) * 2560 for number in range(1, 4)]


@pytest.fixture
async def cloud() -> AsyncGenerator[PlainCloud]:
    async with plain_cloud() as it:
        yield it


@asynccontextmanager
async def session_at(
    cloud: PlainCloud, state_dir: Path, new: NewSession | None = None, **drive: object
) -> AsyncGenerator[Session]:
    settings = {
        "server": {"state_dir": state_dir},
        "cloud": {"base_url": cloud.url, "appkey": APPKEY, "accesstoken": ACCESSTOKEN, "project_id": PROJECT},
        "drive": drive,
    }
    async with Pool(Settings.model_validate(settings)) as pool:
        session = pool.create(new or NewSession())
        await cloud.has(channels=1)
        yield session


@asynccontextmanager
async def sounding(cloud: PlainCloud, state_dir: Path) -> AsyncGenerator[tuple[Session, str]]:
    """Yield a session for sound and an utterance that may flow."""
    async with session_at(cloud, state_dir, NewSession(mode="audio")) as session:
        utterance_id = session.open_utterance("audio")
        async with asyncio.timeout(5):
            assert await session.audio_flow(utterance_id).wait_open()
        yield session, utterance_id


async def ended(session: Session, utterance_id: str) -> Outcome:
    async with asyncio.timeout(10):
        return await session.wait(utterance_id, "ended")


def sent(cloud: PlainCloud) -> list[dict[str, Any]]:
    return [frame["Data"] for frame in cloud.frames]


async def test_a_text_of_more_than_4000_bytes_is_several_send_texts(cloud: PlainCloud, tmp_path: Path):
    async with session_at(cloud, tmp_path, command="text") as session:
        utterance_id = session.open_utterance("text")
        session.push(utterance_id, "好" * 1400, last=True)
        outcome = await ended(session, utterance_id)
    assert (outcome.status, outcome.heard) == ("ended", "好" * 1400)
    assert [frame["Command"] for frame in cloud.frames] == ["SEND_TEXT"] * 2
    assert sent(cloud) == [{"Text": "好" * count, "ChatCommand": "NotUseChat"} for count in (1333, 67)]
    assert len({frame["ReqId"] for frame in cloud.frames}) == 2


async def test_an_interrupted_send_text_is_stopped_by_an_empty_one(cloud: PlainCloud, tmp_path: Path):
    cloud.talks_on = True
    async with session_at(cloud, tmp_path, command="text") as session:
        utterance_id = session.open_utterance("text")
        session.push(utterance_id, "A long speech.", last=True)
        async with asyncio.timeout(5):
            await session.wait(utterance_id, "started")
        session.interrupt("all", "button")
        outcome = await ended(session, utterance_id)
    assert (outcome.status, outcome.heard) == ("interrupted", "")
    assert sent(cloud)[1:] == [{"Text": "", "ChatCommand": "NotUseChat", "Interrupt": True}]


async def test_a_new_text_interrupts_by_itself(cloud: PlainCloud, tmp_path: Path):
    cloud.talks_on = True
    async with session_at(cloud, tmp_path, command="text") as session:
        first = session.open_utterance("text")
        session.push(first, "A long speech.", last=True)
        async with asyncio.timeout(5):
            await session.wait(first, "started")
        second = session.open_utterance("text", interrupt=True)
        session.push(second, "Now this.", last=True)
        assert (await ended(session, first)).status == "interrupted"
        async with asyncio.timeout(5):
            assert (await session.wait(second, "started")).status == "started"
    assert [data["Text"] for data in sent(cloud)] == ["A long speech.", "Now this."]


async def test_without_clauses_fragments_go_out_as_they_come(cloud: PlainCloud, tmp_path: Path):
    async with session_at(cloud, tmp_path, clauses=False) as session:
        utterance_id = session.open_utterance("stream")
        for fragment in ("One, ", "two ", "three."):
            session.push(utterance_id, fragment, last=fragment == "three.")
        assert (await ended(session, utterance_id)).heard == "One, two three."
    assert sent(cloud) == [
        {"Text": "One, ", "Seq": 1, "IsFinal": False},
        {"Text": "two ", "Seq": 2, "IsFinal": False},
        {"Text": "three.", "Seq": 3, "IsFinal": True},
    ]


async def test_sound_goes_out_frame_by_frame(cloud: PlainCloud, tmp_path: Path):
    async with sounding(cloud, tmp_path) as (session, utterance_id):
        flow = session.audio_flow(utterance_id)
        for frame in SOUND:
            async with asyncio.timeout(5):
                assert await flow.wait_open()
            session.push_audio(utterance_id, frame)
        session.finish(utterance_id)
        assert flow.is_over
        assert not await flow.wait_open()
        outcome = await ended(session, utterance_id)
    assert (outcome.status, outcome.heard) == ("ended", "")
    assert cloud.calls[0][1]["DriverType"] == 3
    assert {frame["Command"] for frame in cloud.frames} == {"SEND_AUDIO"}
    assert [base64.b64decode(data["Audio"]) for data in sent(cloud)] == [*SOUND, b""]
    assert [(data["Seq"], data["IsFinal"]) for data in sent(cloud)] == [(1, False), (2, False), (3, False), (4, True)]


async def test_an_interrupt_of_sound_ends_its_flow(cloud: PlainCloud, tmp_path: Path):
    async with sounding(cloud, tmp_path) as (session, utterance_id):
        session.push_audio(utterance_id, SOUND[0])
        session.interrupt("current", "voice")
        assert not await session.audio_flow(utterance_id).wait_open()
        session.push_audio(utterance_id, SOUND[1])
        assert (await ended(session, utterance_id)).status == "interrupted"
    assert sent(cloud)[1:] == [{"Audio": "", "Seq": 2, "IsFinal": True}]


async def test_sound_that_waits_for_its_turn_flows_when_that_comes(cloud: PlainCloud, tmp_path: Path):
    cloud.speaks = False
    async with session_at(cloud, tmp_path, NewSession(mode="audio")) as session:
        first = session.open_utterance("text")
        session.push(first, "Words first.", last=True)
        await cloud.has(frames=1)
        second = session.open_utterance("audio")
        flow = session.audio_flow(second)
        assert not flow.is_open
        waiting = asyncio.create_task(flow.wait_open())
        await status(cloud.channels[0], cloud.frames[0]["ReqId"], "TextOver")
        async with asyncio.timeout(5):
            assert await waiting
        assert flow.is_open


async def test_sound_goes_on_in_another_drive_after_a_broken_channel(cloud: PlainCloud, tmp_path: Path):
    async with sounding(cloud, tmp_path) as (session, utterance_id):
        flow = session.audio_flow(utterance_id)
        session.push_audio(utterance_id, SOUND[0])
        await cloud.has(frames=1)
        await cloud.channels[0].close()
        await cloud.has(channels=2)
        async with asyncio.timeout(10):
            assert await flow.wait_open()
        session.push_audio(utterance_id, SOUND[1])
        session.finish(utterance_id)
        assert (await ended(session, utterance_id)).status == "ended"
    drives = [frame["ReqId"] for frame in cloud.frames]
    assert drives[0] == drives[1] != drives[2] == drives[3]
    assert [data["Seq"] for data in sent(cloud)] == [1, 2, 1, 2]
    assert [base64.b64decode(data["Audio"]) for data in sent(cloud)] == [SOUND[0], b"", SOUND[1], b""]


async def test_a_session_for_text_takes_no_sound(cloud: PlainCloud, tmp_path: Path):
    async with session_at(cloud, tmp_path) as session:
        with pytest.raises(ModeMismatch):
            session.open_utterance("audio")

"""Every kind of drive of a session against the emulated cloud, a strict one: nothing is refused."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.session.new import NewSession
from bridge.session.outcomes import Outcome
from bridge.session.pool import Pool
from bridge.session.session import Session
from bridge.settings import Settings

FRAME = b"\1\0\2\0" * 1280


@pytest.fixture(scope="module")
def emulator() -> Generator[str]:
    command = [sys.executable, "-m", "emulator", "--port", "0", "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().split()[-1]
        process.stdin.close()
        process.wait(30)


@asynccontextmanager
async def session_at(
    emulator: str, state_dir: Path, new: NewSession | None = None, drive: dict[str, object] | None = None
) -> AsyncGenerator[Session]:
    settings = {
        "server": {"state_dir": state_dir},
        "cloud": {
            "base_url": emulator,
            "appkey": "emulator",
            "accesstoken": "emulator-secret",
            "project_id": "demo",
        },
        "drive": drive or {},
    }
    async with Pool(Settings.model_validate(settings)) as pool:
        yield pool.create(new or NewSession())


async def refusals(emulator: str, session: Session) -> list[dict[str, Any]]:
    """Return the frames of the cloud with which it refused something."""
    url = f"{emulator}/_emulator/sessions/{session.snapshot().cloud_session_id}/transcript"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        transcript = await response.json()
    down = [entry["frame"] for entry in transcript if entry["direction"] == "down"]
    assert down
    frames = [json.loads(frame) if isinstance(frame, str) else frame for frame in down]
    return [frame for frame in frames if frame["Payload"].get("ErrorCode") or frame["Header"]["Code"]]


async def reached(session: Session, utterance_id: str, until: str = "ended") -> Outcome:
    async with asyncio.timeout(30):
        return await session.wait(utterance_id, "started" if until == "started" else "ended")


@pytest.mark.parametrize(
    "drive", [{}, {"clauses": False}, {"command": "text"}], ids=["clauses", "fragments", "send_text"]
)
async def test_words_are_spoken_interrupted_and_spoken_again(emulator: str, tmp_path: Path, drive: dict[str, object]):
    async with session_at(emulator, tmp_path, drive=drive) as session:
        first = session.open_utterance("stream")
        for clause in (
            "The first sentence is quite a long one to say, ",
            "and then there is more of it.",
            " And more.",
        ):
            session.push(first, clause)
        session.finish(first)
        assert (await reached(session, first, "started")).status == "started"
        second = session.open_utterance("stream", interrupt=True)
        session.push(second, "Short now.", last=True)
        assert (await reached(session, first)).status == "interrupted"
        outcome = await reached(session, second)
        assert (outcome.status, outcome.heard) == ("ended", "Short now.")
        assert await refusals(emulator, session) == []


@pytest.mark.parametrize("drive", [{"clauses": False}, {"command": "text"}], ids=["fragments", "send_text"])
async def test_a_source_of_words_may_pause(emulator: str, tmp_path: Path, drive: dict[str, object]):
    async with session_at(emulator, tmp_path, drive=drive) as session:
        utterance_id = session.open_utterance("stream")
        session.push(utterance_id, "Before. ")
        await told(session, "TextOver")
        session.push(utterance_id, "After.", last=True)
        outcome = await reached(session, utterance_id)
        assert (outcome.status, outcome.heard) == ("ended", "Before. After.")
        assert await refusals(emulator, session) == []


async def told(session: Session, speak_status: str) -> None:
    """Return once the cloud has said this."""
    async with asyncio.timeout(10):
        with session.subscribe((session.log.epoch, 0)) as events:
            if any(json.loads(entry.json).get("speak_status") == speak_status for entry in events.missed):
                return
            async for entry in events:
                if json.loads(entry.json).get("speak_status") == speak_status:
                    return


async def play(session: Session, utterance_id: str, frames: int) -> None:
    flow = session.audio_flow(utterance_id)
    for _ in range(frames):
        async with asyncio.timeout(10):
            if not await flow.wait_open():
                return
        session.push_audio(utterance_id, FRAME)
        await asyncio.sleep(0.16)


async def test_sound_may_pause_and_words_may_interrupt_it(emulator: str, tmp_path: Path):
    async with session_at(emulator, tmp_path, NewSession(mode="audio")) as session:
        sound = session.open_utterance("audio")
        await play(session, sound, 5)
        await told(session, "AudioOver")
        await play(session, sound, 5)
        session.finish(sound)
        assert (await reached(session, sound)).status == "ended"
        sound = session.open_utterance("audio")
        await play(session, sound, 3)
        words = session.open_utterance("text", interrupt=True)
        session.push(words, "Words instead.", last=True)
        assert (await reached(session, sound)).status == "interrupted"
        assert (await reached(session, words, "started")).status == "started"
        sound = session.open_utterance("audio", interrupt=True)
        await play(session, sound, 3)
        session.finish(sound)
        assert (await reached(session, words)).status == "interrupted"
        assert (await reached(session, sound)).status == "ended"
        assert await refusals(emulator, session) == []


async def test_a_stop_that_arrives_too_soon_still_stops(emulator: str, tmp_path: Path):
    async with session_at(emulator, tmp_path, drive={"command": "text"}) as session:
        first = session.open_utterance("text")
        session.push(first, "A text that goes on and on. " * 40, last=True)
        assert (await reached(session, first, "started")).status == "started"
        fault = {"fault": "rate@text", "session_id": session.snapshot().cloud_session_id, "times": 1}
        async with aiohttp.ClientSession() as http, http.post(f"{emulator}/_emulator/faults", json=fault) as response:
            assert response.ok
        session.interrupt("all", "api")
        await told(session, "TextOver")
        assert (await reached(session, first)).status == "interrupted"
        assert [frame["Payload"]["ErrorCode"] for frame in await refusals(emulator, session)] == [100012]

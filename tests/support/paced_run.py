"""Live sound and a file through a real server to a real emulator, both watched, with stalls as planned, for minutes."""

import asyncio
import contextlib
import io
import json
import os
import random
import subprocess
import sys
import time
import wave
from collections.abc import Generator
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.pace_judge import Verdict, World, arrivals, judge_file, judge_live, stalls
from tests.support.socket_client import Client, connected
from tests.support.voicing import HOUSE_RATE
from tests.unit.audio.pacing import REAL, Stall, numbered

PIECE_BYTES = 640
PIECE_S = 0.020
PIECES_A_FRAME = 8
LATE_S = 0.005
LEAD_S = 1.0
ACCOUNT = {
    "AVATAR_BRIDGE_CLOUD__APPKEY": "emulator",
    "AVATAR_BRIDGE_CLOUD__ACCESSTOKEN": "emulator-secret",
    "AVATAR_BRIDGE_CLOUD__PROJECT_ID": "demo",
}


@contextlib.contextmanager
def watched(log: Path, seed: int, *command: str, env: dict[str, str]) -> Generator[str]:
    """Run one of our programs under watch and give the address that it tells."""
    line = [sys.executable, "-m", "tests.support.watched", str(log), str(seed), *command]
    with subprocess.Popen(
        line, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield next(word for text in process.stdout for word in text.split() if word.startswith("http://"))
        finally:
            process.terminate()
            process.communicate(timeout=60)


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(HOUSE_RATE)
        writer.writeframes(pcm)
    return file.getvalue()


class Recorder:
    """A microphone in pieces of 20 ms; it stalls as planned, and is late as the machine wants it to be.

    It is no part of what is judged: whatever makes it late is allowed for.
    """

    def __init__(self, seed: int) -> None:
        self.began = 0.0
        self.planned: list[Stall] = []
        self.machine: list[Stall] = []
        self._dice = random.Random(seed) if seed else None

    async def speak(self, client: Client, pcm: bytes) -> None:
        self.began = time.monotonic()
        for number in range(len(pcm) // PIECE_BYTES):
            due = self.began + (number + 1) * PIECE_S
            await asyncio.sleep(due - time.monotonic())
            if number % PIECES_A_FRAME == 0:
                await self._stall()
            await client.socket.send_bytes(pcm[number * PIECE_BYTES : (number + 1) * PIECE_BYTES])
            now = time.monotonic()
            known = max((stalls[-1].end for stalls in (self.planned, self.machine) if stalls), default=0.0)
            if now - due > LATE_S and due > known:
                self.machine.append(Stall("source", due, now))

    async def _stall(self) -> None:
        """Stall before a frame, perhaps."""
        thrown = 1.0 if self._dice is None else self._dice.random()
        if thrown < 0.055:
            began = time.monotonic()
            await asyncio.sleep(0.5 if thrown < 0.005 else 0.1)
            self.planned.append(Stall("source", began, time.monotonic()))


async def _live_session(http: aiohttp.ClientSession) -> tuple[str, str]:
    """Return the path and the cloud's id of a new session that is live."""
    async with http.post("/v1/sessions", json={"mode": "audio"}) as created:
        session = f"/v1/sessions/{(await created.json())['session_id']}"
    while True:
        async with http.get(session) as response:
            view: dict[str, Any] = await response.json()
        if view["state"] == "live":
            return session, view["cloud_session_id"]
        await asyncio.sleep(0.2)


async def _speak(http: aiohttp.ClientSession, session: str, recorder: Recorder, seconds: float) -> None:
    async with connected(http, session) as client:
        form = {"sample_rate": HOUSE_RATE, "channels": 1, "encoding": "s16le"}
        await client.send("audio.start", ref="mic", purpose="drive", **form)
        reading = asyncio.create_task(_ended(client))
        await recorder.speak(client, numbered(round(seconds / REAL)))
        await client.send("audio.end", ref="mic")
        await reading


async def _ended(client: Client) -> None:
    async for message in client.socket:
        event = json.loads(message.data)
        if event["type"] == "utterance" and event["status"] in {"ended", "failed", "interrupted"}:
            assert event["status"] == "ended", event
            return


async def _play(http: aiohttp.ClientSession, session: str, seconds: float) -> None:
    query = {"wait": "ended", "timeout_s": "3600"}
    async with http.post(
        f"{session}/audio", params=query, data=io.BytesIO(_wav(numbered(round(seconds / REAL))))
    ) as answer:
        told = await answer.json()
    assert told["status"] == "ended", told


async def _both(
    url: str, cloud: str, seconds: float, recorder: Recorder
) -> tuple[tuple[str, str], dict[str, dict[str, Any]]]:
    """Have both spoken at once; return the cloud's ids, live and file, and what the emulator counted of each."""
    async with aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=None)) as http:
        (live, live_id), (file, file_id) = await _live_session(http), await _live_session(http)
        async with asyncio.TaskGroup() as group:
            group.create_task(_speak(http, live, recorder, seconds))
            group.create_task(_play(http, file, seconds))
        async with http.get(f"{cloud}/_emulator/sessions") as response:
            views = {view["session_id"]: view["audio"] for view in await response.json()}
        for session in (live, file):
            async with http.delete(session):
                pass
    return (live_id, file_id), views


def run(folder: Path, seconds: float, seed: int) -> list[Verdict]:
    """Return the verdicts on a microphone and a file; with `seed` 0 nothing is stalled on purpose."""
    emulator_log, bridge_log = folder / "emulator.log", folder / "bridge.log"
    env = {**os.environ, **ACCOUNT, "XDG_STATE_HOME": str(folder)}
    recorder = Recorder(seed and seed + 1)
    with watched(emulator_log, 0, "emulator", "--port", "0", env=env) as cloud:
        env["AVATAR_BRIDGE_CLOUD__BASE_URL"] = cloud
        with watched(bridge_log, seed, "bridge", "serve", "--port", "0", "--log-level", "error", env=env) as url:
            (live_id, file_id), counted = asyncio.run(_both(url, cloud, seconds, recorder))
    machine = stalls(bridge_log, "machine") + stalls(emulator_log, "machine")
    own = stalls(bridge_log, "own")
    planned = stalls(bridge_log, "planned")
    at_source = World(planned + recorder.planned, machine + recorder.machine, own)
    in_server = World(planned, machine, own)
    return [
        judge_live(arrivals(emulator_log, live_id), recorder.began, at_source, counted[live_id]),
        judge_file(arrivals(emulator_log, file_id), LEAD_S, in_server, counted[file_id]),
    ]

"""A session in which nothing is said for longer than the cloud waits: its heartbeat keeps the channel."""

import asyncio
import json
from pathlib import Path
from typing import TypedDict

import aiohttp

from bridge.session.channel import HEARTBEAT_S
from bridge.session.new import NewSession
from bridge.session.pool import Pool
from bridge.settings import Settings
from tests.contract.running import emulator

CHANNEL_S = 180.0
"""A channel without traffic is dropped by the cloud after this time."""
SILENT_S = 210.0


class Frame(TypedDict):
    """A frame as the cloud kept it."""

    direction: str
    frame: dict[str, dict[str, object]]


async def _sent(cloud: str, cloud_session_id: str | None) -> list[dict[str, object]]:
    url = f"{cloud}/_emulator/sessions/{cloud_session_id}/transcript"
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        frames: list[Frame] = await response.json(content_type=None)
    return [frame["frame"]["Payload"] for frame in frames if frame["direction"] == "up"]


async def test_a_silent_session_stays_connected(tmp_path: Path):
    assert SILENT_S > CHANNEL_S
    with emulator() as cloud:
        settings = Settings.model_validate(
            {
                "server": {"state_dir": tmp_path},
                "cloud": {
                    "base_url": cloud,
                    "appkey": "emulator",
                    "accesstoken": "emulator-secret",
                    "project_id": "demo",
                },
            }
        )
        async with Pool(settings) as pool:
            session = pool.create(NewSession())
            await asyncio.sleep(SILENT_S)
            entries = session.log.since(session.log.epoch, 0) or []
            events = [json.loads(entry.json) for entry in entries]
            assert [event["state"] for event in events if event["type"] == "session.state"] == ["ready", "live"]
            utterance_id = session.open_utterance("text")
            session.push(utterance_id, "Still here.", last=True)
            async with asyncio.timeout(10):
                outcome = await session.wait(utterance_id, "ended")
            assert (outcome.status, outcome.heard) == ("ended", "Still here.")
            sent = await _sent(cloud, session.snapshot().cloud_session_id)
    beats = [payload for payload in sent if payload["Command"] == "SEND_HEARTBEAT"]
    assert len(beats) == SILENT_S // HEARTBEAT_S
    assert all(beat["Data"] == {"Text": "PING"} for beat in beats)

"""What went over a cloud session's channel, as the emulated cloud has written it down."""

import time
from typing import Any

import aiohttp

from tests.support.voicing import cloud_id

Entry = dict[str, Any]


async def transcript(http: aiohttp.ClientSession, emulator: str, session: str) -> list[Entry]:
    """Return every frame both ways: `t`, `direction`, `frame`."""
    place = f"{emulator}/_emulator/sessions/{await cloud_id(http, session)}/transcript"
    async with http.get(place) as response:
        return await response.json()


def refusals(entries: list[Entry]) -> list[Entry]:
    """Return the drive failures (Type 9) among them: there is none while every frame was legal."""
    down = [entry["frame"]["Payload"] for entry in entries if entry["direction"] == "down"]
    return [payload for payload in down if payload["Type"] == 9]


def texts(entries: list[Entry]) -> list[str]:
    """Return what each drive of SEND_STREAMTEXT was to say, in order."""
    said: dict[str, str] = {}
    for entry in entries:
        load: Entry = entry["frame"].get("Payload", {}) if entry["direction"] == "up" else {}
        if load.get("Command") == "SEND_STREAMTEXT":
            said[load["ReqId"]] = said.get(load["ReqId"], "") + load["Data"]["Text"]
    return list(said.values())


def statuses(entries: list[Entry]) -> list[str]:
    """Return the commands that went up and the speak statuses that came down, in order."""
    told: list[str] = []
    for entry in entries:
        load: Entry = entry["frame"].get("Payload", {})
        if entry["direction"] == "up" and load.get("Command", "").startswith("SEND_"):
            told.append(load["Command"])
        elif entry["direction"] == "down" and load.get("Type") == 3:
            told.append(load["SpeakStatus"])
    return told


async def clock_of(http: aiohttp.ClientSession, emulator: str, session: str) -> float:
    """Return what to add to the transcript's times to have them in Unix seconds: of ten answers the quickest tells."""
    cloud = await cloud_id(http, session)
    best = (float("inf"), 0.0)
    for _ in range(10):
        asked = time.time()
        async with http.get(f"{emulator}/_emulator/sessions") as response:
            (now,) = [each["now"] for each in await response.json() if each["session_id"] == cloud]
        took = time.time() - asked
        best = min(best, (took, asked + took / 2 - now))
    return best[1]

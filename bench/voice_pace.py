"""Promise 6.3 end to end: a file and a microphone through a server, measured by the transcript of an emulated cloud.

.venv/bin/python -m bench.voice_pace --seconds 60
.venv/bin/python -m bench.voice_pace --seconds 300 --stalls 20

Server and emulator are processes of their own. All times are those at which the emulator had a frame in its hands, so
they hold the ways of both processes, too. Lateness is counted from the schedule of the frames: for a microphone 160 ms
each, as they were spoken; for a file where its lead has been reached, 160 ms each. With `--stalls` both are spoken at
once while the server is blocked, and the microphone held up, for 100 ms before 5 % of the frames and for 500 ms before
0.5 %; `tests/support/pace_judge.py` says what has to hold then.
"""

import argparse
import asyncio
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.support import paced_run
from tests.support.pace_judge import Verdict
from tests.support.socket_client import Client, connected
from tests.support.voicing import HOUSE_RATE, drives, pcm, sent, speak, voice, wav

FRAME_S = 0.160
LEAD_FRAMES = 26
"""At 120 ms each, so many frames are sent until a lead of a second is reached."""
WINDOW_S = 2.0
ALLOWED = (0.75, 1.02)
SHORTEST_S = 0.120
JITTER_S = 0.020
"""What the ways of a frame through two processes may differ."""
PROBE_S = 0.005
ACCOUNT = {
    "AVATAR_BRIDGE_CLOUD__APPKEY": "emulator",
    "AVATAR_BRIDGE_CLOUD__ACCESSTOKEN": "emulator-secret",
    "AVATAR_BRIDGE_CLOUD__PROJECT_ID": "demo",
}


@dataclass(frozen=True)
class Figures:
    """What is printed of a run; `rate_windows` are the least and the greatest interval over duration in 2 s."""

    source: str
    frames: int
    drives: int
    interval_ms: dict[str, float]
    lateness_ms: dict[str, float]
    rate_windows: tuple[float, float]
    stutters: int
    throttled: int
    refused: int
    stall_ms: float
    breaches: list[str]


@contextmanager
def running(*command: str, env: dict[str, str]) -> Generator[str]:
    """Run one of our servers and give the address that it tells."""
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield next(word for line in process.stdout for word in line.split() if word.startswith("http://"))
        finally:
            process.terminate()
            process.communicate(timeout=60)


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the usual quantiles of seconds, in milliseconds."""
    ordered = sorted(value * 1000 for value in values)
    return {
        "min": round(ordered[0], 2),
        "p50": round(statistics.median(ordered), 2),
        "p99": round(ordered[int(len(ordered) * 0.99)], 2),
        "max": round(ordered[-1], 2),
    }


def windows(times: Sequence[float]) -> tuple[float, float]:
    """Return the least and the greatest interval over duration of all shortest windows of 2 s or more."""
    rates: list[float] = []
    end = 0
    for start, begin in enumerate(times):
        while end < len(times) and times[end] - begin < WINDOW_S:
            end += 1
        if end == len(times):
            break
        rates.append((times[end] - begin) / ((end - start) * FRAME_S))
    return round(min(rates), 4), round(max(rates), 4)


def lateness(times: Sequence[float]) -> list[float]:
    """Return how much later than 160 ms each the frames came, counted from the one that was earliest by that."""
    against = [at - number * FRAME_S for number, at in enumerate(times)]
    return [each - min(against) for each in against]


class Machine:
    """Whether this machine is fit for measuring: `stall` is how late it woke a sleeper at worst, in seconds.

    The promise leaves stalls out, so what is judged may be off by as much.
    """

    def __init__(self) -> None:
        self.stall = 0.0

    async def watch(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(PROBE_S)
            self.stall = max(self.stall, time.monotonic() - began - PROBE_S)


async def ended(client: Client) -> None:
    """Read until the utterance has ended, however long nothing comes."""
    async for message in client.socket:
        event = json.loads(message.data)
        if event["type"] == "utterance" and event["status"] in {"ended", "failed", "interrupted"}:
            return


async def live(http: aiohttp.ClientSession, session: str, seconds: float) -> None:
    async with connected(http, session) as client:
        await client.send("audio.start", ref="mic", purpose="drive", sample_rate=48_000, channels=1, encoding="s16le")
        reading = asyncio.create_task(ended(client))
        await speak(client, pcm(voice(seconds, 48_000)), 48_000)
        await client.send("audio.end", ref="mic")
        await reading


async def file(http: aiohttp.ClientSession, session: str, seconds: float) -> None:
    query = {"wait": "ended", "timeout_s": "3600"}
    async with http.post(f"{session}/audio", params=query, data=wav(voice(seconds, HOUSE_RATE), HOUSE_RATE)) as answer:
        told = await answer.json()
    if told["status"] != "ended":
        raise SystemExit(f"the file was not spoken: {told}")


async def measure(url: str, cloud: str, source: str, seconds: float) -> Figures:
    """Have `seconds` of sound spoken in a session of its own, and judge what came of it."""
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(url, timeout=timeout) as http:
        async with http.post("/v1/sessions", json={"mode": "audio"}) as created:
            session = f"/v1/sessions/{(await created.json())['session_id']}"
        state = ""
        while state != "live":
            await asyncio.sleep(0.2)
            async with http.get(session) as response:
                state = (await response.json())["state"]
        machine = Machine()
        watching = asyncio.create_task(machine.watch())
        await (live if source == "live" else file)(http, session, seconds)
        watching.cancel()
        frames = await sent(http, cloud, session)
        async with http.get(f"{cloud}/_emulator/sessions") as response:
            view: dict[str, Any] = (await response.json())[-1]
        async with http.delete(session):
            pass
    times = [frame.t for frame in frames if frame.audio]
    steady = times if source == "live" else times[LEAD_FRAMES:]
    intervals = [later - earlier for earlier, later in itertools.pairwise(times)]
    rates, audio = windows(times), view["audio"]
    breaches: list[str] = []
    if min(intervals) < SHORTEST_S - JITTER_S - machine.stall:
        breaches.append(f"an interval of {min(intervals) * 1000:.1f} ms")
    slack = (JITTER_S + machine.stall) / WINDOW_S
    if not ALLOWED[0] - slack <= rates[0] <= rates[1] <= ALLOWED[1] + slack:
        breaches.append(f"windows from {rates[0]} to {rates[1]}")
    breaches += [f"{audio[name]} {name}" for name in ("stutters", "throttled", "refused") if audio[name]]
    return Figures(
        source=source,
        frames=len(times),
        drives=len(drives(frames)),
        interval_ms=spread(intervals),
        lateness_ms=spread(lateness(steady)),
        rate_windows=rates,
        stutters=audio["stutters"],
        throttled=audio["throttled"],
        refused=audio["refused"],
        stall_ms=round(machine.stall * 1000, 1),
        breaches=breaches,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of sound for each source; 300 for the long run")
    parser.add_argument("--source", choices=["file", "live", "both"], default="both")
    parser.add_argument("--stalls", type=int, default=0, metavar="SEED", help="stall both, by these dice")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.stalls:
        with tempfile.TemporaryDirectory() as folder:
            tell(paced_run.run(Path(folder), options.seconds, options.stalls), json_wanted=options.json)
        return
    sources = ["file", "live"] if options.source == "both" else [options.source]
    with tempfile.TemporaryDirectory() as state:
        env = {**os.environ, **ACCOUNT, "XDG_STATE_HOME": state}
        with running("emulator", "--port", "0", "--exit-with-stdin", env=env) as cloud:
            env["AVATAR_BRIDGE_CLOUD__BASE_URL"] = cloud
            with running("bridge", "serve", "--port", "0", "--log-level", "error", env=env) as url:
                figures = [asyncio.run(measure(url, cloud, source, options.seconds)) for source in sources]
    tell(figures, json_wanted=options.json)


def tell(figures: Sequence[Figures | Verdict], *, json_wanted: bool) -> None:
    if json_wanted:
        print(json.dumps([asdict(each) for each in figures]))
    else:
        for each in figures:
            print(*(f"{name:14} {value}" for name, value in asdict(each).items()), sep="\n", end="\n\n")
    if any(each.breaches for each in figures):
        raise SystemExit("the promise was broken")


if __name__ == "__main__":
    main()

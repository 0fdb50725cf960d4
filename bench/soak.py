"""Does the server stand hours of ordinary trouble? Real server, real emulated cloud, loopback only; ends by itself.

.venv/bin/python -m bench.soak --minutes 10 --sessions 20

Visitors say short and long texts, fill the queue, stream, play sound, interrupt, go away and come back, while the cloud
drops channels, restarts, and loses, repeats and reorders messages. The exit code is 1 if an utterance got no end or
more than one, events were lost, a session cannot speak any more at the end, a cloud session is open after the server
has ended, the server logged an error, or its tasks or memory have grown since the first fifth of the time.
"""

import argparse
import asyncio
import contextlib
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp

from bench.soak_visitor import Findings, Visitor
from bridge.cli.aio import run
from bridge.gateway.app import run as serve
from bridge.settings import Settings
from bridge.telemetry.logs import configure

FAULTS = (
    *("drop@text", "drop@stream:2", "drop@audio:5", "drop@down:4", "drop@TextStart", "drop@SentenceOver"),
    *("drop@connect", "close@down:3", "no_pong@down", "blackhole@stream:2", "slow@down=0.3", "delay@start=2"),
    *("lose@stream:2", "lose@down:3", "lose@TextOver", "lose@TextStart", "lose@AudioOver", "lose@SentenceNext"),
    *("duplicate@down:2", "duplicate@TextOver", "duplicate@stream:2", "reorder@down:2", "reorder@stream"),
    *("rate@create", "error@stat=-101000"),
)
FAULT_EVERY_S = 4.0
RESTART_SHARE = 0.02
SAMPLE_EVERY_S = 5.0
MEMORY_GROWTH, TASKS_GROWTH = 1.15, 1.25
KNOWN = {"Authorization": "Bearer anybody"}
"""Strangers of one address may connect only so fast."""
STOP_S = 40.0

Samples = dict[str, list[int]]


async def trouble(cloud: aiohttp.ClientSession, findings: Findings, until: float, seed: int) -> None:
    """Let something go wrong every few seconds, for whoever comes to that step first."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        await asyncio.sleep(chance.expovariate(1 / FAULT_EVERY_S))
        fault = "restart@down" if chance.random() < RESTART_SHARE else chance.choice(FAULTS)
        async with cloud.post("/_emulator/faults", json={"fault": fault, "user_id": "*", "times": 1}) as answer:
            answer.raise_for_status()
        findings.faults[fault] += 1
    async with cloud.delete("/_emulator/faults"):
        pass


async def soak(minutes: float, sessions: int, seed: int, command: str) -> dict[str, object]:
    """Run everything and return what was seen."""
    findings = Findings()
    samples: Samples = {"tasks": [], "rss": []}
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    arguments = ("--state-dir", str(folder), "--command", command)
    async with _child("emulator", "--port", "0", "--exit-with-stdin") as emulator:
        cloud_url = (await _line(emulator)).split()[-1]
        async with aiohttp.ClientSession(cloud_url) as cloud:
            async with cloud.post("/_emulator/limits", json={"concurrency": 2 * sessions}):
                pass
            async with _child("bench.soak", "--serve", cloud_url, *arguments) as server:
                url = json.loads(await _line(server))["url"]
                async with asyncio.TaskGroup() as readers, aiohttp.ClientSession(url, headers=KNOWN) as http:
                    readers.create_task(_read_log(server, findings, folder / "server.log"))
                    readers.create_task(_sample(server, samples))
                    until = time.monotonic() + 60 * minutes
                    async with asyncio.TaskGroup() as group:
                        group.create_task(trouble(cloud, findings, until, seed))
                        for number in range(sessions):
                            visitor = Visitor(f"visitor-{number}", http, findings, seed + number)
                            group.create_task(visitor.live(until))
                    await _stop(server)
            async with cloud.get("/_emulator/sessions") as answer:
                left = [each["session_id"] for each in await answer.json() if each["status"] == 1]
    findings.wrong += [f"{session_id} was left open in the cloud" for session_id in left]
    return {**_figures(findings, samples), "log": str(folder / "server.log"), "wrong": findings.wrong}


def _figures(findings: Findings, samples: Samples) -> dict[str, object]:
    """Compare the second tenth of the time with the last one."""
    figures: dict[str, object] = {"accepted": findings.accepted}
    for name in ("refused", "ends", "errors", "states", "faults"):
        figures[name] = getattr(findings, name)
    for name, growth in (("tasks", TASKS_GROWTH), ("rss", MEMORY_GROWTH)):
        values = samples[name]
        tenth = max(1, len(values) // 10)
        tenths = [round(statistics.median(values[at : at + tenth])) for at in range(0, len(values), tenth)]
        figures[f"{name}_by_tenths"] = tenths
        early, late = tenths[min(1, len(tenths) - 1)], tenths[-1]
        if late > early * growth:
            findings.wrong.append(f"{name} grew from {early} to {late}")
    return figures


async def _sample(server: Process, samples: Samples) -> None:
    """Take what the server tells of itself until it ends."""
    while line := await _line(server):
        for name, value in json.loads(line).items():
            samples[name].append(value)


async def _read_log(server: Process, findings: Findings, file: Path) -> None:
    """Keep the server's log, and look for errors in it."""
    assert server.stderr is not None
    with file.open("w") as kept:
        async for line in server.stderr:
            text = line.decode()
            kept.write(text)
            level = json.loads(text).get("level") if text.startswith("{") else "none"
            if level not in {"info", "warning"}:
                findings.wrong.append(f"logged: {text.strip()[:400]}")


@contextlib.asynccontextmanager
async def _child(module: str, *arguments: str) -> AsyncGenerator[Process]:
    """Run a program that ends with its standard input."""
    stderr = None if module == "emulator" else PIPE
    command = (sys.executable, "-m", module, *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=stderr, limit=1 << 20)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode()


async def _stop(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(STOP_S):
        await process.wait()


async def serve_and_tell(cloud_url: str, state_dir: str, command: str) -> None:
    """Serve until standard input ends, and tell how many tasks and bytes that takes."""
    account = {"appkey": "emulator", "accesstoken": "emulator-secret", "project_id": "demo"}
    settings = Settings.model_validate(
        {
            "server": {"port": 0, "state_dir": state_dir, "max_sessions": 1000},
            "cloud": {"base_url": cloud_url, **account},
            "drive": {"command": command},
        }
    )
    stop, ready = asyncio.Event(), asyncio.Event()

    def tell_where(url: str) -> None:
        _tell(url=url)
        ready.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(serve(settings, ready=tell_where, stop=stop))
        await ready.wait()
        reading = group.create_task(asyncio.to_thread(sys.stdin.read))
        while not reading.done():
            await asyncio.wait([reading], timeout=SAMPLE_EVERY_S)
            _tell(tasks=len(asyncio.all_tasks()), rss=_rss())
        stop.set()


def _tell(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--command", choices=["stream", "text"], default="stream", help="how text is sent")
    parser.add_argument("--serve", metavar="CLOUD", help=argparse.SUPPRESS)
    parser.add_argument("--state-dir", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        configure("info", json=True)
        run(serve_and_tell(options.serve, options.state_dir, options.command))
        return
    figures = run(soak(options.minutes, options.sessions, options.seed, options.command))
    print(json.dumps(figures, indent=2))
    sys.exit(1 if figures["wrong"] else 0)


if __name__ == "__main__":
    main()

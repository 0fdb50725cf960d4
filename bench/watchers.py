"""What a session's watchers cost, and whether slow ones slow the others down. Loopback only; ends by itself.

.venv/bin/python -m bench.watchers --watchers 200 --stalled 20 --idle 10000

The server runs in this process, on the loop that `serve` uses; the watchers run in another one. Half of the watchers
of the fan-out read the WebSocket, half the server-sent events. The delay of an event is from just before it enters
the log to its arrival in the watchers' process, by the machine's monotonic clock.
"""

import argparse
import asyncio
import gc
import json
import resource
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.crowd import crowd
from bridge.cli.aio import run
from bridge.gateway.app import serving
from bridge.session.events import Transcript
from bridge.session.new import NewSession
from bridge.session.session import Session
from bridge.settings import Settings
from bridge.telemetry.logs import configure
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, plain_cloud

PADDING = "x" * 1000
EVENTS_PER_S = 50
SECONDS = 12


async def emit(session: Session) -> float | None:
    """Emit stamped events for 12 s; return when the stalled watchers were gone, in seconds from the beginning."""
    began, gone = time.monotonic(), None
    attached = session.snapshot().attached
    for number in range(EVENTS_PER_S * SECONDS):
        session.emit(Transcript(who="assistant", text=f"{time.monotonic_ns()} {PADDING}", final=True))
        if gone is None and session.snapshot().attached < attached:
            gone = time.monotonic() - began
        await asyncio.sleep(max(0.0, began + (number + 1) / EVENTS_PER_S - time.monotonic()))
    return gone


def milliseconds(delays: list[int]) -> dict[str, float]:
    """Return median and 99th percentile."""
    cuts = statistics.quantiles(delays, n=100)
    return {"p50_ms": round(cuts[49] / 1e6, 2), "p99_ms": round(cuts[98] / 1e6, 2)}


async def fan_out(address: str, session: Session, watchers: int, stalled: int) -> dict[str, object]:
    """Measure the delays at `watchers`, with and without others that never read."""
    figures: dict[str, object] = {"watchers": watchers, "stalled": stalled, "events_per_s": EVENTS_PER_S}
    path = f"/v1/sessions/{session.session_id}"
    p99: dict[str, float] = {}
    for name, lazy in (("alone", 0), ("beside_stalled", stalled)):
        async with crowd(address, path, watchers, stalled=lazy) as them:
            await asyncio.sleep(1)
            gone = await emit(session)
            await asyncio.sleep(0.5)
        seen = milliseconds(them.delays)
        p99[name] = seen["p99_ms"]
        figures[name] = {
            **seen,
            "deliveries": len(them.delays),
            "lost": EVENTS_PER_S * SECONDS * watchers - len(them.delays),
        }
        if lazy:
            figures["stalled_gone_after_s"] = gone and round(gone, 1)
    figures["p99_ratio"] = round(p99["beside_stalled"] / p99["alone"], 2)
    return figures


async def idle(address: str, session: Session, watchers: int) -> dict[str, object]:
    """Measure what `watchers` that only wait take of this process's memory."""
    path = f"/v1/sessions/{session.session_id}"
    async with crowd(address, path, 100, sockets_only=True):
        pass
    gc.collect()
    before = rss()
    async with crowd(address, path, watchers, sockets_only=True):
        await asyncio.sleep(2)
        attached = session.snapshot().attached
        gc.collect()
        grown = rss() - before
    return {"idle_watchers": attached, "kib_each": round(grown / attached / 1024, 1)}


def rss() -> int:
    """Return this process's resident memory in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def measure(watchers: int, stalled: int, idle_watchers: int) -> dict[str, object]:
    """Return all figures."""
    async with plain_cloud() as cloud:
        with TemporaryDirectory() as state:
            settings = Settings.model_validate(
                {
                    "server": {"port": 0, "state_dir": state, "max_connections": idle_watchers + 1000},
                    "cloud": {
                        "base_url": cloud.url,
                        "appkey": APPKEY,
                        "accesstoken": ACCESSTOKEN,
                        "project_id": PROJECT,
                    },
                }
            )
            async with serving(settings) as (server, address):
                session = server.pool.create(
                    NewSession(user_id=None, avatar=None, mode="text", dialog=None, replace=False, metadata={})
                )
                figures: dict[str, object] = {}
                if idle_watchers:
                    figures["memory"] = await idle(address, session, idle_watchers)
                if watchers:
                    figures["fan_out"] = await fan_out(address, session, watchers, stalled)
                return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchers", type=int, default=200)
    parser.add_argument("--stalled", type=int, default=20)
    parser.add_argument("--idle", type=int, default=10_000)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    configure("error", json=False)
    print(json.dumps(run(measure(options.watchers, options.stalled, options.idle))))


if __name__ == "__main__":
    main()

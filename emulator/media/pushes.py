"""The pushes to CssCustomPushUrl: one for each session that asked for it, from its start to its end."""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import Final, NoReturn
from urllib.parse import urlsplit

import msgspec

from emulator.child import environment
from emulator.face.face import HEIGHT, RATE
from emulator.media.feed import LIVE, NOT_ALLOWED, PushOrder, packed
from emulator.media.pace import next_tick
from emulator.media.stage import SAMPLES_PER_PICTURE, Stage, Stages
from emulator.media.tracks import PATIENCE
from emulator.performance import Performance

CONNECT_SECONDS: Final = 10.0
STALL_SECONDS: Final = 5.0
"""A server that takes nothing for so long is left."""

GOODBYE_SECONDS: Final = 1.0
LONGEST_WAIT: Final = 15.0

_log = logging.getLogger(__name__)


def wait_before(attempt: int) -> float:
    """Return how many seconds to wait before the `attempt`-th attempt in a row that follows on a failed one, from 1."""
    return min(LONGEST_WAIT, 2.0 ** min(attempt - 1, 10))


class Pushes:
    """All pushes, each with a process of its own; what a push shows is drawn once for it and all who watch."""

    def __init__(self, stages: Stages, *, anywhere: bool = False) -> None:
        """Push to machines nearby only, unless `anywhere`."""
        self._stages = stages
        self._anywhere = anywhere
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def begin(self, key: str, performance: Performance, url: str, not_allowed: Callable[[], None]) -> None:
        """Push `performance` to the rtmp address `url` until `end`, or until it turns out to be `not_allowed`.

        A push that fails begins again by itself. A second call with the same `key` changes nothing, nor does one after
        `aclose`.
        """
        if key not in self._tasks and not self._closed:
            work = self._push(key, performance, url, not_allowed)
            self._tasks[key] = asyncio.create_task(work, name=f"push {key}")

    async def end(self, key: str) -> None:
        """End one push; an unknown key does nothing."""
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def aclose(self) -> None:
        """End all, and begin no more."""
        self._closed = True
        await asyncio.gather(*(self.end(key) for key in list(self._tasks)))

    async def _push(self, key: str, performance: Performance, url: str, not_allowed: Callable[[], None]) -> None:
        place, failed = urlsplit(url).netloc.rpartition("@")[2], 0
        with self._stages.watch(performance) as stage:
            order = PushOrder(url, stage.width, HEIGHT, self._anywhere)
            while True:
                attempt = _Attempt(order)
                reason = await attempt.run(stage)
                if reason == NOT_ALLOWED:
                    _log.warning("session %s is not pushed to %s, which is not nearby", key, place)
                    not_allowed()
                    return
                failed = 1 if attempt.live else failed + 1
                wait = wait_before(failed)
                what = reason.decode(errors="replace").strip() or "no reason"
                _log.warning("session %s: the push to %s broke off (%s), again in %g s", key, place, what, wait)
                await asyncio.sleep(wait)


class _Attempt:
    """One connection, with the process that holds it."""

    def __init__(self, order: PushOrder) -> None:
        self.live = False
        self._order = order

    async def run(self, stage: Stage) -> bytes:
        """Push until it fails and return why."""
        try:
            process = await _publisher()
        except OSError as error:
            return type(error).__name__.encode()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            return await self._converse(process.stdin, process.stdout, stage)
        finally:
            await _end(process)

    async def _converse(self, feed: asyncio.StreamWriter, told: asyncio.StreamReader, stage: Stage) -> bytes:
        feed.write(msgspec.json.encode(self._order) + b"\n")
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                line = await told.readline()
            if line != LIVE:
                return line
            self.live = True
            await _feed(feed, stage)
        except TimeoutError:
            return b"the server hangs"
        except OSError:
            return await told.readline()


async def _publisher() -> asyncio.subprocess.Process:
    """Start the process that pushes; raises OSError."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "emulator.media.publisher",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # what a library may write there holds the address
        env=environment(),
    )


async def _feed(feed: asyncio.StreamWriter, stage: Stage) -> NoReturn:
    """Feed the process until it is gone, which raises OSError, or takes nothing, which raises TimeoutError."""
    tick = first = next_tick(None, stage.performance.now(), RATE, PATIENCE)
    heard = first * SAMPLES_PER_PICTURE
    while True:
        await stage.until(tick / RATE)
        picture = await stage.picture(tick)
        until = (tick + 1) * SAMPLES_PER_PICTURE  # the sound of pictures that were left out comes with the next one
        feed.write(packed(tick - first, picture, stage.sound(heard, until - heard)))
        async with asyncio.timeout(STALL_SECONDS):
            await feed.drain()
        heard, tick = until, next_tick(tick, stage.performance.now(), RATE, PATIENCE)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let the process say goodbye, not for long."""
    try:
        if process.stdin is not None:
            process.stdin.close()
        async with asyncio.timeout(GOODBYE_SECONDS):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

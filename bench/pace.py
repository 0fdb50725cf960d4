"""Promise 6.3 in a real event loop: both laws for minutes, with stalls of the whole loop, checked frame by frame.

.venv/bin/python -m bench.pace --seconds 300
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import statistics
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field

from audio.pacer import Dropped, Effect, FilePacer, LivePacer, Pacer
from tests.unit.audio.pacing import Stall, bad_windows, late, too_close

SAMPLES = 320
PIECE_S = 0.020
FRAME_S = 0.160
PIECES_A_FRAME = 8
DRIFT = 1 + 200e-6
PROBE_S = 0.005
UNPLANNED_S = 0.020


@dataclass
class Run:
    """What one drive did, in seconds since it began."""

    law: str
    numbers: list[int] = field(default_factory=list[int])
    starts: list[float] = field(default_factory=list[float])
    lateness: list[float] = field(default_factory=list[float])
    stalls: list[Stall] = field(default_factory=list[Stall])
    unplanned: int = 0
    dropped: int = 0
    starved: int = 0


def piece(number: int) -> bytes:
    """20 ms whose every sample holds the number of its frame."""
    return (number // PIECES_A_FRAME).to_bytes(2, "little") * SAMPLES


class Trouble:
    """Stops the whole loop: 100 ms before 5 % of the frames, 500 ms before 0.5 %."""

    def __init__(self, run: Run, began: float, seed: int) -> None:
        self._run = run
        self._began = began
        self._random = random.Random(seed)

    def before_frame(self) -> None:
        dice = self._random.random()
        length = 0.5 if dice < 0.005 else 0.1 if dice < 0.055 else 0.0
        if length:
            start = time.monotonic() - self._began
            time.sleep(length)
            self._run.stalls.append(Stall("loop", start, time.monotonic() - self._began))


async def notice(run: Run, began: float) -> None:
    """Count what else stops the loop, on a machine with other work, among the stalls."""
    while True:
        start = time.monotonic() - began
        known = len(run.stalls)
        await asyncio.sleep(PROBE_S)
        end = time.monotonic() - began
        if end - start > PROBE_S + UNPLANNED_S and len(run.stalls) == known:
            run.stalls.append(Stall("loop", start + PROBE_S, end))
            run.unplanned += 1


@contextlib.asynccontextmanager
async def noticing(run: Run, began: float) -> AsyncGenerator[None, None]:
    watch = asyncio.create_task(notice(run, began), name="notice")
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def microphone(began: float, seconds: float, trouble: Trouble) -> AsyncIterator[bytes]:
    """Pieces of 20 ms by a clock that is 200 ppm slow."""
    for number in range(int(seconds / PIECE_S)):
        await asyncio.sleep(began + (number + 1) * PIECE_S * DRIFT - time.monotonic())
        if number % PIECES_A_FRAME == PIECES_A_FRAME - 1:
            trouble.before_frame()
        yield piece(number)


async def write_frames(pacer: Pacer, run: Run, began: float, more: asyncio.Event, trouble: Trouble | None) -> None:
    """Write what the pacer lets go, each write taking a moment."""
    while not pacer.done:
        more.clear()
        deadline = pacer.next_deadline()
        wait = None if deadline is None else deadline - time.monotonic()
        if wait is None or wait > 0:
            try:
                async with asyncio.timeout(wait):
                    await more.wait()
            except TimeoutError:
                pass
            continue
        if trouble:
            trouble.before_frame()
        now = time.monotonic()
        pacer.tick(now)
        if frame := pacer.take(now):
            run.numbers.append(int.from_bytes(frame.pcm[:2], "little"))
            run.starts.append(now - began)
            run.lateness.append(frame.lateness)
            await asyncio.sleep(0.001)
            pacer.written(time.monotonic())
            more.set()


def count(run: Run, effects: Sequence[Effect]) -> None:
    run.dropped += sum(effect.frames for effect in effects if isinstance(effect, Dropped))


async def live(seconds: float, seed: int) -> Run:
    """A microphone."""
    run, pacer, more, began = Run("live"), LivePacer(), asyncio.Event(), time.monotonic()
    async with noticing(run, began), asyncio.TaskGroup() as tasks:
        tasks.create_task(write_frames(pacer, run, began, more, None), name="writer")
        async for pcm in microphone(began, seconds, Trouble(run, began, seed)):
            count(run, pacer.receive(pcm, time.monotonic()))
            more.set()
        pacer.end(time.monotonic())
        more.set()
    return run


async def file(seconds: float, seed: int) -> Run:
    """A source that is always ready."""
    run, pacer, more, began = Run("file"), FilePacer(), asyncio.Event(), time.monotonic()
    given, all_of_them = 0, int(seconds / FRAME_S) * PIECES_A_FRAME
    async with noticing(run, began), asyncio.TaskGroup() as tasks:
        writer = tasks.create_task(write_frames(pacer, run, began, more, Trouble(run, began, seed)), name="writer")
        while given < all_of_them and not writer.done():
            while given < all_of_them and pacer.wants_more:
                count(run, pacer.receive(piece(given), time.monotonic()))
                given += 1
                more.set()
            await asyncio.sleep(0.010)
        pacer.end(time.monotonic())
        more.set()
    run.starved = pacer.counters.starved
    return run


def calm_windows(run: Run) -> list[list[float]]:
    """The stretches of starts in which no stall is felt any more."""
    stretches: list[list[float]] = [[]]
    bounds = [(stall.start, stall.end + 3 * (stall.end - stall.start) + 0.320) for stall in run.stalls]
    for start in run.starts:
        if any(begin <= start < end for begin, end in bounds):
            stretches.append([])
        else:
            stretches[-1].append(start)
    return [stretch for stretch in stretches if len(stretch) > 1]


@dataclass(frozen=True)
class Figures:
    """What is printed of a run."""

    law: str
    frames: int
    stalls: int
    unplanned_stalls: int
    lateness_p50_ms: float
    lateness_p99_ms: float
    lateness_max_ms: float
    shortest_interval_ms: float
    calm_rates: tuple[float, float]
    dropped: int
    breaches: list[str]


def judge(run: Run) -> Figures:
    """Return the figures of a run and every breach of the promise."""
    breaches = too_close(run.starts)
    if run.law == "live":
        breaches += late([(number + 1) * FRAME_S * DRIFT for number in run.numbers], run.starts, run.stalls)
    elif run.dropped or run.starved:
        breaches.append(f"{run.dropped} dropped, the cloud ran dry {run.starved} times")
    stretches = calm_windows(run)
    for stretch in stretches:
        breaches += bad_windows(stretch)
    rates = [(b[-1] - b[0]) / ((len(b) - 1) * FRAME_S) for b in stretches if b[-1] - b[0] >= 2]
    late_ms = sorted(lateness * 1000 for lateness in run.lateness)
    return Figures(
        law=run.law,
        frames=len(run.starts),
        stalls=len(run.stalls),
        unplanned_stalls=run.unplanned,
        lateness_p50_ms=round(statistics.median(late_ms), 2),
        lateness_p99_ms=round(late_ms[int(len(late_ms) * 0.99)], 2),
        lateness_max_ms=round(late_ms[-1], 2),
        shortest_interval_ms=round(min(b - a for a, b in itertools.pairwise(run.starts)) * 1000, 2),
        calm_rates=(round(min(rates, default=0), 4), round(max(rates, default=0), 4)),
        dropped=run.dropped,
        breaches=breaches,
    )


async def measure(seconds: float, seed: int) -> list[Figures]:
    """Both laws, one after the other: the stalls of one would be stalls of the other."""
    return [judge(await live(seconds, seed)), judge(await file(seconds, seed + 1))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.seconds, options.seed))
    if options.json:
        print(json.dumps([asdict(law) for law in figures]))
    else:
        for law in figures:
            print(*(f"{name:22} {value}" for name, value in asdict(law).items()), sep="\n", end="\n\n")
    if any(law.breaches for law in figures):
        raise SystemExit("the promise was broken")


if __name__ == "__main__":
    main()

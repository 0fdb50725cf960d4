"""The sleeper of a session, on a loop whose time is real but short."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bridge.session.alarm import NEVER, Alarm


class Clock:
    """Something with a deadline; `rung` has the times at which it was due, `asked` how often the deadline was read."""

    def __init__(self) -> None:
        self.at = NEVER
        self.rung: list[float] = []
        self.asked = 0
        self.news = asyncio.Event()
        self.alarm = Alarm(self.next_at, self.due)

    def next_at(self) -> float:
        self.asked += 1
        return self.at

    def due(self, now: float) -> None:
        assert now >= self.at
        self.rung.append(now)
        self.at = NEVER
        self.news.set()

    def set(self, at: float) -> None:
        self.at = at
        self.alarm.changed()


@asynccontextmanager
async def running() -> AsyncGenerator[Clock]:
    clock = Clock()
    task = asyncio.create_task(clock.alarm.run())
    await asyncio.sleep(0)
    try:
        yield clock
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_it_rings_when_the_time_has_come():
    async with running() as clock, asyncio.timeout(20):
        at = time.monotonic() + 0.02
        clock.set(at)
        await clock.news.wait()
    assert len(clock.rung) == 1
    assert clock.rung[0] >= at


async def test_what_is_due_already_rings_at_once():
    async with running() as clock, asyncio.timeout(20):
        clock.set(time.monotonic() - 1)
        await clock.news.wait()
    assert len(clock.rung) == 1


async def test_an_earlier_deadline_is_not_slept_over():
    async with running() as clock, asyncio.timeout(20):
        clock.set(time.monotonic() + 3600)
        await asyncio.sleep(0)
        clock.set(time.monotonic() + 0.01)
        await clock.news.wait()


async def test_a_later_deadline_wakes_nobody_and_is_kept():
    async with running() as clock, asyncio.timeout(20):
        first = time.monotonic() + 0.05
        clock.set(first)
        await asyncio.sleep(0)
        asked = clock.asked
        later = first + 0.05
        for _ in range(100):
            clock.set(later)
        await asyncio.sleep(0)
        assert clock.asked == asked + 100, "the sleeper slept on"
        await clock.news.wait()
    assert len(clock.rung) == 1
    assert clock.rung[0] >= later


async def test_a_deadline_that_does_not_go_away_holds_up_nobody():
    clock, turns = Clock(), 0
    stuck = Alarm(lambda: 0.0, clock.rung.append)
    task = asyncio.create_task(stuck.run())
    async with asyncio.timeout(20):
        while len(clock.rung) < 50:
            turns += 1
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert turns >= 40

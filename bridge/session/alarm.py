"""Sleeps until the next deadline of those who decide, whenever that is."""

import asyncio
import time
from collections.abc import Callable

NEVER = float("inf")


class Alarm:
    """Calls `due` once the time that `next_at` returns has come (monotonic seconds; infinity for never).

    `changed` is to be called whenever `next_at` may return another time, or `by` with one that may be new. One that is
    later than before, as after every frame of sound, wakes nobody: the sleeper finds out by itself.
    """

    def __init__(self, next_at: Callable[[], float], due: Callable[[float], None]) -> None:
        self._next_at = next_at
        self._due = due
        self._wakes_at = NEVER
        self._woken: asyncio.Future[None] | None = None

    def changed(self) -> None:
        """Take note that the next deadline may be another one."""
        if self._woken is not None:
            self.by(self._next_at())

    def by(self, at: float) -> None:
        """Take note of a deadline."""
        if at < self._wakes_at and self._woken is not None:
            _wake(self._woken)

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            now = time.monotonic()
            self._wakes_at = self._next_at()
            if self._wakes_at <= now:
                self._due(now)
                await asyncio.sleep(0)  # a deadline that does not go away holds up nobody else
            else:
                await self._sleep(self._wakes_at - now)

    async def _sleep(self, delay: float) -> None:
        """Return after `delay`, or when an earlier deadline has come up."""
        loop = asyncio.get_running_loop()
        woken = self._woken = loop.create_future()
        timer = None if delay == NEVER else loop.call_later(delay, _wake, woken)
        try:
            await woken
        finally:
            self._woken = None
            if timer is not None:
                timer.cancel()


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)

"""Sleeps until the next deadline of those who decide, whenever that is."""

import asyncio
import time
from collections.abc import Callable


class Alarm:
    """Calls `due` once the time that `next_at` returns has come (monotonic seconds; infinity for never).

    `changed` is to be called whenever `next_at` may return another time.
    """

    def __init__(self, next_at: Callable[[], float], due: Callable[[float], None]) -> None:
        self._next_at = next_at
        self._due = due
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Take note that the next deadline may be another one."""
        self._changed.set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._changed.clear()
            delay = self._next_at() - time.monotonic()
            try:
                async with asyncio.timeout(None if delay == float("inf") else max(0.0, delay)):
                    await self._changed.wait()
            except TimeoutError:
                self._due(time.monotonic())

"""Waiting for something to become true."""

import asyncio
from collections.abc import Callable

Condition = Callable[[], bool]


class Progress:
    """Wakes those who wait whenever what they wait for has become true; each looks once more for itself."""

    def __init__(self) -> None:
        self._waiters: list[tuple[Condition, asyncio.Future[None]]] = []

    def tell(self) -> None:
        """Say that something has changed."""
        if not self._waiters:
            return
        waiters, self._waiters = self._waiters, []
        for condition, waiter in waiters:
            if waiter.done():
                continue
            try:
                holds = condition()
            except Exception as error:  # noqa: BLE001 - whoever asks so gets it, and nobody else
                waiter.set_exception(error)
                continue
            if holds:
                waiter.set_result(None)
            else:
                self._waiters.append((condition, waiter))

    async def until(self, condition: Condition) -> None:
        """Return when `condition` holds; it is asked at every `tell`, so it is quick and changes nothing."""
        while not condition():
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append((condition, waiter))
            await waiter

"""A client's view of a session's event log while it is there."""

import asyncio
from collections.abc import Sequence

from bridge.session.eventlog import Entry

BACKLOG = 256


class Subscription:
    """Iterates over the entries from `start` on; `missed` are those between the client's last one and `start`.

    Holds at most 256 entries that were not taken yet: then it ends with `lagged` set, and the client has to resume.
    One task takes at a time; a wait may be cancelled, and nothing is lost by it.
    """

    __slots__ = ("_ended", "_entries", "_waiter", "lagged", "missed", "recovered", "start")

    def __init__(self, start: int, missed: Sequence[Entry] | None) -> None:
        self.start = start
        self.recovered = missed is not None
        self.missed: Sequence[Entry] = missed or ()
        self.lagged = False
        self._entries: list[Entry] = []
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None

    def offer(self, entry: Entry) -> None:
        """Hand over the next entry."""
        if self._ended:
            return
        if len(self._entries) >= BACKLOG:
            self.lagged = True
            self.end()
        else:
            self._entries.append(entry)
            self._wake()

    @property
    def pending(self) -> int:
        """How many entries can be taken at once."""
        return len(self._entries)

    def end(self) -> None:
        """Say that no entry follows."""
        self._ended = True
        self._wake()

    async def take(self) -> Sequence[Entry]:
        """Return all entries that are there, at least one; none at the end."""
        if not self._entries:
            await self._news()
        taken, self._entries = self._entries, []
        return taken

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Entry:
        if not self._entries:
            await self._news()
        if not self._entries:
            raise StopAsyncIteration
        return self._entries.pop(0)

    async def _news(self) -> None:
        """Return when there is an entry, or the end."""
        while not self._entries and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

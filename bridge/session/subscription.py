"""A client's view of a session's event log while it is there."""

import asyncio
from collections.abc import Sequence

from bridge.session.eventlog import Entry

BACKLOG = 256


class Subscription:
    """Iterates over the entries from `start` on; `missed` are those between the client's last one and `start`.

    Holds at most 256 entries that were not taken yet: then it ends with `lagged` set, and the client has to resume.
    """

    def __init__(self, start: int, missed: Sequence[Entry] | None) -> None:
        self.start = start
        self.recovered = missed is not None
        self.missed: Sequence[Entry] = missed or ()
        self.lagged = False
        self._entries: asyncio.Queue[Entry | None] = asyncio.Queue(BACKLOG + 1)
        self._ended = False

    def offer(self, entry: Entry) -> None:
        """Hand over the next entry."""
        if self._ended:
            return
        if self._entries.qsize() >= BACKLOG:
            self.lagged = True
            self.end()
        else:
            self._entries.put_nowait(entry)

    def end(self) -> None:
        """Say that no entry follows."""
        if not self._ended:
            self._ended = True
            self._entries.put_nowait(None)

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Entry:
        entry = await self._entries.get()
        if entry is None:
            self._entries.put_nowait(None)
            raise StopAsyncIteration
        return entry

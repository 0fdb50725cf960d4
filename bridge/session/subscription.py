"""A client's view of a session's event log while it is there."""

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from bridge.session.eventlog import Entry

BACKLOG = 256
HURRIED = 64


class Subscription:
    """Iterates over the entries from `start` on; `missed` are those between the client's last one and `start`.

    Holds at most 256 entries that were not taken yet: then it ends with `lagged` set, and the client has to resume.
    One task takes at a time; a wait may be cancelled, and nothing is lost by it. Who does not want to wait sets
    `on_news`, which is called when there is an entry, or the end. A context manager that calls `leave`.
    """

    __slots__ = ("_ended", "_entries", "_leave", "_waiter", "lagged", "missed", "on_news", "recovered", "start")

    def __init__(
        self, start: int, missed: Sequence[Entry] | None, leave: "Callable[[Subscription], None] | None" = None
    ) -> None:
        self.start = start
        self.recovered = missed is not None
        self.missed: Sequence[Entry] = missed or ()
        self.lagged = False
        self._entries: list[Entry] = []
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None
        self._leave = leave
        self.on_news: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave. May be called twice."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave(self)

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

    def whisper(self, entry: Entry) -> None:
        """Hand over what matters at this moment only; a client that is 64 entries behind does not get it."""
        if not self._ended and len(self._entries) < HURRIED:
            self._entries.append(entry)
            self._wake()

    @property
    def pending(self) -> int:
        """How many entries can be taken at once."""
        return len(self._entries)

    @property
    def has_ended(self) -> bool:
        """Whether no entry follows those that are pending."""
        return self._ended

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
        if self.on_news is not None:
            self.on_news()

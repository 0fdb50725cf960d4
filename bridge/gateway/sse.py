"""Server-sent events to one reader, who has to keep up (WHATWG HTML, 9.2)."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec
import structlog
from aiohttp import web

from bridge.gateway import slow
from bridge.gateway.context import GATEWAY
from bridge.gateway.server import Connection

log = structlog.stdlib.get_logger("bridge.gateway")

T = TypeVar("T")

KEEPALIVE_S = 15.0
SLOW_S = slow.SLOW_S

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
}


class ReaderGone(Exception):
    """The reader has left, or was dropped because it did not read for 5 s."""


def frame(data: bytes, *, event: str | None = None, event_id: str | None = None) -> bytes:
    """Return one event; `data` is JSON, so it has no line ends."""
    head = (f"event: {event}\n" if event else "") + (f"id: {event_id}\n" if event_id else "")
    return head.encode() + b"data: " + data + b"\n\n"


def json_frame(event: str, data: object) -> bytes:
    """Return one named event with `data` as JSON."""
    return frame(msgspec.json.encode(data), event=event)


class EventStream:
    """An async context manager around the answer that carries the events.

    The handler is cancelled when its reader leaves. The connection is not used for anything after it.
    """

    def __init__(self, request: web.Request, until: float | None = None) -> None:
        """`until` is when `next` finds the end, in Unix seconds."""
        transport = request.transport
        connection = request.protocol
        if transport is None or not isinstance(connection, Connection):
            raise ConnectionResetError
        self._loop = asyncio.get_running_loop()
        self._request = request
        self._transport = transport
        self._lost = connection.lost
        self._until = None if until is None else self._loop.time() + until - time.time()
        self._handler: asyncio.Task[object] | None = None
        self.response = web.StreamResponse(headers=HEADERS)
        self.response.force_close()

    async def __aenter__(self) -> Self:
        self._handler = asyncio.current_task()
        self._lost.add_done_callback(self._leave)
        slow.watch(self._transport)
        await self.response.prepare(self._request)
        # The head goes out with the first line, and the reader knows that it is connected.
        await self.send(b"retry: 1000\n\n")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lost.remove_done_callback(self._leave)

    async def send(self, data: bytes) -> None:
        """Write `data`; a reader who leaves it lying for 5 s is dropped. Raises ReaderGone."""
        # A timeout around the write would leave it half done: the transport is aborted, and the write fails.
        watchdog = asyncio.get_running_loop().call_later(SLOW_S, self._drop)
        try:
            await self.response.write(data)
            await self._request.writer.drain()
        except (ConnectionError, aiohttp.ClientConnectionError) as error:
            raise ReaderGone from error
        finally:
            watchdog.cancel()

    async def next(self, items: AsyncIterator[T]) -> T | None:
        """Return the next item, or None at the end; in quiet times the reader gets a comment every 15 s.

        `items` must survive that its `__anext__` is cancelled. Raises ReaderGone.
        """
        while (patience := self._patience()) > 0:
            try:
                async with asyncio.timeout(patience):
                    return await anext(items, None)
            except TimeoutError:
                if self._patience() <= 0:
                    break
                await self.send(b": keepalive\n\n")
        return None

    def _patience(self) -> float:
        return KEEPALIVE_S if self._until is None else min(KEEPALIVE_S, self._until - self._loop.time())

    def _leave(self, _lost: asyncio.Future[None]) -> None:
        if self._handler is not None:
            self._handler.cancel()

    def _drop(self) -> None:
        log.info("sse_slow_reader_dropped")
        server = self._request.app.get(GATEWAY)
        if server is not None:
            server.telemetry.metrics.write_aborted("sse")
        self._transport.abort()

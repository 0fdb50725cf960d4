"""aiohttp's WebSocket with two habits changed, and the writer of what a client gets."""

import asyncio
from typing import Literal, Protocol

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bridge.gateway import slow
from bridge.gateway.socket.messages import CLOSE_CODES
from bridge.session.subscription import Subscription

log = structlog.stdlib.get_logger("bridge.gateway")

CLOSE_S = 2.0
"""How long a client may take to answer our close."""


class ClientSocket(web.WebSocketResponse[Literal[False]]):
    """A message that is too long closes it with 4013, and no close waits for a silent client."""

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        """Close; the client has 2 s to take note."""
        if code == WSCloseCode.MESSAGE_TOO_BIG:
            code, message = 4013, CLOSE_CODES[4013].encode()
        transport = self._req.transport if self._req is not None else None
        if transport is None:
            return await super().close(code=code, message=message, drain=drain)
        async with slow.deadline(transport, CLOSE_S):
            return await super().close(code=code, message=message, drain=drain)


class Owner(Protocol):
    """Who is told how the writing goes."""

    def all_sent(self) -> None:
        """Take note that the subscription has ended, and all of it is sent."""
        ...

    def too_slow(self) -> None:
        """Take note that the client left what was sent lying for 5 s; its connection is aborted."""
        ...


class Writer:
    """Sends `first`, then what the subscription brings; its task lives only while there is something to send."""

    __slots__ = ("_first", "_owner", "_request", "_socket", "_subscription", "_task", "_transport")

    def __init__(
        self,
        request: web.Request,
        transport: asyncio.Transport,
        socket: ClientSocket,
        subscription: Subscription,
        first: bytes,
        owner: Owner,
    ) -> None:
        self._request = request
        self._transport = transport
        self._socket = socket
        self._subscription = subscription
        self._first = first
        self._owner = owner
        self._task: asyncio.Task[None] | None = None
        subscription.on_news = self._wake
        self._wake()

    async def aclose(self) -> None:
        """Send nothing more. May be called twice."""
        self._subscription.on_news = None
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    def _wake(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="socket-writer")

    async def _run(self) -> None:
        subscription = self._subscription
        try:
            if self._first:
                await self._send_first()
            while subscription.pending:
                for entry in await subscription.take():
                    await self._send(entry.json)
            if subscription.has_ended:
                self._owner.all_sent()
        except (ConnectionError, aiohttp.ClientConnectionError):
            subscription.on_news = None  # the reader notices too
        finally:
            self._task = None

    async def _send_first(self) -> None:
        first, self._first = self._first, b""
        missed, self._subscription.missed = self._subscription.missed, ()
        await self._send(first)
        for entry in missed:
            await self._send(entry.json)

    async def _send(self, data: bytes) -> None:
        await self._socket.send_frame(data, WSMsgType.TEXT)
        if self._transport.get_write_buffer_size() > 0:
            async with slow.deadline(self._transport, slow.SLOW_S, self._owner.too_slow):
                await self._request.writer.drain()

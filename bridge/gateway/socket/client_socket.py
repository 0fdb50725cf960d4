"""aiohttp's WebSocket with some habits changed, and the writer of what a client gets."""

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

import aiohttp
import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_websocket import WebSocketWriter, WSMessage, WSMessageTextBytes

from bridge.gateway import slow
from bridge.gateway.socket.messages import CLOSE_CODES
from bridge.session.subscription import Subscription

log = structlog.stdlib.get_logger("bridge.gateway")

TURN = 32
"""Messages of one client that are taken in one go."""
QUEUE = 256 * 1024
"""Bytes of messages that wait; beyond twice as many the client's socket is not read."""
CLOSE_S = 2.0
"""How long a client may take to answer our close."""


class Direct(WebSocketDataQueue):
    """The queue between aiohttp's parser and `receive`, past which sound goes: fifty times a second and client.

    A binary message for which nobody else has to be waited for goes to `take` at once, without waking a task. Of what
    has come in one go at most `TURN` do; the others wait in the queue, so that other clients get their turn.
    """

    __slots__ = ("_awaited", "_left", "_waiting", "take")

    def __init__(self, protocol: BaseProtocol, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(protocol, QUEUE, loop=loop)
        self.take: Callable[[bytes], None] | None = None
        self._waiting = 0
        self._awaited = False
        self._left = 0

    def begin_turn(self) -> None:
        """Note that something has come; it is parsed next."""
        self._left = TURN

    def feed_data(self, data: WSMessage | WSMessageTextBytes, size: int) -> None:
        """Take a message from the parser."""
        take = self.take
        if take is not None and self._awaited and self._left and data.type is WSMsgType.BINARY:
            self._left -= 1
            take(data.data)
            return
        self._awaited = False
        self._waiting += 1
        super().feed_data(data, size)

    async def read(self) -> WSMessage | WSMessageTextBytes:
        """Return the next message that waits, or will."""
        self._awaited = not self._waiting
        message = await super().read()
        self._waiting -= 1
        return message


class ClientSocket(web.WebSocketResponse[Literal[False]]):
    """A message that is too long closes it with 4013, and no close waits for a silent client.

    It sends no pings by itself. `hear_directly` tells where binary messages are to go instead of to `receive`.
    """

    _direct: Direct | None = None

    def hear_directly(self, take: Callable[[bytes], None] | None) -> None:
        """Have binary messages taken the moment they come, in their order among the others; `take` must not raise."""
        if self._direct is not None:
            self._direct.take = take

    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: WebSocketWriter) -> None:
        """Do as aiohttp does, with our queue. Should it not call this any more, all goes to `receive`."""
        self._ws_protocol = protocol
        self._writer = writer
        queue = self._reader = self._direct = Direct(request.protocol, asyncio.get_running_loop())
        self._parser = WebSocketReader(queue, self._max_msg_size, compress=False, decode_text=False)
        request.protocol.set_parser(self._parser, data_received_cb=queue.begin_turn)
        request.protocol.keep_alive(False)

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

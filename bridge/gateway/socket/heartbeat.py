"""Pings to a client that says nothing: aiohttp's own cost a timer and a callback for every piece of sound."""

import asyncio
import contextlib

from aiohttp import WSMsgType, web

from bridge.gateway.server import Connection
from bridge.gateway.socket.client_socket import ClientSocket

HEARTBEAT_S = 25.0
PONG_S = 12.5
"""A client that has sent nothing for `HEARTBEAT_S` is pinged; after so much more silence its connection is aborted."""


class Heartbeat:
    """Looks after one connection from `begin` on, by what its `Connection` notes of when it was heard."""

    __slots__ = ("_connection", "_loop", "_pinging", "_socket", "_timer", "_transport")

    def __init__(self, request: web.Request, socket: ClientSocket, transport: asyncio.Transport) -> None:
        protocol = request.protocol
        self._connection = protocol if isinstance(protocol, Connection) else None
        self._socket = socket
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._pinging: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to look."""
        if self._connection is not None:
            self._look(self._connection)

    async def aclose(self) -> None:
        """Look no more. May be called twice."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pinging is not None:
            self._pinging.cancel()
            await asyncio.wait({self._pinging})

    def _look(self, connection: Connection) -> None:
        """Come back when the client will have been silent for too long, unless it is so now."""
        due = connection.heard_at + HEARTBEAT_S
        if self._loop.time() < due:
            self._timer = self._loop.call_at(due, self._look, connection)
            return
        self._pinging = asyncio.create_task(self._ping(), name="socket-ping")
        self._timer = self._loop.call_later(PONG_S, self._judge, connection, self._loop.time())

    def _judge(self, connection: Connection, pinged_at: float) -> None:
        if connection.heard_at < pinged_at:
            self._transport.abort()
        else:
            self._look(connection)

    async def _ping(self) -> None:
        with contextlib.suppress(ConnectionError):  # who reads notices, too
            await self._socket.send_frame(b"", WSMsgType.PING)

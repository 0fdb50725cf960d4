"""A client of the gateway's WebSocket, as a test uses it."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

LIMIT_S = 20


class Client:
    """Sends messages and reads what comes; `seen` is all of it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, kind: str, **rest: object) -> None:
        await self.socket.send_str(json.dumps({"type": kind, **rest}))

    async def next(self) -> dict[str, Any]:
        """Return the next message. Raises EOFError once the connection is closed."""
        async with asyncio.timeout(LIMIT_S):
            message = await self.socket.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise EOFError(self.socket.close_code)
        self.seen.append(json.loads(message.data))
        return self.seen[-1]

    async def until(self, kind: str, **wanted: object) -> dict[str, Any]:
        """Return the next message of this type with these values."""
        while True:
            message = await self.next()
            if message["type"] == kind and wanted.items() <= message.items():
                return message

    def drop(self) -> None:
        """Break the connection without a word of the WebSocket's."""
        self.socket.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    async def closed(self) -> int | None:
        """Read to the end; return the close code."""
        while True:
            try:
                await self.next()
            except EOFError:
                return self.socket.close_code


@asynccontextmanager
async def connected(
    http: aiohttp.ClientSession,
    session: str,
    *,
    token: str | None = None,
    resume: tuple[str, int] | None = None,
    auth: bool = True,
) -> AsyncGenerator[Client]:
    """Connect to `/v1/sessions/…/ws`, and unless told otherwise send `auth`."""
    async with http.ws_connect(f"{session}/ws", max_msg_size=0) as socket:
        client = Client(socket)
        if auth:
            where = {"epoch": resume[0], "offset": resume[1]} if resume else None
            await client.send("auth", **{k: v for k, v in (("token", token), ("resume", where)) if v is not None})
        yield client

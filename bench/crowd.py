"""Many watchers of one session, in a process of their own."""

import asyncio
import base64
import contextlib
import multiprocessing
import os
import re
import socket
import struct
import time
from collections.abc import AsyncGenerator
from multiprocessing.connection import Connection

from yarl import URL

STAMP = re.compile(rb'"text":"(\d+) ')
AT_ONCE = 100
KNOWN = "Authorization: Bearer anybody\r\n"
"""Strangers of one address may connect only so fast."""
LIMIT_S = 120


class Watcher(asyncio.Protocol):
    """Connects, says who it is, and notes how late each stamped event is."""

    def __init__(self, path: str, host: str, *, socket_kind: bool, delays: list[int]) -> None:
        upgrade = (
            f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
        )
        route, head = ("ws", upgrade) if socket_kind else ("events", "")
        self.hello = f"GET {path}/{route} HTTP/1.1\r\nHost: {host}\r\n{KNOWN}{head}\r\n".encode()
        if socket_kind:
            auth = b'{"type":"auth"}'
            self.hello += bytes([0x81, 0x80 | len(auth)]) + struct.pack("!I", 0) + auth
        self._delays = delays
        self._held = b""
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.hello)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        held = self._held + data
        end = 0
        for stamp in STAMP.finditer(held):
            self._delays.append(now - int(stamp[1]))
            end = stamp.end()
        self._held = held[max(end, len(held) - 40) :]
        if not self.welcome.done() and b'"welcome"' in held:
            self.welcome.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError("refused"))


async def connect(address: str, path: str, count: int, delays: list[int], *, sockets_only: bool) -> list[Watcher]:
    host, port = where(address)
    watchers, turn = list[Watcher](), asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(number: int) -> None:
        async with turn:
            kind = sockets_only or number % 2 == 0
            watcher = Watcher(path, f"{host}:{port}", socket_kind=kind, delays=delays)
            watchers.append(watcher)
            await loop.create_connection(lambda: watcher, host, port)
            await watcher.welcome

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(one(number))
    return watchers


def stall(address: str, path: str, count: int) -> list[socket.socket]:
    """Connect clients that never read."""
    host, port = where(address)
    stalled: list[socket.socket] = []
    for number in range(count):
        watcher = Watcher(path, f"{host}:{port}", socket_kind=number % 2 == 0, delays=[])
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((host, port))
        connection.sendall(watcher.hello)
        stalled.append(connection)
    return stalled


def where(address: str) -> tuple[str, int]:
    """Return host and port of an address."""
    url = URL(address)
    assert url.host is not None
    assert url.port is not None
    return url.host, url.port


def watch(pipe: Connection, address: str, path: str, count: int, stalled: int, *, sockets_only: bool) -> None:
    """Run the watchers in a process of their own, until the other side says so; send what they noted."""
    delays: list[int] = []

    async def main() -> None:
        await connect(address, path, count, delays, sockets_only=sockets_only)
        lazy = stall(address, path, stalled)
        pipe.send("connected")
        await asyncio.to_thread(pipe.recv)
        for each in lazy:
            each.close()

    with contextlib.suppress(EOFError):
        asyncio.run(main())
    pipe.send(delays)


class Crowd:
    """The watchers in the other process; `delays` are known once they have left."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.delays: list[int] = []

    async def leave(self) -> None:
        """Send the watchers away."""
        self._pipe.send("leave")
        self.delays = await asyncio.to_thread(self._pipe.recv)


@contextlib.asynccontextmanager
async def crowd(
    address: str, path: str, count: int, *, stalled: int = 0, sockets_only: bool = False
) -> AsyncGenerator[Crowd]:
    """Connect `count` watchers, and `stalled` more that never read; they leave at the end."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=watch, args=(there, address, path, count, stalled), kwargs={"sockets_only": sockets_only}, daemon=True
    )
    process.start()
    there.close()
    try:
        async with asyncio.timeout(LIMIT_S):
            await asyncio.to_thread(here.recv)
            them = Crowd(here)
            yield them
            await them.leave()
    finally:
        process.kill()
        process.join()

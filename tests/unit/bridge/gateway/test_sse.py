"""Streams to real sockets."""

import asyncio
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from bridge.gateway import sse
from bridge.gateway.server import Runner
from bridge.gateway.sse import EventStream, ReaderGone, frame, json_frame


class Items:
    """Yields what is put into it; None ends it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def __aiter__(self) -> "Items":
        return self

    async def __anext__(self) -> bytes:
        item = await self.queue.get()
        if item is None:
            raise StopAsyncIteration
        return item


class Server:
    def __init__(self) -> None:
        self.items = Items()
        self.until: float | None = None
        self.left = asyncio.Event()
        self.reason: BaseException | None = None
        self.address = ("", 0)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        stream = EventStream(request, self.until)
        try:
            async with stream:
                while (item := await stream.next(self.items)) is not None:
                    await stream.send(frame(item))
        except (ReaderGone, asyncio.CancelledError) as error:
            self.reason = error
            raise asyncio.CancelledError from error
        finally:
            self.left.set()
        return stream.response


@asynccontextmanager
async def serving() -> AsyncGenerator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/", server.handle)
    runner = Runner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.address = runner.addresses[0]
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(server: Server, buffer: int | None = None) -> AsyncGenerator[asyncio.StreamReader]:
    connection = socket.socket()
    if buffer is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, server.address)
    reader, writer = await asyncio.open_connection(sock=connection, limit=1024)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await writer.drain()
        yield reader
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def test_frames() -> None:
    assert frame(b"{}") == b"data: {}\n\n"
    assert frame(b"{}", event="delta", event_id="e:1") == b"event: delta\nid: e:1\ndata: {}\n\n"
    assert json_frame("delta", {"text": "a\nb"}) == b'event: delta\ndata: {"text":"a\\nb"}\n\n'


async def test_a_stream_begins_at_once_carries_events_and_ends() -> None:
    async with serving() as server, connected(server) as reader:
        head = await reader.readuntil(b"retry: 1000\n\n")
        assert b"text/event-stream" in head
        assert b"Cache-Control: no-store" in head
        assert b"Content-Encoding" not in head
        server.items.queue.put_nowait(b"1")
        await reader.readuntil(b"data: 1\n\n")
        server.items.queue.put_nowait(None)
        assert (await reader.read()).endswith(b"0\r\n\r\n")
        assert server.reason is None


@pytest.mark.parametrize("busy", [False, True])
async def test_a_stream_ends_when_its_time_is_up(*, busy: bool) -> None:
    async with serving() as server:
        server.until = time.time() + 0.2
        for _ in range(1000 if busy else 0):
            server.items.queue.put_nowait(b"1" * 65_536)
        async with connected(server) as reader, asyncio.timeout(10):
            assert (await reader.read()).endswith(b"0\r\n\r\n")
        assert server.reason is None


async def test_quiet_times_have_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "KEEPALIVE_S", 0.01)
    async with serving() as server, connected(server) as reader:
        for _ in range(3):
            await reader.readuntil(b": keepalive\n\n")
        server.items.queue.put_nowait(b"1")
        await reader.readuntil(b"data: 1\n\n")


async def test_a_reader_who_leaves_is_noticed_at_once() -> None:
    async with serving() as server:
        async with connected(server) as reader:
            await reader.readuntil(b"retry: 1000\n\n")
        async with asyncio.timeout(1):
            await server.left.wait()
        assert isinstance(server.reason, asyncio.CancelledError)


async def test_a_reader_who_does_not_read_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "SLOW_S", 0.1)
    async with serving() as server, connected(server, buffer=4096) as reader:
        await reader.readuntil(b"retry: 1000\n\n")
        for _ in range(256):
            server.items.queue.put_nowait(b"x" * 8192)
        async with asyncio.timeout(5):
            await server.left.wait()
        assert not (await reader.read()).endswith(b"0\r\n\r\n")


async def test_a_reader_who_reads_slowly_but_reads_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "SLOW_S", 2.0)
    async with serving() as server, connected(server, buffer=4096) as reader:
        for number in range(64):
            server.items.queue.put_nowait(b"%d" % number + b"x" * 8192)
        server.items.queue.put_nowait(None)
        received = bytearray()
        while chunk := await reader.read(1024):
            received += chunk
        assert [f"data: {number}x".encode() in received for number in range(64)] == [True] * 64
        assert server.reason is None

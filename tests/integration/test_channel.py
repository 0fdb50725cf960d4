"""One connection of the command channel against real sockets."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from bridge.session.channel import HEARTBEAT_S, MESSAGE_BYTES, OUTBOX, PING_S, Channel, ChannelBroken, Timing

FLOOD = 2000


@asynccontextmanager
async def black_hole() -> AsyncGenerator[str]:
    """A server that upgrades the connection and then neither reads nor answers."""
    writers: list[asyncio.StreamWriter] = []

    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(
            line.split(": ")[1] for line in request.split("\r\n") if line.lower().startswith("sec-websocket-key")
        )
        digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        accept = base64.b64encode(digest).decode()
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
        )
        writers.append(writer)

    server = await asyncio.start_server(upgrade, "127.0.0.1", 0, limit=65536)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/?signature=canary"
    finally:
        for writer in writers:
            writer.transport.abort()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def served(handler: Callable[[ServerConnection], Awaitable[None]]) -> AsyncGenerator[str]:
    async with serve(handler, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"


def nothing(_: object = None) -> None:
    pass


def test_a_dead_peer_is_noticed_within_twenty_seconds_and_the_heartbeat_is_the_agreed_one():
    assert 2 * PING_S < 20
    assert HEARTBEAT_S == 45


async def test_heartbeats_are_sent_and_frames_arrive_in_order():
    got: list[str | bytes] = []

    async def echo(socket: ServerConnection) -> None:
        for _ in range(3):
            await socket.send(await socket.recv())

    async with served(echo) as url:
        channel = Channel(url, lambda: "beat", Timing(heartbeat_s=0.05))
        channel.send("first")
        with pytest.raises(ChannelBroken, match="closed by the cloud"):
            async with asyncio.timeout(5):
                await channel.run(nothing, got.append)
    assert got == ["first", "beat", "beat"]


async def test_a_peer_that_answers_no_ping_is_left():
    opened = asyncio.Event()
    async with black_hole() as url:
        with pytest.raises(ChannelBroken) as caught:
            async with asyncio.timeout(10):
                await Channel(url, str, Timing(ping_s=0.1)).run(opened.set, nothing)
    assert opened.is_set()
    assert "canary" not in str(caught.value)


async def test_a_peer_that_reads_nothing_is_left_when_the_outbox_is_full():
    async with black_hole() as url:
        channel = Channel(url, str)

        def flood() -> None:
            for _ in range(OUTBOX // 100_000 + 100):
                channel.send("x" * 100_000)

        with pytest.raises(ChannelBroken):
            async with asyncio.timeout(5):
                await channel.run(flood, nothing)


async def test_a_flood_holds_nobody_up():
    all_taken, taken, woken = asyncio.Event(), 0, 0

    async def flood(socket: ServerConnection) -> None:
        for _ in range(FLOOD):
            await socket.send("x")
        await socket.wait_closed()

    def take(_: str | bytes) -> None:
        nonlocal taken
        taken += 1
        if taken == FLOOD:
            all_taken.set()

    async def somebody_else() -> None:
        nonlocal woken
        while True:
            await asyncio.sleep(0)
            woken += 1

    async with served(flood) as url:
        channel = asyncio.create_task(Channel(url, str).run(nothing, take))
        other = asyncio.create_task(somebody_else())
        async with asyncio.timeout(20):
            await all_taken.wait()
        other.cancel()
        channel.cancel()
        await asyncio.gather(channel, other, return_exceptions=True)
    assert woken >= FLOOD, "others had their turn after each message"


async def test_a_message_that_is_too_long_ends_the_connection():
    async def boast(socket: ServerConnection) -> None:
        await socket.send("short")
        await socket.send("x" * (MESSAGE_BYTES + 1))
        await socket.wait_closed()

    got: list[str | bytes] = []
    async with served(boast) as url:
        with pytest.raises(ChannelBroken):
            async with asyncio.timeout(10):
                await Channel(url, str).run(nothing, got.append)
    assert got == ["short"]


async def test_messages_come_uncompressed():
    asked: list[str | None] = []

    def look(_: ServerConnection, request: Request) -> None:
        asked.append(request.headers.get("Sec-WebSocket-Extensions"))

    async def leave(_: ServerConnection) -> None:
        pass

    async with serve(leave, "127.0.0.1", 0, process_request=look) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
        with pytest.raises(ChannelBroken):
            await Channel(url, str).run(nothing, nothing)
    assert asked == [None]


async def test_a_refusal_tells_its_status_and_body():
    def refuse(_: ServerConnection, __: Request) -> Response:
        return Response(403, "Forbidden", Headers({"Connection": "close", "Content-Length": "4"}), b"body")

    async def never(_: ServerConnection) -> None:
        raise AssertionError

    async with serve(never, "127.0.0.1", 0, process_request=refuse) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/?signature=canary"
        with pytest.raises(ChannelBroken) as caught:
            await Channel(url, str).run(nothing, nothing)
    assert (caught.value.status, caught.value.body) == (403, b"body")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/?signature=canary", "ws://no.such.host.invalid/?signature=canary"])
async def test_nobody_there(url: str):
    with pytest.raises(ChannelBroken) as caught:
        await Channel(url, str).run(nothing, nothing)
    assert caught.value.status is None
    assert "canary" not in str(caught.value)


async def test_a_cancelled_channel_leaves_nothing_behind():
    opened = asyncio.Event()

    async def stay(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with served(stay) as url:
        task = asyncio.create_task(Channel(url, str).run(opened.set, nothing))
        await opened.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("channel-")] == []


@pytest.mark.parametrize("location", ["http://portal.example/login", "/elsewhere", "wss://[broken"])
async def test_a_redirect_is_a_refusal_and_is_not_followed(location: str):
    asked: list[str] = []

    def redirect(_: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        return Response(302, "Found", Headers(Location=location, Connection="close"))

    async def never(_: ServerConnection) -> None:
        raise AssertionError

    async with serve(never, "127.0.0.1", 0, process_request=redirect) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/?signature=canary"
        with pytest.raises(ChannelBroken, match="HTTP 302") as caught:
            await Channel(url, lambda: "beat").run(nothing, nothing)
    assert caught.value.status == 302
    assert len(asked) == 1

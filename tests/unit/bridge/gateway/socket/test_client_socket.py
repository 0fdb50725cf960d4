"""Sound goes past the queue only where nothing waits before it, and pings find out who is still there."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from bridge.gateway.server import Runner
from bridge.gateway.socket import heartbeat
from bridge.gateway.socket.client_socket import TURN, ClientSocket
from bridge.gateway.socket.heartbeat import Heartbeat

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def opened(handler: Handler) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    app = web.Application()
    app.router.add_get("/", handler)
    runner = Runner(app, access_log=None)
    await runner.setup()
    assert runner.server is not None
    listener = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0)
    try:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
        async with aiohttp.ClientSession() as http, http.ws_connect(url, autoping=False) as client:
            yield client
    finally:
        listener.close()
        await runner.cleanup()


def socket() -> ClientSocket:
    return ClientSocket(compress=False, max_msg_size=1 << 16, decode_text=False, autoping=False)


async def test_messages_keep_their_order_whichever_way_they_take():
    got: list[bytes] = []
    direct = 0

    async def listen(request: web.Request) -> web.StreamResponse:
        nonlocal direct
        ws = socket()
        await ws.prepare(request)

        def take(pcm: bytes) -> None:
            nonlocal direct
            direct += 1
            got.append(pcm)

        ws.hear_directly(take)
        while (message := await ws.receive()).type in {WSMsgType.TEXT, WSMsgType.BINARY}:
            got.append(message.data)
            if message.type is WSMsgType.TEXT:
                await asyncio.sleep(0)  # what comes meanwhile waits
            if message.data == b"last":
                break
        await ws.close()
        return ws

    sent: list[bytes] = []
    async with asyncio.timeout(20), opened(listen) as client:
        for number in range(20 * TURN):
            if number % 7 == 3:
                await client.send_str(str(number))
            else:
                await client.send_bytes(str(number).encode())
            sent.append(str(number).encode())
            if number % 50 == 0:
                await asyncio.sleep(0)
        await client.send_str("last")
        while (await client.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED}:
            pass
    assert got == [*sent, b"last"]
    assert direct > 0, "aiohttp still asks for its queue where we give ours"


async def test_of_what_comes_at_once_only_a_turn_is_taken_directly():
    taken: list[int] = []

    async def listen(request: web.Request) -> web.StreamResponse:
        ws = socket()
        await ws.prepare(request)
        in_a_row = 0

        def take(_: bytes) -> None:
            nonlocal in_a_row
            in_a_row += 1

        ws.hear_directly(take)
        while (await ws.receive()).type is WSMsgType.BINARY:
            taken.append(in_a_row)
            in_a_row = 0
        return ws

    async with asyncio.timeout(20), opened(listen) as client:
        one = b"\x82\x80\x00\x00\x00\x00"
        os.write(client.get_extra_info("socket").fileno(), one * 10 * TURN)
        await client.close()
    assert sum(taken) + len(taken) == 10 * TURN
    assert max(taken) <= TURN


@pytest.mark.parametrize("answers", [True, False])
async def test_a_client_that_answers_no_ping_is_gone(answers: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(heartbeat, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(heartbeat, "PONG_S", 0.1)
    gone = asyncio.Event()

    async def listen(request: web.Request) -> web.StreamResponse:
        ws = socket()
        await ws.prepare(request)
        assert request.transport is not None
        beat = Heartbeat(request, ws, request.transport)
        beat.begin()
        while (await ws.receive()).type is WSMsgType.PONG:
            pass
        gone.set()
        await beat.aclose()
        await beat.aclose()
        return ws

    async with asyncio.timeout(20), opened(listen) as client:
        for _ in range(4 if answers else 1):
            assert (await client.receive()).type is WSMsgType.PING
            if answers:
                await client.pong()
        if answers:
            assert not gone.is_set()
        await gone.wait()

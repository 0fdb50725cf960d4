import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from tests.support.virtual_time import BEGINNING, Deadlock, VirtualLoop, run


def test_an_hour_is_over_at_once():
    async def main() -> tuple[float, float, float]:
        wall, monotonic = time.time(), time.monotonic()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time(), time.monotonic() - monotonic, time.time() - wall

    began = time.perf_counter()
    assert run(main()) == (BEGINNING + 3600, 3600, pytest.approx(3600))
    assert time.perf_counter() - began < 20


def test_the_clock_is_lent_only_while_it_runs():
    real = time.monotonic, time.time

    async def main() -> bool:
        return (time.monotonic, time.time) != real

    assert run(main())
    assert (time.monotonic, time.time) == real


def test_timers_of_one_moment_fire_in_the_order_in_which_they_were_set():
    fired: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + 1
        for number in range(100):
            loop.call_at(at, fired.append, number)
        loop.call_at(at - 0.5, fired.append, -1)
        await asyncio.sleep(1)

    run(main())
    assert fired == [-1, *range(100)]


def test_a_timer_may_cancel_one_of_the_same_moment():
    fired: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + 1
        later: list[asyncio.TimerHandle] = []

        def cancel() -> None:
            later[0].cancel()

        loop.call_at(at, cancel)
        later.append(loop.call_at(at, fired.append, "second"))
        loop.call_at(at, fired.append, "third")
        await asyncio.sleep(2)

    run(main())
    assert fired == ["third"]


def test_no_time_passes_while_there_is_something_to_do():
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        times: list[float] = []
        for _ in range(1000):
            await asyncio.sleep(0)
            times.append(loop.time())
        return times

    assert set(run(main())) == {BEGINNING}


def test_a_timeout_is_one_of_this_clock():
    async def main() -> float:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        return time.monotonic() - began

    assert run(main()) == 30


def test_a_deadlock_is_told():
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock):
        run(main())


def test_somebody_who_spins_is_told():
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def spin() -> None:
            loop.call_soon(spin)

        spin()
        await asyncio.sleep(1)

    with pytest.raises(Deadlock, match="spins"):
        run(main())


def test_who_waits_for_a_moment_of_his_own_sums_is_not_woken_before_it():
    async def main() -> int:
        began = time.monotonic()
        woken = 0
        for number in range(1, 1000):
            due = number / 48_000  # no float is this number exactly
            while (left := due - (time.monotonic() - began)) > 0:
                await asyncio.sleep(left)
                woken += 1
        return woken

    assert run(main()) <= 999


def test_a_thread_is_waited_for_and_takes_no_time():
    async def main() -> tuple[int, float, list[str]]:
        order: list[str] = []
        asyncio.get_running_loop().call_later(0.001, order.append, "timer")
        began = time.monotonic()
        go = threading.Event()
        threading.Timer(0.1, go.set).start()
        await asyncio.to_thread(go.wait)
        order.append("thread")
        took = time.monotonic() - began
        await asyncio.sleep(1)
        return 7, took, order

    assert run(main()) == (7, 0, ["thread", "timer"])


def test_something_outside_may_wake_it():
    async def main() -> float:
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        began = loop.time()
        assert isinstance(loop, VirtualLoop)
        with loop.outside():
            threading.Timer(0.05, loop.call_soon_threadsafe, [woken.set]).start()
            await woken.wait()
        return loop.time() - began

    assert run(main()) == 0


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def served(handler: Handler, client: Callable[[aiohttp.ClientSession, str], Awaitable[object]]) -> object:
    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as http:
            return await client(http, f"http://127.0.0.1:{runner.addresses[0][1]}/")
    finally:
        await runner.cleanup()


def test_a_slow_answer_over_http_takes_its_virtual_time():
    async def slow(request: web.Request) -> web.Response:
        assert request.remote == "127.0.0.1"
        await asyncio.sleep(100)
        return web.Response(body=bytes(3_000_000))  # more than fits between two sockets

    async def ask(http: aiohttp.ClientSession, url: str) -> tuple[int, float]:
        began = time.monotonic()
        async with http.get(url) as response:
            return len(await response.read()), time.monotonic() - began

    assert run(served(slow, ask)) == (3_000_000, 100)


def test_messages_of_a_websocket_arrive_before_any_time_has_passed():
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    async def talk(http: aiohttp.ClientSession, url: str) -> list[float]:
        loop = asyncio.get_running_loop()
        delays: list[float] = []
        async with http.ws_connect(url) as socket:
            for number in range(300):
                asyncio.get_running_loop().call_later(1e-9, int)  # time would pass at the first opportunity
                began = loop.time()
                await socket.send_str(str(number))
                assert await socket.receive_str() == str(number)
                delays.append(loop.time() - began)
        return delays

    assert run(served(echo, talk)) == [0.0] * 300


def test_an_end_without_a_word_is_noticed_at_once():
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def ask(http: aiohttp.ClientSession, url: str) -> float:
        began = time.monotonic()
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(url)
        return time.monotonic() - began

    assert run(served(cut, ask)) == 0


def test_there_is_nobody_else():
    async def main() -> None:
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.ClientConnectorError):
                await http.get("http://127.0.0.1:9/")

    run(main())


def test_a_server_that_has_closed_refuses():
    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)
        transport.close()
        server.close()
        with pytest.raises(ConnectionRefusedError):
            await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)

    run(main())


def test_an_error_of_a_timer_is_the_loops_and_of_nobody_else():
    told: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(str(context["exception"])))
        loop.call_later(1, int, "none")
        await asyncio.sleep(2)

    run(main())
    assert told == ["invalid literal for int() with base 10: 'none'"]

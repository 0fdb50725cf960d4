import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from dialog.toolbox import MAX_RESULT, ToolBox
from dialog.toolcalls import ToolCall
from dialog.tools import Tool

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def call(name: str, arguments: str = "{}") -> ToolCall:
    return ToolCall("c1", name, arguments)


def python(name: str, function: str, timeout_s: float = 5) -> Tool:
    return Tool(name=name, description="d", python=f"{__name__}:{function}", timeout_s=timeout_s)


def add(a: int, b: int) -> dict[str, int]:
    return {"sum": a + b}


async def wait() -> str:
    await asyncio.Event().wait()
    return "never"


async def greet(name: str) -> str:
    return f"你好, {name}"


def fail() -> None:
    raise RuntimeError("holds a secret")


RELEASED = threading.Event()


def hang() -> None:
    RELEASED.wait(10)


def long() -> str:
    return "x" * 100_000


@asynccontextmanager
async def webhook(handler: Handler, **parts: object) -> AsyncGenerator[ToolBox, None]:
    app = web.Application()
    app.router.add_post("/hook", handler)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    tool = {"name": "hook", "description": "d", "webhook": f"http://{host}:{port}/hook", **parts}
    box = ToolBox([Tool.model_validate(tool)])
    try:
        yield box
    finally:
        await box.aclose()
        await box.aclose()
        await runner.cleanup()


async def test_python_functions_run_side_by_side():
    box = ToolBox([python("add", "add"), python("greet", "greet"), python("long", "long")])
    results = await box.run([call("add", '{"a": 1, "b": 2}'), call("greet", '{"name": "Li"}'), call("long")])
    assert results == ['{"sum": 3}', "你好, Li", "x" * MAX_RESULT]
    await box.aclose()


async def test_functions_that_hang_take_no_thread_of_the_loop():
    box = ToolBox([python("hang", "hang", 0.01)])
    assert await box.run([call("hang")] * 5) == ["error: it took too long"] * 5
    assert await asyncio.get_running_loop().run_in_executor(None, lambda: "free") == "free"
    RELEASED.set()
    await box.aclose()


async def test_what_fails_is_told_to_the_model_and_nothing_of_it_to_the_log(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    box = ToolBox([python("fail", "fail"), python("wait", "wait", 0.01), python("add", "add")])
    results = await box.run(
        [
            call("fail"),
            call("wait"),
            call("nobody"),
            call("add", "{"),
            call("add", "[1]"),
            call("add", "[" * 100_000),
            call("add", '{"c": "private"}'),
        ]
    )
    malformed = "error: the arguments are not a JSON object"
    assert results == [
        "error: it failed (RuntimeError)",
        "error: it took too long",
        "error: there is no such tool",
        malformed,
        malformed,
        malformed,
        "error: it failed (TypeError)",
    ]
    assert "secret" not in caplog.text
    assert "private" not in caplog.text


async def test_a_webhook_gets_the_call_and_its_answer_is_the_result(tmp_path: Path):
    token = tmp_path / "token"
    token.write_text("abc")
    seen: list[object] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.headers["Authorization"], await request.json()))
        return web.Response(text="Room 3 \xe9")

    async with webhook(handler, token_file=str(token)) as box:
        assert await box.run([call("hook", '{"person": "Li"}')]) == ["Room 3 \xe9"]
    assert seen == [("Bearer abc", {"tool": "hook", "call_id": "c1", "arguments": {"person": "Li"}})]


async def test_a_webhook_is_not_trusted():
    answers: list[web.Response] = [
        web.Response(status=302, headers={"Location": "/hook"}),
        web.Response(status=500),
        web.Response(body=b"x" * 100_000),
        web.Response(body=b"\xff"),
        web.Response(body=b"x" * 10_000),
    ]

    async def handler(request: web.Request) -> web.Response:
        return answers.pop(0)

    async with webhook(handler) as box:
        results = [(await box.run([call("hook")]))[0] for _ in range(5)]
    assert results == [
        "error: HTTP 302",
        "error: HTTP 500",
        "error: the result is too long",
        "\ufffd",
        "x" * MAX_RESULT,
    ]
    assert (await box.run([call("hook")]))[0].startswith("error: it failed")


async def test_a_webhook_that_does_not_answer_or_is_not_there():
    left = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return web.Response()

    async with webhook(handler, timeout_s=0.5) as box:
        assert await box.run([call("hook")]) == ["error: it took too long"]
        await asyncio.wait_for(left.wait(), 5)
    gone = ToolBox([Tool.model_validate({"name": "hook", "description": "d", "webhook": "http://127.0.0.1:1/"})])
    (result,) = await gone.run([call("hook")])
    assert result.startswith("error: it cannot be reached")
    await gone.aclose()


async def test_cancelling_stops_the_call():
    began, left = asyncio.Event(), asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return web.Response()

    async with webhook(handler) as box:
        running = asyncio.ensure_future(box.run([call("hook")]))
        await began.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.wait_for(left.wait(), 5)

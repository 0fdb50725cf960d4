"""What pages of other places can do to a server on this machine, tried from a real browser."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from bridge.gateway.app import run
from bridge.settings import Cloud, Server, Settings
from tests.web.conftest import ARGUMENTS, chromium_path
from tests.web.visitor import leave

REBOUND = "rebound.example"
ATTACKS = """async ([base, same]) => {
  const results = {};
  const attempt = async (name, url, init) => {
    try {
      const response = await fetch(url, init);
      const code = same ? (await response.json()).code : response.type;
      results[name] = `${response.status} ${code}`;
    } catch (error) {
      results[name] = error.name;
    }
  };
  const json = { "Content-Type": "application/json" };
  await attempt("read", `${base}/v1/sessions`, {});
  await attempt("create", `${base}/v1/sessions`, { method: "POST", headers: json, body: "{}" });
  await attempt("create without asking", `${base}/v1/sessions`, { method: "POST", mode: "no-cors" });
  await attempt("form", `${base}/v1/sessions`, { method: "POST", mode: "no-cors", body: new URLSearchParams("a=1") });
  await attempt("text", `${base}/v1/sessions`, { method: "POST", mode: "no-cors", body: "{}" });
  await attempt("exchange", `${base}/v1/grants/exchange`, { method: "POST", headers: json, body: "{}" });
  await attempt("delete", `${base}/v1/sessions/x`, { method: "DELETE" });
  return results;
}"""
SOCKET = """(url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onopen = () => resolve("open");
  socket.onerror = () => resolve("refused");
})"""
FRAME = """(url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.onload = () => {
    let reachable;
    try { reachable = frame.contentDocument !== null; } catch { reachable = false; }
    resolve([reachable, frame.contentWindow.length]);
  };
  frame.src = url;
  document.body.append(frame);
})"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[str]:
    """The address of an open server that a page of `friend` may call; its cloud is not there."""
    settings = Settings(
        server=Server.model_validate({"port": 0, "state_dir": tmp_path_factory.mktemp("state")}),
        cloud=Cloud.model_validate(
            {"base_url": "http://127.0.0.1:9", "appkey": "a", "accesstoken": "t", "project_id": "p"}
        ),
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(settings, ready=ready.set_result, stop=stop))
        yield await ready
        stop.set()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def elsewhere() -> AsyncGenerator[str]:
    """The address of a page of another origin, whose author may do as they like."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>elsewhere</title><body>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def misled() -> AsyncGenerator[Browser]:
    """A browser whose resolver was told that a name of somebody else's is this machine (DNS rebinding)."""
    async with async_playwright() as playwright:
        # The browser's own protection is off: not every browser has it.
        unprotected = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
        arguments = [*ARGUMENTS, unprotected, f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"]
        chromium = await playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
        yield chromium
        await leave(chromium)


async def sessions(address: str) -> list[Any]:
    async with aiohttp.ClientSession() as http, http.get(f"{address}/v1/sessions") as response:
        return (await response.json())["sessions"]


async def attack(page: Page, base: str, *, same: bool) -> dict[str, str]:
    return await page.evaluate(ATTACKS, [base, same])


async def test_a_page_of_another_origin_gets_nothing_done(browser: Browser, bridge: str, elsewhere: str):
    page = await browser.new_page()
    await page.goto(elsewhere)
    results = await attack(page, bridge, same=False)
    assert len(results) == 7
    assert set(results.values()) == {"TypeError"}
    assert await page.evaluate(SOCKET, bridge.replace("http", "ws") + "/v1/sessions/x/ws") == "refused"
    assert await sessions(bridge) == []
    await page.close()


async def test_a_rebound_name_gets_nothing_done(misled: Browser, bridge: str):
    page = await misled.new_page()
    port = bridge.rpartition(":")[2]
    there = f"http://{REBOUND}:{port}"
    landed = await page.goto(f"{there}/kiosk")
    assert landed is not None
    assert (landed.status, (await landed.json())["code"]) == (421, "host_refused")
    # The name led to the attacker's server a moment ago, from which this page came.
    await page.route(
        f"{there}/start", lambda route: route.fulfill(body="<title>rebound</title>", content_type="text/html")
    )
    await page.goto(f"{there}/start")
    results = await attack(page, there, same=True)
    assert set(results.values()) == {"421 host_refused"}
    assert await page.evaluate(SOCKET, f"ws://{REBOUND}:{port}/v1/sessions/x/ws") == "refused"
    assert await sessions(bridge) == []
    await page.close()


async def test_no_page_of_another_origin_shows_ours_in_a_frame(browser: Browser, bridge: str, elsewhere: str):
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(elsewhere)
    for path in ("/", "/kiosk", "/console"):
        complaints.clear()
        await page.evaluate(FRAME, bridge + path)
        assert any("frame-ancestors" in text for text in complaints), (path, complaints)
    await page.close()


async def test_our_own_page_works_as_ever(browser: Browser, bridge: str):
    page = await browser.new_page()
    await page.goto(f"{bridge}/static/favicon.svg")
    status: int = await page.evaluate("fetch('/v1/sessions').then((response) => response.status)")
    assert status == 200
    await page.close()

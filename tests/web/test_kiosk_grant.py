"""A kiosk that gets in with a link, on a real server that wants to know who comes."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.support.demo import Demo, running_demo
from tests.support.visit import VIDEO_RUNS
from tests.web.visitor import leave

KEY = secrets.token_hex(16)


@dataclass
class Kiosk:
    """A browser on the kiosk's page, and every URL that it asked for."""

    context: BrowserContext
    page: Page
    urls: list[str]

    async def goes_to(self, address: str) -> None:
        await self.page.goto(address)

    async def is_live(self) -> str:
        """Return the id of the page's session once its picture runs."""
        async with asyncio.timeout(30):
            await self.page.evaluate(VIDEO_RUNS)
        return await self.session()

    async def session(self) -> str:
        return await self.page.evaluate("sessionStorage.getItem('avatar-bridge.session')")

    async def asks(self, question: str) -> None:
        await self.page.locator("#question").fill(question)
        await self.page.locator("#question").press("Enter")
        await expect(self.page.locator("#caption")).not_to_be_empty(timeout=15_000)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("state"), AVATAR_BRIDGE_SERVER__API_KEY=KEY) as it:
        yield it


@pytest_asyncio.fixture(loop_scope="module")
async def operator(demo: Demo) -> AsyncGenerator[aiohttp.ClientSession]:
    """A client with the key, which leaves no session behind."""
    async with aiohttp.ClientSession(demo.url, headers={"Authorization": f"Bearer {KEY}"}) as http:
        yield http
        async with http.get("/v1/sessions") as response:
            for session in (await response.json())["sessions"]:
                await http.delete(f"/v1/sessions/{session['session_id']}")


@pytest_asyncio.fixture(loop_scope="module")
async def link(demo: Demo) -> Mapping[str, str]:
    """What `avatar-bridge link kiosk` prints."""
    command = (sys.executable, "-m", "bridge", "link", "kiosk", "--name", "lobby", "--url", demo.url, "--json")
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env={"AVATAR_BRIDGE_API_KEY": KEY, "PATH": ""}, cwd=Path.cwd()
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(out)


async def browse(browser: Browser) -> Kiosk:
    """Return a browser with a profile of its own."""
    context = await browser.new_context(locale="en-US", viewport={"width": 540, "height": 960})
    page = await context.new_page()
    urls: list[str] = []

    def on_request(request: Request) -> None:
        urls.append(request.url)

    page.on("request", on_request)
    return Kiosk(context, page, urls)


@pytest_asyncio.fixture(loop_scope="module")
async def kiosk(browser: Browser) -> AsyncGenerator[Kiosk]:
    it = await browse(browser)
    yield it
    await leave(it.context)


@pytest_asyncio.fixture(loop_scope="module")
async def other(browser: Browser) -> AsyncGenerator[Kiosk]:
    it = await browse(browser)
    yield it
    await leave(it.context)


async def test_the_link_lets_the_kiosk_in_and_it_speaks(
    demo: Demo, operator: aiohttp.ClientSession, link: Mapping[str, str], kiosk: Kiosk
):
    await kiosk.goes_to(link["link"])
    await kiosk.is_live()
    assert kiosk.page.url == f"{demo.url}/kiosk"
    await kiosk.asks("Who are you?")
    grant = link["link"].partition("=")[2]
    assert grant.startswith("abg_")
    token = await kiosk.page.evaluate("import('/static/credential.js').then((it) => it.authorization().Authorization)")
    assert token.startswith("Bearer eyJ")
    for url in kiosk.urls[1:]:
        assert grant not in url
        assert token.removeprefix("Bearer ") not in url


async def test_a_reload_and_a_power_cut_bring_the_session_back(
    demo: Demo, operator: aiohttp.ClientSession, link: Mapping[str, str], kiosk: Kiosk
):
    await kiosk.goes_to(link["link"])
    session = await kiosk.is_live()
    await kiosk.page.reload()
    assert await kiosk.is_live() == session
    await kiosk.page.close()
    kiosk.page = await kiosk.context.new_page()
    await kiosk.goes_to(f"{demo.url}/kiosk")
    assert await kiosk.is_live() == session
    await operator.delete(f"/v1/sessions/{session}")
    await kiosk.page.get_by_role("button", name="New conversation").click()
    assert await kiosk.is_live() != session
    await kiosk.asks("Who are you?")


async def test_a_second_browser_waits(
    operator: aiohttp.ClientSession, link: Mapping[str, str], kiosk: Kiosk, other: Kiosk
):
    await kiosk.goes_to(link["link"])
    await kiosk.is_live()
    await other.goes_to(link["link"])
    await expect(other.page.get_by_role("heading", name="All places are taken")).to_be_visible(timeout=10_000)
    await kiosk.asks("Who are you?")


async def test_a_token_that_is_refused_is_renewed(
    operator: aiohttp.ClientSession, link: Mapping[str, str], kiosk: Kiosk
):
    await kiosk.goes_to(link["link"])
    session = await kiosk.is_live()
    status = await kiosk.page.evaluate(
        """async (session) => {
          const { call, post } = await import("/static/api.js");
          const { authorization } = await import("/static/credential.js");
          const before = authorization().Authorization;
          const fetched = window.fetch;
          let refused = 0;
          window.fetch = (url, init) => {
            const old = init.headers?.Authorization === before && !String(url).endsWith("/token");
            refused += old ? 1 : 0;
            const headers = old ? { ...init.headers, Authorization: "Bearer eyJ.too.old" } : init.headers;
            return fetched(url, { ...init, headers });
          };
          const response = await call(`/v1/sessions/${session}/interrupt`, post({}));
          window.fetch = fetched;
          return [response.status, refused, authorization().Authorization !== before];
        }""",
        session,
    )
    assert status == [200, 1, True]


async def test_a_token_that_ended_while_the_kiosk_slept_is_replaced(
    operator: aiohttp.ClientSession, link: Mapping[str, str], kiosk: Kiosk
):
    ended = {"code": "token_expired", "detail": "the token has expired", "retryable": False}
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.fulfill(status=401, json=ended)

    await kiosk.goes_to(link["link"])
    session = await kiosk.is_live()
    await kiosk.page.route("**/events", refuse, times=1)
    await kiosk.page.route("**/token", refuse, times=1)
    await kiosk.page.reload()
    assert await kiosk.is_live() == session
    await kiosk.asks("Who are you?")
    assert [url.rpartition("/")[2] for url in refused] == ["events"]


async def test_a_link_that_was_taken_back_is_told(
    demo: Demo, operator: aiohttp.ClientSession, link: Mapping[str, str], kiosk: Kiosk
):
    await kiosk.goes_to(link["link"])
    await kiosk.is_live()
    async with operator.delete(f"/v1/grants/{link['grant_id']}") as response:
        assert response.status == 204
    await kiosk.page.reload()
    await expect(kiosk.page.get_by_role("heading", name="I can’t let you in here")).to_be_visible(timeout=10_000)
    await expect(kiosk.page.locator("#trouble-detail")).to_contain_text("grant_unknown")
    assert await kiosk.page.evaluate("localStorage.getItem('avatar-bridge.grant')") is None
    kiosk.urls.clear()
    await kiosk.goes_to(f"{demo.url}/kiosk#grant=abg_{'x' * 43}")
    await expect(kiosk.page.locator("#trouble-detail")).to_contain_text("grant_unknown")


async def test_without_a_link_the_kiosk_stays_out(demo: Demo, kiosk: Kiosk):
    await kiosk.goes_to(f"{demo.url}/kiosk")
    await expect(kiosk.page.get_by_role("heading", name="I can’t let you in here")).to_be_visible(timeout=10_000)

"""A real browser, and the kiosk page in it."""

import os
import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Error, Page, async_playwright

from tests.web.scripted_api import ScriptedApi
from tests.web.visitor import OpenKiosk, Visitor, leave

ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # WebRTC between two pages of one machine, also where it has no network but the loopback.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of a module here on one event loop, so that they can share a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here and isinstance(item, pytest.Function):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


def chromium_path() -> str | None:
    """Return the browser to use, None for playwright's own."""
    wanted = os.environ.get("AVATAR_BRIDGE_CHROMIUM")
    if wanted is not None:
        return wanted
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    """Chromium: $AVATAR_BRIDGE_CHROMIUM, the system's, or playwright's own; a machine without one fails the test."""
    async with async_playwright() as playwright:
        try:
            chromium = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        except Error as error:
            pytest.fail(
                "these tests need Chromium: install the package chromium, run `playwright install chromium`, "
                f"or set AVATAR_BRIDGE_CHROMIUM to its path ({error})"
            )
        try:
            yield chromium
        finally:
            await leave(chromium)


@pytest.fixture(scope="session")
def video() -> Path:
    """A WebM file of 20 s, VP8 and Opus: a moving bar, 180x320, and a tone of 440 Hz."""
    return Path(__file__).with_name("avatar.webm")


@pytest_asyncio.fixture(loop_scope="module")
async def api(video: Path) -> AsyncGenerator[ScriptedApi]:
    """The scripted server, with a live session and a picture."""
    async with ScriptedApi() as server:
        server.script.video = video
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def open_kiosk(browser: Browser, api: ScriptedApi) -> AsyncGenerator[OpenKiosk]:
    """A function that opens the page for one visitor; what the page complained about fails the test at its end."""
    async with AsyncExitStack() as stack:
        visitors: list[Visitor] = []

        async def open_one(
            path: str = "/kiosk", *, locale: str = "en-US", expected: str = r"(?!)", script: Path | None = None
        ) -> Visitor:
            context = await browser.new_context(locale=locale, viewport={"width": 1366, "height": 768})
            if script is not None:
                await context.add_init_script(path=script)
            stack.push_async_callback(leave, context)
            page = await context.new_page()
            complaints = _complaints_of(page)
            await page.goto(api.url + path)
            visitor = Visitor(page=page, api=api, expected=re.compile(expected), complaints=complaints)
            visitors.append(visitor)
            return visitor

        yield open_one
        for visitor in visitors:
            assert [text for text in visitor.complaints if not visitor.expected.search(text)] == []


def _complaints_of(page: Page) -> list[str]:
    """Return the list that the page's errors, warnings and policy violations will be added to."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints

"""What a visitor does with the kiosk page, and sees of it."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.web.scripted_api import ScriptedApi

PATIENCE_S = 10.0
CLOSING_S = 15.0
REFUSED = r"Failed to load resource|WebSocket connection to"
"""Chromium's own lines about an answer that is an error: scripted here, and nothing the page could prevent."""


@dataclass
class Visitor:
    """One page of the kiosk, with the server behind it."""

    page: Page
    api: ScriptedApi
    expected: re.Pattern[str]
    complaints: list[str]
    marks: int = 0

    @property
    def question(self) -> Locator:
        return self.page.locator("#question")

    @property
    def caption(self) -> Locator:
        return self.page.locator("#caption")

    @property
    def stop(self) -> Locator:
        return self.page.locator("#stop")

    @property
    def microphone(self) -> Locator:
        return self.page.locator("#microphone")

    @property
    def partial(self) -> Locator:
        return self.page.locator("#partial")

    @property
    def hint(self) -> Locator:
        return self.page.locator("#hint")

    async def hearing(self, hearing: str) -> None:
        """Wait until the page's microphone is `on`, `opening` or `off`."""
        await expect(self.page.locator(f"body[data-hearing={hearing}]")).to_be_attached(timeout=PATIENCE_S * 1000)

    def allow_lost_sockets(self) -> None:
        """Let the page's console tell of WebSockets that break; it cannot be kept from that."""
        self.expected = re.compile(REFUSED)

    async def leave_text(self) -> None:
        """Take the focus out of the text box."""
        await self.page.evaluate("document.activeElement?.blur()")

    @property
    def trouble(self) -> Locator:
        return self.page.locator("#trouble")

    async def phase(self, phase: str) -> None:
        """Wait until the page shows this state."""
        await expect(self.page.locator(f"body[data-phase={phase}]")).to_be_attached(timeout=PATIENCE_S * 1000)

    async def watched(self, streams: int = 1) -> None:
        """Wait until the page, or all of them, listen to the session's events."""
        await until(lambda: self.api.watched == streams)

    async def hears(self) -> None:
        """Wait until the picture plays with its sound on; the visitor touches the page for it."""
        await expect(self.page.locator("body[data-picture=playing]")).to_be_attached(timeout=PATIENCE_S * 1000)
        await self.question.click()
        await expect(self.page.locator("video")).to_have_js_property("muted", False)

    async def muted(self) -> bool:
        return await self.page.evaluate("document.querySelector('video').muted")

    async def ask(self, text: str) -> None:
        await self.question.fill(text)
        await self.question.press("Enter")

    async def settle(self) -> None:
        """Wait until the page has handled everything that was emitted before."""
        self.marks += 1
        self.api.sentence("mark", self.marks, f"mark {self.marks}")
        await expect(self.caption).to_have_text(f"mark {self.marks}")


async def leave(it: Browser | BrowserContext) -> None:
    """Close a browser or a context; Chromium now and then never answers, and then playwright's end is its end, too."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING_S):
            await it.close()


class OpenKiosk(Protocol):
    """Opens a page; `expected` is what its console may say, `script` runs in it before its own."""

    async def __call__(
        self,
        path: str = "/kiosk",
        *,
        locale: str = "en-US",
        expected: str = r"(?!)",
        script: Path | None = None,
    ) -> Visitor: ...


class Condition(Protocol):
    def __call__(self) -> bool: ...


async def until(condition: Condition, *, patience_s: float = PATIENCE_S) -> None:
    """Wait until a condition of the server holds."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 (what is waited for happens in another program)
            await asyncio.sleep(0.01)

"""A visit to the kiosk page, seen and heard as a visitor does and followed as a second client of its session."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Page

AUDIBLE = 0.01
"""The root mean square of a sample window in which somebody speaks; silence is below a tenth of it."""
WATCHING = Path(__file__).with_name("watching.js")
VIDEO_RUNS = """new Promise((resolve) => {
    const video = document.querySelector("video");
    const look = () => (video.currentTime > 0.5 ? resolve() : setTimeout(look, 50));
    look();
})"""


@dataclass
class Visit:
    """A kiosk page with a live avatar, and the events of its session as another client receives them."""

    page: Page
    events: list[dict[str, Any]]

    async def event(self, **fields: str) -> dict[str, Any]:
        """Return the first event with these fields, now or within 30 s."""
        async with asyncio.timeout(30):
            while True:
                for event in self.events:
                    if fields.items() <= event.items():
                        return event
                await asyncio.sleep(0.02)

    async def clock(self) -> float:
        """Return the page's clock in milliseconds."""
        return await self.page.evaluate("performance.now()")

    async def watched(self, what: str, start: float, end: float = float("inf")) -> list[dict[str, Any]]:
        """Return what was `seen`, `heard` or shown as `captions` from `start` to `end` on the page's clock."""
        everything: list[dict[str, Any]] = await self.page.evaluate(f"window.watching.{what}")
        return [sample for sample in everything if start <= sample["at"] <= end]

    async def ask(self, question: str) -> None:
        """Type a question and press Enter."""
        await self.page.locator("#question").fill(question)
        await self.page.locator("#question").press("Enter")

    async def first_sound_ms(self) -> int | None:
        """Return the milliseconds from the last Enter to the first audible sound, None while there is none."""
        entered: float = await self.page.evaluate("window.enteredAt")
        heard = await self.watched("heard", entered)
        return next((round(sample["at"] - entered) for sample in heard if sample["level"] > AUDIBLE), None)


@asynccontextmanager
async def visiting(browser: Browser, url: str) -> AsyncGenerator[Visit]:
    """Open the kiosk page of the server at `url`, wait for its picture, and watch until the context is left."""
    page = await browser.new_page(viewport={"width": 540, "height": 960}, locale="en-US")
    async with page.expect_response(lambda response: response.url.endswith("/v1/sessions")) as created:
        await page.goto(f"{url}/kiosk")
    session_id = (await (await created.value).json())["session_id"]
    events: list[dict[str, Any]] = []
    async with asyncio.TaskGroup() as group:
        following = group.create_task(_follow(url, session_id, events))
        async with asyncio.timeout(30):
            await page.evaluate(VIDEO_RUNS)
        await page.locator("#question").click()
        await page.evaluate(WATCHING.read_text("utf-8"))
        yield Visit(page, events)
        following.cancel()
    await page.close()


async def _follow(url: str, session_id: str, events: list[dict[str, Any]]) -> None:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http,
        http.get(f"{url}/v1/sessions/{session_id}/events") as response,
    ):
        async for line in response.content:
            field, _, value = line.partition(b": ")
            events += [json.loads(value)] if field == b"data" else []

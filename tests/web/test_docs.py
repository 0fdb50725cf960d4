"""The page that describes the interface, from the real server in a real browser."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from bridge.gateway.app import run
from bridge.settings import Settings
from tests.web.visitor import leave

SIZES = {"small phone": (320, 568), "phone": (390, 844), "tablet": (768, 1024), "laptop": (1366, 768)}


@pytest_asyncio.fixture(loop_scope="module")
async def address(tmp_path: Path) -> AsyncGenerator[str]:
    """Return the address of a server."""
    settings = Settings.model_validate(
        {
            "server": {"port": 0, "state_dir": tmp_path},
            "cloud": {"base_url": "http://127.0.0.1:9", "appkey": "appkey", "accesstoken": "accesstoken"},
        }
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(settings, ready=ready.set_result, stop=stop))
        yield await ready
        stop.set()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, address: str) -> AsyncGenerator[Page]:
    """Return the page, opened; what it complains about fails the test at its end."""
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{address}/docs")
    yield page
    await leave(context)
    assert complaints == []


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
async def test_nothing_is_wider_than_the_window(page: Page, size: tuple[int, int]):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    await expect(page.get_by_role("heading", level=1)).to_be_in_viewport()


async def test_an_example_can_be_copied_and_names_this_server(page: Page, address: str):
    call = page.locator("#call-say")
    await call.get_by_role("button", name="Copy: curl for Speak a text").click()
    await expect(call.locator(".copy").first).to_have_text("Copied")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"curl -sS -X POST {address}/v1/sessions/$ID/say \\\n")
    assert '"text":"Good morning."' in copied


async def test_the_keyboard_alone_is_enough(page: Page):
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    entry = page.get_by_role("navigation").get_by_role("link", name="Stop speaking")
    await entry.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#call-interrupt")).to_be_in_viewport()
    await expect(entry).to_have_attribute("aria-current", "true")


async def test_on_a_phone_the_contents_are_folded_and_fold_again(page: Page):
    await page.set_viewport_size({"width": 390, "height": 844})
    entry = page.get_by_role("navigation").get_by_role("link", name="Errors")
    await expect(entry).to_be_hidden()
    await page.get_by_text("Contents").click()
    await entry.click()
    await expect(entry).to_be_hidden()
    await expect(page.get_by_role("heading", name="Errors", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_can_be_read_in_light_and_dark(page: Page, scheme: str):
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for selector in (".role", "td", "nav li a", ".method.post"):
        ratio = await page.locator(selector).first.evaluate(CONTRAST)
        assert ratio >= 4.5, selector


CONTRAST = """(node) => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  let ground = node;
  while (ground && (numbers(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0) ground = ground.parentElement;
  const back = light(numbers(getComputedStyle(ground ?? document.body).backgroundColor));
  const front = light(numbers(getComputedStyle(node).color));
  return (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
}"""

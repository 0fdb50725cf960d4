"""The live host's page in a real browser with a recorded voice, in front of the whole server and the emulated cloud."""

import base64
import statistics
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.support.demo import Demo, running_demo
from tests.support.recording import browser_hearing, silence, store, synthesized
from tests.support.voicing import check_form, drives, sent
from tests.support.wire_record import clock_of, refusals, texts, transcript
from tests.web.conftest import ARGUMENTS, chromium_path
from tests.web.visitor import leave

LIMIT_MS = 40_000
BEFORE_S = 4.0
"""How long after it was opened the microphone hears the voice."""
LONG = "This is the first line of two. It has several sentences. Each of them takes its time. That is the last one."
VOICE = "Good evening, and welcome to the show. It is late, and we have much to talk about, so let me begin at once."
NOTE_SOUND = """(() => {
  const send = WebSocket.prototype.send;
  window.sentSound = [];
  WebSocket.prototype.send = function (data) {
    if (data instanceof ArrayBuffer) {
      const pcm = btoa(String.fromCharCode(...new Uint8Array(data)));
      window.sentSound.push({ at: performance.timeOrigin + performance.now(), pcm });
    }
    return send.call(this, data);
  };
})()"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("state")) as it:
        yield it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def speaker(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Browser]:
    """Chromium whose microphone hears silence, a voice, and silence again."""
    words = await synthesized(demo.url, demo.emulator_url, VOICE)
    recording = np.concatenate([silence(BEFORE_S), words * 2, silence(2.0)])
    file = store(tmp_path_factory.mktemp("recording") / "voice.wav", recording)
    async with browser_hearing(file, chromium_path(), ARGUMENTS) as it:
        yield it


@dataclass(frozen=True)
class Studio:
    """The page, joined to a new session."""

    page: Page
    demo: Demo
    http: aiohttp.ClientSession

    async def session_url(self) -> str:
        href = await self.page.locator("#stage").get_attribute("href")
        assert href is not None
        return f"{self.demo.url}/v1/sessions/{href.rpartition('=')[2]}"

    async def state(self, name: str) -> None:
        await expect(self.page.locator("#script-state")).to_have_attribute("data-state", name, timeout=LIMIT_MS)

    async def add(self, *lines: str) -> None:
        await self.page.fill("#text", "\n".join(lines))
        await self.page.get_by_role("button", name="Add", exact=True).click()
        await expect(self.page.locator("#lines li .words")).to_contain_text(list(lines))


@pytest_asyncio.fixture(loop_scope="module")
async def studio(demo: Demo, speaker: Browser) -> AsyncGenerator[Studio]:
    context = await speaker.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.add_init_script(NOTE_SOUND)
    await page.goto(f"{demo.url}/host")
    await page.get_by_role("button", name="New session").click()
    await expect(page.locator("#phase")).to_have_text("live", timeout=LIMIT_MS)
    async with aiohttp.ClientSession() as http:
        it = Studio(page, demo, http)
        yield it
        session = await it.session_url()
        await leave(context)
        async with http.delete(session) as response:
            assert response.status == 204
    assert complaints == []


async def shown_delay(page: Page) -> int:
    text = await page.locator("#delay").inner_text()
    return int(text.removesuffix(" ms"))


async def test_the_host_takes_over_and_the_script_goes_on(studio: Studio) -> None:
    page, http = studio.page, studio.http
    await studio.add(LONG, "And this is the second.")
    await page.uncheck("#clean")
    await page.get_by_role("button", name="Turn on").click()
    await expect(page.locator("#light")).to_have_text("Ready", timeout=LIMIT_MS)
    await page.get_by_role("button", name="Start").click()
    await studio.state("playing")
    await expect(page.locator("#speaker")).to_have_text("The script", timeout=LIMIT_MS)

    await expect(page.locator("#light")).to_have_text("On air", timeout=LIMIT_MS)
    await studio.state("paused")
    await expect(page.locator("#speaker")).to_have_text("You speak")
    await studio.state("playing")
    await expect(page.locator("#light")).to_have_text("Ready")
    delay = await shown_delay(page)
    await studio.state("waiting")

    session = await studio.session_url()
    entries = await transcript(http, studio.demo.emulator_url, session)
    assert refusals(entries) == []
    first, rest, second = texts(entries)
    assert LONG.startswith(first.strip())
    # What was not heard to its end is said again from the beginning of its sentence, and nothing is left out.
    assert LONG.endswith(rest.strip())
    assert len(rest) < len(LONG)
    assert second.strip() == "And this is the second."
    frames = await sent(http, studio.demo.emulator_url, session)
    check_form(frames)
    assert len(drives(frames)) == 1
    clock = await clock_of(http, studio.demo.emulator_url, session)
    assert delay == pytest.approx(await measured_delay(page, frames, clock), abs=30)


async def measured_delay(page: Page, frames: list[Any], clock: float) -> float:
    """Return how long after it was recorded the cloud got a sample, in milliseconds, at the end of the speech.

    A busy machine lets the cloud read some frames late, which neither page nor server can know: the quicker ones tell.
    """
    noted: list[dict[str, Any]] = await page.evaluate("window.sentSound")
    pieces = [base64.b64decode(each["pcm"]) for each in noted]
    stream = b"".join(pieces)
    ends = np.cumsum([len(piece) for piece in pieces])
    whole = [frame for frame in frames if frame.audio]
    # Silence is everywhere the same: a frame with a voice in it tells where all of them are.
    loud = max(range(len(whole)), key=lambda number: len(set(whole[number].audio)))
    begin = stream.index(whole[loud].audio) - sum(len(frame.audio) for frame in whole[:loud])
    delays: list[float] = []
    for frame in whole:
        piece = int(np.searchsorted(ends, begin, side="right"))
        recorded = noted[piece]["at"] - (int(ends[piece]) - begin) / 32
        delays.append((frame.t + clock) * 1000 - recorded)
        begin += len(frame.audio)
    return statistics.quantiles(delays[-9:-1], n=4)[0]


async def test_a_key_that_is_held_takes_over(studio: Studio) -> None:
    page = studio.page
    await studio.add(LONG)
    await page.get_by_role("button", name="Turn on").click()
    await page.get_by_label("while I hold a key").check()
    await expect(page.locator("#light")).to_have_text("Ready", timeout=LIMIT_MS)
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator("#speaker")).to_have_text("The script", timeout=LIMIT_MS)
    # A click on a button, or on the choice of this very key, leaves the key to the microphone.
    await page.keyboard.down("Space")
    await expect(page.locator("#talk")).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#light")).to_have_text("On air", timeout=LIMIT_MS)
    await page.keyboard.up("Space")
    await studio.state("playing")
    await page.keyboard.press("m")
    await expect(page.locator("#light")).to_have_text("Muted")
    await studio.state("waiting")
    await page.keyboard.press("m")
    await page.locator("#talk").click(button="right")
    await expect(page.locator("#talk")).to_have_attribute("aria-pressed", "false")
    await page.get_by_label("while I hold a key").check()
    await page.keyboard.down("Space")
    await expect(page.locator("#light")).to_have_text("On air", timeout=LIMIT_MS)
    await page.keyboard.up("Space")


async def test_lines_are_moved_changed_and_removed_with_the_keyboard(studio: Studio) -> None:
    page = studio.page
    await studio.add("One.", "Two.", "Three.")
    words = page.locator("#lines li .words")
    await page.get_by_role("button", name="Line 3. Move").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await expect(words).to_have_text(["One.", "Three.", "Two."])
    await expect(page.locator("#told")).to_have_text("Line 3 is now line 2")
    await expect(page.get_by_role("button", name="Line 2. Move")).to_be_focused()
    await page.get_by_role("button", name="Change line 1").press("Enter")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("First.")
    await page.keyboard.press("Enter")
    await expect(words).to_have_text(["First.", "Three.", "Two."])
    await page.get_by_role("button", name="Remove line 2").press("Enter")
    await expect(words).to_have_text(["First.", "Two."])
    await page.locator("#lines li").nth(1).drag_to(page.locator("#lines li").nth(0))
    await expect(words).to_have_text(["Two.", "First."])


async def test_the_audience_is_answered(studio: Studio) -> None:
    page, http = studio.page, studio.http
    async with http.post(f"{await studio.session_url()}/audience", json={"who": "Li", "text": "Hello!"}) as response:
        assert response.status == 201
    await page.get_by_label("What they write").fill("What can you do?")
    await page.keyboard.press("Enter")
    waiting = page.locator("#messages li")
    await expect(waiting).to_have_count(2)
    await page.get_by_role("button", name="Dismiss: Hello!").click()
    await expect(waiting.filter(has_text="Hello!")).to_have_attribute("data-state", "dismissed")
    await page.get_by_role("button", name="Answer: What can you do?").click()
    await expect(page.locator("#speaker")).to_have_text("An answer", timeout=LIMIT_MS)
    await expect(waiting.filter(has_text="What can you do?")).to_have_attribute(
        "data-state", "answered", timeout=LIMIT_MS
    )


async def test_the_keys_can_be_chosen_and_the_page_speaks_chinese(studio: Studio) -> None:
    page = studio.page
    await page.get_by_role("button", name="Keys").click()
    await page.get_by_role("button", name="Mute: M").click()
    await page.keyboard.press("z")
    await expect(page.get_by_role("button", name="Mute: Z")).to_be_focused()
    await page.get_by_role("button", name="Done").click()
    await expect(page.locator("#mute kbd")).to_have_text("Z")
    await page.reload()
    await expect(page.locator("#mute kbd")).to_have_text("Z")
    await page.get_by_role("button", name="中文").click()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    untold = """[...document.querySelectorAll('[data-text]')]
        .filter((node) => !/[\\u4e00-\\u9fff]/.test(node.textContent)).map((node) => node.dataset.text)"""
    assert await page.evaluate(untold) == ["signIn.label"]


async def test_the_stage_shows_the_picture_alone_and_turns_to_the_next_session(studio: Studio) -> None:
    stage = await studio.page.context.new_page()
    await stage.goto(f"{studio.demo.url}/stage#captions")
    await expect(stage.locator("video")).to_be_visible(timeout=LIMIT_MS)
    assert await stage.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
    await studio.add("Good evening.")
    await studio.page.get_by_role("button", name="Start").click()
    await expect(stage.locator("#caption")).to_contain_text("Good evening.", timeout=LIMIT_MS)
    assert await stage.locator("button:visible, input:visible").count() == 0

    await studio.page.get_by_role("button", name="End the session").click()
    await studio.page.get_by_role("dialog").get_by_role("button", name="End the session").click()
    await expect(stage.locator("video")).to_be_hidden(timeout=LIMIT_MS)
    await studio.page.get_by_role("button", name="New session").click(timeout=LIMIT_MS)
    await expect(stage.locator("video")).to_be_visible(timeout=LIMIT_MS)
    await stage.close()


async def test_a_server_with_a_key_asks_for_it(browser: Browser, tmp_path: Path) -> None:
    async with running_demo(tmp_path, AVATAR_BRIDGE_SERVER__API_KEY="a-key-for-the-host") as demo:
        context = await browser.new_context(locale="en-US")
        page = await context.new_page()
        await page.goto(f"{demo.url}/host")
        for key in ("another", "a-key-for-the-host"):
            await page.get_by_label("server.api_key").fill(key)
            await page.get_by_role("button", name="Open the studio").click()
            if key == "another":
                await expect(page.locator("#sign-in-fault")).to_have_text("The server does not accept this key.")
        await page.get_by_role("button", name="New session").click()
        await expect(page.locator("#phase")).to_have_text("live", timeout=LIMIT_MS)

        # A link that this browser once had, and that was taken back, is in nobody's way.
        await page.evaluate("localStorage.setItem('avatar-bridge.grant', 'grant-of-yesterday')")
        stage = await context.new_page()
        await stage.goto(f"{demo.url}/stage")
        await stage.get_by_label("server.api_key").fill("a-key-for-the-host")
        await stage.keyboard.press("Enter")
        await expect(stage.locator("video")).to_be_visible(timeout=LIMIT_MS)
        assert "a-key-for-the-host" not in stage.url
        await leave(context)

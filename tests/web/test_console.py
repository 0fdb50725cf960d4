"""The console, against the real server and the emulated cloud: sign in, open, say, interrupt, close."""

import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.support.demo import Demo, running_demo
from tests.web.scripted_api import ScriptedApi
from tests.web.visitor import leave

KEY = "the-operators-own-key"
SIZES = {"phone": (390, 844), "laptop": (1366, 768), "portrait": (1080, 1920)}
REDUCE = """async (actions) => {
  const { initialState, reduce } = await import("/static/console/state.js");
  const { STAGE_NAMES, summary } = await import("/static/console/timings.js");
  const state = actions.reduce(reduce, initialState());
  return { state, timings: Object.fromEntries(STAGE_NAMES.map((stage) => [stage, summary(state.passages, stage)])) };
}"""
NAMELESS = """[...document.querySelectorAll("button, input, textarea, h1, h2, th")]
  .filter((node) => !(node.textContent || node.labels?.[0]?.textContent || "").trim())
  .map((node) => node.outerHTML)"""

Action = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    async with running_demo(Path(tmp_path_factory.mktemp("state")), AVATAR_BRIDGE_SERVER__API_KEY=KEY) as demo:
        yield demo


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncGenerator[Page]:
    context = await browser.new_context(locale="en-US", viewport={"width": 1366, "height": 768})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await leave(context)
    assert complaints == []


async def sign_in(page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.url}/console")
    await page.get_by_label("server.api_key").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(page.locator("#desk")).to_be_visible()


async def open_session(page: Page, demo: Demo) -> None:
    await sign_in(page, demo)
    await page.get_by_role("button", name="New session").click()
    await expect(page.locator("#session-state")).to_have_text("live", timeout=15_000)


async def close_session(page: Page) -> None:
    await page.get_by_role("button", name="Close session").click()
    await page.get_by_role("dialog").get_by_role("button", name="Close session").click()
    await expect(page.locator("#session-state")).to_have_text("closed")


async def test_a_wrong_key_is_refused_and_forgotten(page: Page, demo: Demo):
    await page.goto(f"{demo.url}/console")
    await page.get_by_label("server.api_key").fill("not the key")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The server does not accept this key.")
    assert await page.evaluate("sessionStorage.getItem('avatar-bridge.key')") is None


async def test_the_key_lasts_over_a_reload_until_one_signs_out(page: Page, demo: Demo):
    await sign_in(page, demo)
    await page.reload()
    await expect(page.locator("#desk")).to_be_visible()
    assert KEY not in page.url
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("server.api_key")).to_be_focused()
    await page.reload()
    await expect(page.get_by_label("server.api_key")).to_be_visible()


async def test_the_operator_makes_it_speak_and_stops_it(page: Page, demo: Demo):
    await open_session(page, demo)
    await page.get_by_label("Have it say").fill("This is a long sentence that nobody will hear to its very end.")
    await page.get_by_role("button", name="Say", exact=True).click()
    first = page.locator("#passages tr").last
    await expect(first.locator(".status")).to_have_text("started")
    await expect(first.locator(".text")).to_have_text(re.compile("This is a long sentence"))
    await expect(page.get_by_label("Have it say")).to_have_value("")

    await page.get_by_role("button", name="Interrupt").click()
    await expect(first.locator(".status")).to_have_text("interrupted")
    await expect(first.locator(".ms").nth(2)).to_have_text(re.compile(r"^\d+ ms$"))
    await expect(page.locator("#feed li[data-name=interrupt]")).to_have_count(1)

    await page.get_by_label("Have it say").fill("<b>两句话</b>")
    await page.get_by_label("Have it say").press("Control+Enter")
    await expect(page.locator("#passages tr").first.locator(".status")).to_have_text("ended", timeout=20_000)
    await expect(page.locator("#passages b")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#session-state")).to_have_text("live")
    await close_session(page)
    await expect(page.get_by_role("button", name="Interrupt")).to_be_disabled()


async def test_the_picture_is_shown_when_asked_for(page: Page, demo: Demo):
    await open_session(page, demo)
    await expect(page.locator("#video")).to_be_hidden()
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("#video")).to_be_visible(timeout=15_000)
    await expect(page.locator("#video")).to_have_js_property("muted", True)
    await page.get_by_role("button", name="Sound").click()
    await expect(page.locator("#video")).to_have_js_property("muted", False)
    await page.get_by_role("button", name="Hide").click()
    await expect(page.locator("#video")).to_be_hidden()
    await close_session(page)


async def test_events_can_be_filtered_and_held(page: Page, demo: Demo):
    await open_session(page, demo)
    await page.get_by_label("Have it say").fill("One.")
    await page.get_by_role("button", name="Say", exact=True).click()
    await expect(page.locator("#passages .status").first).to_have_text("ended", timeout=20_000)
    await page.get_by_label("Filter").fill("sentence")
    names: list[str] = await page.locator("#feed li .name").all_inner_texts()
    assert names.count("sentence") == 2
    await page.get_by_label("Filter").fill("")
    await page.get_by_role("button", name="Hold").click()
    held = await page.locator("#feed li").count()
    await page.get_by_label("Have it say").fill("Two.")
    await page.get_by_role("button", name="Say", exact=True).click()
    await expect(page.locator("#passages tr")).to_have_count(2)
    assert await page.locator("#feed li").count() == held
    await page.get_by_role("button", name="Hold").click()
    await expect(page.locator("#feed li").nth(held)).to_be_attached()
    await close_session(page)


async def test_a_refusal_is_told_beside_the_controls(page: Page, demo: Demo):
    await open_session(page, demo)
    await page.get_by_label("Have it say").fill("x" * 70_000)
    await page.get_by_role("button", name="Say", exact=True).click()
    await expect(page.locator("#say-fault")).to_contain_text("invalid_request")
    assert len(await page.get_by_label("Have it say").input_value()) == 70_000
    await close_session(page)


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_is_wider_than_the_screen(page: Page, demo: Demo, size: str):
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})
    await open_session(page, demo)
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await close_session(page)


async def test_everything_has_a_name_in_both_languages(page: Page, demo: Demo):
    await open_session(page, demo)
    for language in ("中文", "English"):
        await page.get_by_role("button", name=language).click()
        nameless = await page.evaluate(NAMELESS)
        assert nameless == []
    await close_session(page)


async def test_what_the_console_concludes(browser: Browser):
    async with ScriptedApi() as api:
        page = await browser.new_page()
        await page.goto(f"{api.url}/")
        session: Action = {
            "session_id": "s",
            "user_id": "u",
            "created_at": 1,
            "state": "live",
            "utterances": [],
            "attached": 1,
        }

        def event(name: str, time: float, **data: object) -> Action:
            return {"type": "event", "name": name, "data": {"time": time, "offset": 1, **data}}

        def utterance(status: str, time: float, utterance_id: str = "a") -> Action:
            return event("utterance", time, utterance_id=utterance_id, kind="stream", status=status)

        told = await page.evaluate(
            REDUCE,
            [
                {"type": "sessions", "sessions": [session]},
                {"type": "select", "id": "s"},
                event("welcome", 0, session=session),
                utterance("queued", 1.0),
                utterance("sent", 1.01),
                utterance("started", 1.2),
                event("sentence", 1.2, utterance_id="a", seq=1, text="One, ", status="started"),
                event("sentence", 1.4, utterance_id="a", seq=1, text="One, ", status="ended"),
                event("sentence", 1.4, utterance_id="a", seq=2, text="two.", status="started"),
                event("interrupt", 1.5, utterance_ids=["a"], by="button"),
                utterance("interrupted", 1.53),
                *(utterance("queued", 2.0, str(number)) for number in range(200)),
                *(event("session.state", 3, state=state) for state in ("reconnecting", "live", "failed")),
            ],
        )
        state = told["state"]
        assert [session["state"] for session in state["sessions"]] == ["failed"]
        assert len(state["passages"]) == 100
        assert told["timings"] == {"sending": None, "starting": None, "stopping": None}, "the oldest fell out"
        await page.close()


async def test_how_long_the_stages_took(browser: Browser):
    async with ScriptedApi() as api:
        page = await browser.new_page()
        await page.goto(f"{api.url}/")
        passages = [
            {"marks": {"queued": 10.0, "sent": 10.0 + number / 1000, "stop": 20.0, "interrupted": 20.5}}
            for number in range(1, 21)
        ]
        summaries = await page.evaluate(
            """async (passages) => {
                const { summary } = await import("/static/console/timings.js");
                return ["sending", "starting", "stopping"].map((stage) => summary(passages, stage));
            }""",
            passages,
        )
        assert summaries == [{"count": 20, "p50": 10, "p95": 19}, None, {"count": 20, "p50": 500, "p95": 500}]
        await page.close()


async def test_the_turns_of_a_session_are_a_waterfall(page: Page, demo: Demo) -> None:
    await open_session(page, demo)
    await expect(page.locator("#turns-none")).to_be_visible()
    session = await page.evaluate("sessionStorage.getItem('avatar-bridge.chosen')")
    asked = """async ([session, key]) => {
        const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
        const body = JSON.stringify({ message: "Who are you?" });
        return (await fetch(`/v1/sessions/${session}/chat`, { method: "POST", headers, body })).text();
    }"""
    assert "event: end" in await page.evaluate(asked, [session, KEY])
    row = page.locator("#turns-rows tr")
    await expect(row).to_have_count(1, timeout=15_000)
    await expect(row.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"cloud speaks: \d+ ms"))
    await expect(page.locator("#turns-summary tr", has_text="cloud speaks")).to_contain_text(re.compile(r"\d+ *\d+ *1"))

"""How the pages present themselves: languages, names, sizes, and the other people's rules they keep."""

import pytest
from playwright.async_api import expect

from tests.web.visitor import OpenKiosk, Visitor

SIZES = {
    "small phone": (320, 568),
    "phone": (390, 844),
    "phone on its side": (844, 390),
    "tablet": (768, 1024),
    "laptop": (1366, 768),
    "kiosk": (1080, 1920),
}
BOXES = """() => [...document.querySelectorAll("button, textarea, .status, .caption, .trouble")]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest(".chips"))
  .map((node) => ({ name: node.id || node.className, ...node.getBoundingClientRect().toJSON() }))"""
SPEAKS_CHINESE = ["zh-CN", "zh-TW"]


@pytest.mark.parametrize(("locale", "tag"), [("en-GB", "en"), ("zh-CN", "zh-CN"), ("zh-TW", "zh-CN"), ("fr-FR", "en")])
async def test_the_page_speaks_the_visitors_language(open_kiosk: OpenKiosk, locale: str, tag: str):
    visitor = await open_kiosk(locale=locale)
    await visitor.phase("ready")
    chinese = locale in SPEAKS_CHINESE
    await expect(visitor.page.locator("html")).to_have_attribute("lang", tag)
    await expect(visitor.page.locator("#status-text")).to_have_text("准备好了" if chinese else "Ready")
    await expect(visitor.page.locator(".chip").first).to_have_text("你能做什么？" if chinese else "What can you do?")


async def test_the_language_can_be_changed_and_is_remembered(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.phase("ready")
    await visitor.page.get_by_role("button", name="中文").click()
    await expect(visitor.page.locator("#status-text")).to_have_text("准备好了")
    await visitor.page.reload()
    await visitor.phase("ready")
    await expect(visitor.page.get_by_role("textbox")).to_have_attribute("placeholder", "请输入问题…")
    await visitor.page.get_by_role("button", name="English").click()
    await expect(visitor.page.locator("#status-text")).to_have_text("Ready")


async def test_everything_has_a_name(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.hears()
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, "I am speaking.")
    await visitor.question.fill("more")
    await visitor.phase("speaking")
    await expect(visitor.page.locator("main")).to_match_aria_snapshot(
        """
        - main:
          - status: Speaking
          - group "Settings":
            - button "中文"
            - button "Turn sound off"
            - button "Full screen"
          - region "Conversation":
            - heading "Hello! Ask me anything." [level=1]
            - paragraph
          - paragraph: I am speaking.
          - list "Suggested questions":
            - listitem:
              - button "What can you do?"
            - listitem:
              - button "Where is the café?"
          - textbox "Your question": more
          - button "Stop speaking (Escape)"
          - button "Send"
        """
    )
    nameless = await visitor.page.evaluate(
        """[...document.querySelectorAll("button")]
            .filter((button) => button.checkVisibility() && !button.ariaLabel && !button.textContent.trim())
            .map((button) => button.id)"""
    )
    assert nameless == []


async def test_the_keyboard_reaches_everything(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.phase("ready")
    await visitor.page.locator("#sound").wait_for()
    reached: list[str] = []
    for _ in range(8):
        await visitor.page.keyboard.press("Tab")
        reached.append(await visitor.page.evaluate("document.activeElement.id || document.activeElement.className"))
    wanted = ["language", "sound", "fullscreen", "chip", "chip", "question", "send"]
    assert [name for name in reached if name in wanted] == wanted


@pytest.mark.parametrize("name", SIZES)
async def test_nothing_is_cut_off_or_too_small_to_touch(open_kiosk: OpenKiosk, name: str):
    visitor = await open_kiosk()
    width, height = SIZES[name]
    await visitor.page.set_viewport_size({"width": width, "height": height})
    await visitor.hears()
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, "I am a digital human: I speak, and the words appear here as I say them. " * 2)
    await visitor.question.fill("And one more thing")
    await visitor.phase("speaking")
    await _all_in_view(visitor, width, height)
    visitor.api.enter("failed", error={"code": "quota_full", "message": "why " * 200, "retryable": False})
    await visitor.phase("error")
    await visitor.page.wait_for_timeout(300)
    await _all_in_view(visitor, width, height)


async def test_the_page_does_not_shift(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.page.evaluate(
        """() => {
          window.shifted = 0;
          new PerformanceObserver((list) => {
            for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value;
          }).observe({ type: "layout-shift", buffered: true });
        }"""
    )
    await visitor.hears()
    for seq in range(1, 4):
        visitor.api.utterance("u1", "started")
        visitor.api.sentence("u1", seq, "A sentence of some length. " * seq)
        await expect(visitor.caption).to_have_text("A sentence of some length. " * seq)
    visitor.api.utterance("u1", "ended")
    await expect(visitor.caption).to_be_hidden()
    assert await visitor.page.evaluate("window.shifted") < 0.02


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_the_start_page_leads_to_the_avatar(open_kiosk: OpenKiosk, locale: str):
    visitor = await open_kiosk("/", locale=locale)
    link = visitor.page.get_by_role("link", name="和数字人对话" if locale == "zh-CN" else "Talk to the avatar")
    await link.click()
    await visitor.phase("ready")


async def _all_in_view(visitor: Visitor, width: int, height: int) -> None:
    """Assert that every control is inside the window and at least 44 pixels large."""
    boxes = await visitor.page.evaluate(BOXES)
    assert len(boxes) > 4
    for box in boxes:
        assert box["left"] >= -0.5, box
        assert box["top"] >= -0.5, box
        assert box["right"] <= width + 0.5, box
        assert box["bottom"] <= height + 0.5, box
        if box["name"] not in {"status", "caption"}:
            assert min(box["width"], box["height"]) >= 43.5, box

"""Talking with the kiosk page: the text box, the subtitles, and silence on demand."""

import pytest
from playwright.async_api import expect

from tests.web.scripted_api import Json
from tests.web.visitor import REFUSED, OpenKiosk, Visitor, until

STOP_AND_LISTEN = """() => {
  document.querySelector("#stop").click();
  return document.querySelector("video").muted;
}"""
ESCAPE_AND_LISTEN = """() => {
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  return document.querySelector("video").muted;
}"""
SPARE_WIDTH = """async (caption) => {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const lines = document.createRange();
  lines.selectNodeContents(caption);
  return (caption.offsetWidth - lines.getBoundingClientRect().width) / parseFloat(getComputedStyle(caption).fontSize);
}"""
"""How much wider the subtitle's box is than its longest line, in ems."""
LINES = """(caption) => {
  const lines = [], range = document.createRange();
  let top = -Infinity;
  [...caption.textContent].forEach((character, at) => {
    range.setStart(caption.firstChild, at);
    range.setEnd(caption.firstChild, at + 1);
    const box = range.getBoundingClientRect();
    if (box.top > top + box.height / 2) lines.push("");
    top = box.top;
    lines[lines.length - 1] += character;
  });
  return lines;
}"""
COMPOSED_ENTER = """(init) => {
  const box = document.querySelector("#question");
  const { before = [], ...key } = init;
  for (const name of before) box.dispatchEvent(new CompositionEvent(name, { bubbles: true, data: "你好" }));
  const event = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...key });
  box.dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest.mark.parametrize(
    "key",
    [
        {"before": ["compositionstart"], "isComposing": True},
        {"before": ["compositionstart"], "keyCode": 229},
        # Safari ends the composition before the key that ended it.
        {"before": ["compositionstart", "compositionend"], "keyCode": 229},
    ],
)
async def test_an_input_methods_enter_does_not_send(open_kiosk: OpenKiosk, key: dict[str, object]):
    visitor = await open_kiosk(locale="zh-CN")
    await visitor.phase("ready")
    await visitor.question.fill("你好")
    assert not await visitor.page.evaluate(COMPOSED_ENTER, key)
    await visitor.page.evaluate(
        "document.querySelector('#question').dispatchEvent(new CompositionEvent('compositionend'))"
    )
    assert await visitor.question.input_value() == "你好"
    await visitor.question.press("Enter")
    await until(lambda: visitor.api.script.questions == ["你好"])


async def test_enter_sends_and_shift_enter_breaks_the_line(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.phase("ready")
    await visitor.question.press_sequentially("one")
    await visitor.question.press("Shift+Enter")
    await visitor.question.press_sequentially("two")
    await visitor.question.press("Enter")
    await until(lambda: visitor.api.script.questions == ["one\ntwo"])
    await expect(visitor.question).to_have_value("")
    await visitor.question.press_sequentially("  ")
    await visitor.question.press("Enter")
    await visitor.ask("three")
    await until(lambda: visitor.api.script.questions == ["one\ntwo", "three"])


@pytest.mark.parametrize(
    ("text", "limit"),
    [("It was a dark night. " * 400, "4000"), ("很久很久以前。" * 1000, "2730")],
    ids=["latin", "chinese"],
)
async def test_a_novel_is_kept_and_not_sent(open_kiosk: OpenKiosk, text: str, limit: str):
    visitor = await open_kiosk()
    await visitor.phase("ready")
    await visitor.ask(text)
    await expect(visitor.page.locator("#hint")).to_contain_text(limit)
    await expect(visitor.question).to_have_value(text)
    await expect(visitor.page.locator("#send")).to_have_attribute("aria-disabled", "true")
    await visitor.ask("short")
    await until(lambda: visitor.api.script.questions == ["short"])
    await expect(visitor.page.locator("#hint")).to_be_empty()


async def test_the_answer_is_written_beside_the_avatar(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    visitor.api.script.answer = [
        ("delta", {"text": "I am "}),
        ("delta", {"text": "here."}),
        ("end", {"utterance_id": "u1", "status": "ended", "heard": "I am here."}),
    ]
    await visitor.phase("ready")
    await visitor.page.get_by_role("button", name="What can you do?").click()
    await expect(visitor.page.locator(".exchange .question")).to_contain_text("What can you do?")
    await expect(visitor.page.locator(".exchange .answer")).to_contain_text("I am here.")


@pytest.mark.parametrize(("status", "outcome"), [("ended", ""), ("interrupted", "stopped")])
async def test_an_answer_that_was_not_spoken_to_its_end_says_so(open_kiosk: OpenKiosk, status: str, outcome: str):
    visitor = await open_kiosk()
    visitor.api.script.answer = [
        ("delta", {"text": "One, two."}),
        ("end", {"utterance_id": "u1", "status": status, "heard": "One,"}),
    ]
    await visitor.phase("ready")
    await visitor.ask("Count!")
    await expect(visitor.page.locator(".exchange .answer")).to_contain_text("One, two.")
    await expect(visitor.page.locator(".exchange:not([data-status=answering])")).to_have_count(1)
    await expect(visitor.page.locator(".exchange .outcome")).to_have_text(outcome)


async def test_a_question_whose_answer_broke_off_comes_back(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    visitor.api.script.answer = [
        ("delta", {"text": "Once upon a time"}),
        ("error", {"code": "cloud_session_lost", "detail": "gone", "retryable": True}),
    ]
    await visitor.phase("ready")
    await visitor.ask("Tell me a story")
    await expect(visitor.page.locator("#hint")).to_have_text("Something cut me off. Please ask me once more.")
    await expect(visitor.question).to_have_value("Tell me a story")


async def test_a_refused_question_comes_back(open_kiosk: OpenKiosk):
    visitor = await open_kiosk(expected=REFUSED)
    await visitor.phase("ready")
    visitor.api.script.refuse_chat = (429, "queue_full")
    await visitor.ask("Are you there?")
    await expect(visitor.page.locator("#hint")).to_contain_text("several questions")
    await expect(visitor.question).to_have_value("Are you there?")
    visitor.api.script.refuse_chat = None
    await visitor.question.press("Enter")
    await until(lambda: visitor.api.script.questions == ["Are you there?"])


async def test_what_is_typed_without_an_avatar_is_kept(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.phase("ready")
    visitor.api.enter("closed", reason="idle")
    await visitor.phase("ended")
    await visitor.ask("Hello?")
    await expect(visitor.question).to_have_value("Hello?")
    await expect(visitor.question).to_be_focused()
    await expect(visitor.page.locator("#hint")).to_contain_text("as soon as I am back")
    assert visitor.api.script.questions == []


async def test_the_subtitle_follows_the_sentences(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, "First.")
    await expect(visitor.caption).to_have_text("First.")
    visitor.api.sentence("u1", 1, "First.", "ended")
    visitor.api.sentence("u1", 2, "第二句。")
    await expect(visitor.caption).to_have_text("第二句。")
    await expect(visitor.caption).to_have_attribute("lang", "zh-CN")
    visitor.api.sentence("u1", 2, "第二句。", "ended")
    visitor.api.utterance("u1", "ended")
    await expect(visitor.caption).to_be_hidden()


async def test_the_subtitles_box_is_as_wide_as_its_lines(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.phase("ready")
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, "Half of this subtitle stands on a second line of its own. ")
    await expect(visitor.caption).to_be_visible()
    for width in (1366, 1920):
        await visitor.page.set_viewport_size({"width": width, "height": 768 * width // 1366})
        assert await visitor.caption.evaluate(SPARE_WIDTH) < 2


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("我可以迎接客人，回答关于这里的问题，", ["我可以迎接客人，", "回答关于这里的问题，"]),
        # A phrase that is too long for a line is broken evenly.
        ("以及关于我是怎样工作的各种问题，", ["以及关于我是怎样", "工作的各种问题，"]),
    ],
    ids=["phrases", "long phrase"],
)
async def test_a_chinese_subtitle_breaks_where_one_would_pause(open_kiosk: OpenKiosk, text: str, lines: list[str]):
    visitor = await open_kiosk(locale="zh-CN")
    await visitor.page.set_viewport_size({"width": 390, "height": 844})
    await visitor.phase("ready")
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, text)
    await expect(visitor.caption).to_have_text(text)
    assert await visitor.caption.evaluate(LINES) == lines


async def test_the_subtitle_waits_for_a_picture_that_comes_late(open_kiosk: OpenKiosk):
    visitor = await open_kiosk("/")
    late: dict[str, Json] = {"kind": "webm", "url": "/v1/sessions/s1/video", "alpha": False, "delay_ms": 1500}
    visitor.api.script.play = late
    await visitor.page.goto(f"{visitor.api.url}/kiosk")
    await visitor.hears()
    visitor.api.sentence("u1", 1, "Late.")
    visitor.api.emit("turn", turn="thinking")
    await visitor.phase("thinking")
    await expect(visitor.caption).to_be_hidden()
    await expect(visitor.caption).to_have_text("Late.")


async def test_subtitles_are_announced_only_without_sound(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.hears()
    await expect(visitor.caption).to_have_attribute("aria-live", "off")
    await visitor.page.get_by_role("button", name="Turn sound off").click()
    await expect(visitor.caption).to_have_attribute("aria-live", "polite")


async def test_words_from_elsewhere_are_only_words(open_kiosk: OpenKiosk):
    attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    visitor = await open_kiosk()
    visitor.api.script.answer = [("delta", {"text": attack})]
    visitor.api.script.suggestions = {"en": [attack], "zh": [attack]}
    await visitor.watched()
    visitor.api.drop_streams()
    await visitor.page.reload()
    await visitor.phase("ready")
    await visitor.ask(attack)
    await expect(visitor.page.locator(".exchange .answer")).to_contain_text(attack)
    visitor.api.sentence("u1", 1, attack)
    await expect(visitor.caption).to_have_text(attack)
    await expect(visitor.page.locator(".chip")).to_have_text(attack)
    visitor.api.enter("failed", error={"code": attack, "message": attack, "retryable": False})
    await expect(visitor.page.locator("#trouble-detail")).to_contain_text(attack)
    assert await visitor.page.locator(".overlay img, .overlay script").count() == 0
    assert await visitor.page.title() == "Avatar"


@pytest.mark.parametrize("gesture", [STOP_AND_LISTEN, ESCAPE_AND_LISTEN], ids=["button", "escape"])
async def test_stopping_is_silence_in_the_same_task(open_kiosk: OpenKiosk, gesture: str):
    visitor = await _speaking(open_kiosk)
    assert not await visitor.muted()
    assert await visitor.page.evaluate(gesture)
    await until(lambda: visitor.api.script.interrupts == [{"scope": "all"}])
    await expect(visitor.caption).to_be_hidden()
    await visitor.phase("ready")
    await expect(visitor.stop).to_be_hidden()


async def test_a_late_start_of_what_was_interrupted_is_not_heard(open_kiosk: OpenKiosk):
    visitor = await _speaking(open_kiosk)
    visitor.api.script.interrupt_answers.clear()
    visitor.api.script.interrupted_ids = ["u1", "u2"]
    await visitor.page.keyboard.press("Escape")
    visitor.api.utterance("u1", "started")
    visitor.api.utterance("u2", "started")
    await visitor.settle()
    assert await visitor.muted()
    visitor.api.script.interrupt_answers.set()
    visitor.api.utterance("u1", "interrupted")
    visitor.api.sentence("u2", 1, "Not to be read.")
    await visitor.settle()
    assert await visitor.muted()
    visitor.api.utterance("u3", "started")
    await expect(visitor.page.locator("video")).to_have_js_property("muted", False)


async def test_an_interrupt_by_somebody_else_is_silence_too(open_kiosk: OpenKiosk):
    visitor = await _speaking(open_kiosk)
    visitor.api.emit("interrupt", utterance_ids=["u1"], by="api")
    await expect(visitor.page.locator("video")).to_have_js_property("muted", True)
    visitor.api.utterance("u2", "started")
    await expect(visitor.page.locator("video")).to_have_js_property("muted", False)
    assert visitor.api.script.interrupts == []


async def test_the_visitors_mute_outlasts_everything(open_kiosk: OpenKiosk):
    visitor = await _speaking(open_kiosk)
    await visitor.page.get_by_role("button", name="Turn sound off").click()
    assert await visitor.muted()
    visitor.api.utterance("u2", "started")
    await visitor.settle()
    await visitor.question.click()
    assert await visitor.muted()
    await visitor.page.get_by_role("button", name="Turn sound on").click()
    assert not await visitor.muted()


async def test_the_picture_begins_without_sound_until_a_gesture(open_kiosk: OpenKiosk):
    visitor = await _untouched(open_kiosk)
    unlock = visitor.page.get_by_role("button", name="Tap for sound")
    await expect(unlock).to_be_visible()
    assert await visitor.muted()
    await unlock.click()
    assert not await visitor.muted()
    await expect(unlock).to_be_hidden()
    assert not await visitor.page.evaluate("document.querySelector('video').paused")


async def test_the_sound_button_is_a_gesture_of_its_own(open_kiosk: OpenKiosk):
    visitor = await _untouched(open_kiosk)
    await expect(visitor.page.get_by_role("button", name="Tap for sound")).to_be_visible()
    await visitor.page.get_by_role("button", name="Turn sound on").click()
    assert not await visitor.muted()


async def _untouched(open_kiosk: OpenKiosk) -> Visitor:
    """Open a page and let it begin to play before playwright looks at it: to Chromium each look is a gesture."""
    visitor = await open_kiosk()
    await until(lambda: visitor.api.script.video_requests > 0)
    return visitor


async def _speaking(open_kiosk: OpenKiosk) -> Visitor:
    """Open a page on which the avatar is speaking, aloud."""
    visitor = await open_kiosk()
    await visitor.hears()
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, "I am speaking.")
    await visitor.phase("speaking")
    await expect(visitor.stop).to_be_visible()
    return visitor

"""A visitor who talks to the kiosk, understood by the browser's own recogniser; a script stands in for that."""

import asyncio
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from tests.web.scripted_api import ScriptedApi
from tests.web.visitor import PATIENCE_S, OpenKiosk, Visitor, until

RECOGNITION = Path(__file__).parents[1] / "support" / "recognition.js"
DEAF = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(open_kiosk: OpenKiosk) -> Visitor:
    it = await open_kiosk(script=RECOGNITION)
    await it.phase("ready")
    await it.watched()
    await it.leave_text()
    return it


async def hear(visitor: Visitor, text: str, *, final: bool = False) -> None:
    await visitor.page.evaluate("([text, final]) => hear(text, final)", [text, final])


async def holds(visitor: Visitor, condition: str) -> None:
    """Wait until a condition of the page holds; its policy lets no condition be evaluated in it."""
    async with asyncio.timeout(PATIENCE_S):
        while not await visitor.page.evaluate(condition):  # noqa: ASYNC110 (it happens in another program)
            await asyncio.sleep(0.02)


async def listens(visitor: Visitor, *, yes: bool = True) -> None:
    await holds(visitor, f"listens() === {str(yes).lower()}")


def hands_free(visitor: Visitor) -> Locator:
    return visitor.page.locator("#hands-free")


async def test_what_is_said_while_the_space_bar_is_held_is_asked_when_it_is_let_go(visitor: Visitor):
    await visitor.page.keyboard.down(" ")
    await visitor.hearing("on")
    await expect(visitor.partial).to_have_text("I’m listening… Let go when you have finished.")
    await hear(visitor, "where is the")
    await expect(visitor.partial).to_have_text("where is the")
    await hear(visitor, "where is the café", final=True)
    await hear(visitor, "please")
    await expect(visitor.partial).to_have_text("where is the café please")
    assert visitor.api.script.questions == []
    await hear(visitor, "please", final=True)
    await visitor.page.keyboard.up(" ")
    await visitor.hearing("off")
    await until(lambda: visitor.api.script.questions == ["where is the café please"])
    await expect(visitor.page.locator("#listening")).to_be_hidden()
    await expect(visitor.page.locator(".exchange .question")).to_contain_text("where is the café please")
    await listens(visitor, yes=False)


async def test_a_space_in_the_text_box_is_a_space(visitor: Visitor):
    await visitor.question.click()
    await visitor.page.keyboard.type("to be or not")
    await expect(visitor.question).to_have_value("to be or not")
    assert await visitor.page.evaluate("recognition.starts") == 0


async def test_the_button_is_held_with_a_finger_and_a_pause_is_no_end(visitor: Visitor):
    await visitor.microphone.hover()
    await visitor.page.mouse.down()
    await expect(visitor.partial).to_have_text("I’m listening… Let go when you have finished.")
    await hear(visitor, "one", final=True)
    await visitor.page.evaluate("tire()")
    await holds(visitor, "recognition.starts === 2 && listens()")
    await hear(visitor, "two", final=True)
    assert visitor.api.script.questions == []
    await visitor.page.mouse.up()
    await until(lambda: visitor.api.script.questions == ["one two"])


async def test_what_was_said_is_asked_even_if_the_button_is_let_go_in_a_pause(visitor: Visitor):
    await visitor.page.keyboard.down(" ")
    await expect(visitor.partial).to_have_text("I’m listening… Let go when you have finished.")
    await hear(visitor, "where is the café", final=True)
    await visitor.page.evaluate("tire(); document.dispatchEvent(new KeyboardEvent('keyup', { key: ' ' }))")
    await visitor.hearing("off")
    await until(lambda: visitor.api.script.questions == ["where is the café"])
    assert await visitor.page.evaluate("recognition.starts") == 1


async def test_a_tap_listens_for_one_question(visitor: Visitor):
    await visitor.microphone.click()
    await visitor.hearing("on")
    await hear(visitor, "who are you", final=True)
    await until(lambda: visitor.api.script.questions == ["who are you"])
    await visitor.hearing("off")
    await listens(visitor, yes=False)


async def test_a_screen_reader_presses_it_by_a_click_alone(visitor: Visitor):
    await visitor.microphone.evaluate("(button) => button.click()")
    await visitor.hearing("on")
    await expect(visitor.microphone).to_have_attribute("aria-pressed", "true")
    await expect(visitor.microphone).to_have_attribute("aria-label", "Stop listening")
    await visitor.microphone.evaluate("(button) => button.click()")
    await visitor.hearing("off")
    assert visitor.api.script.questions == []


async def test_hands_free_it_listens_on_and_after_a_reload_too(visitor: Visitor):
    await hands_free(visitor).click()
    await visitor.hearing("on")
    await expect(hands_free(visitor)).to_have_attribute("aria-checked", "true")
    for question in ("one question", "another question"):
        await hear(visitor, question, final=True)
        await visitor.page.evaluate("tire()")
        await listens(visitor)
    await until(lambda: visitor.api.script.questions == ["one question", "another question"])
    await visitor.page.reload()
    await visitor.hearing("on")
    await hear(visitor, "a third", final=True)
    await until(lambda: visitor.api.script.questions[2:] == ["a third"])
    await hands_free(visitor).click()
    await visitor.hearing("off")
    await visitor.page.reload()
    await visitor.phase("ready")
    assert await visitor.page.evaluate("recognition.starts") == 0


async def test_two_words_interrupt_but_not_one_and_not_the_avatars_own(visitor: Visitor):
    visitor.api.script.interrupted_ids = ["u1"]
    await hands_free(visitor).click()
    await visitor.hears()
    await visitor.leave_text()
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, "The café is on the second floor.")
    await visitor.phase("speaking")
    await expect(visitor.caption).to_contain_text("second floor")
    await hear(visitor, "the second floor")
    await hear(visitor, "well")
    await visitor.settle()
    assert not await visitor.muted()
    assert visitor.api.script.interrupts == []
    await hear(visitor, "well but where")
    assert await visitor.muted()
    await until(lambda: len(visitor.api.script.interrupts) == 1)
    await hear(visitor, "well but where are you", final=True)
    await until(lambda: visitor.api.script.questions == ["well but where are you"])


async def test_whoever_presses_the_button_interrupts(visitor: Visitor):
    visitor.api.script.interrupted_ids = ["u1"]
    await visitor.hears()
    await visitor.leave_text()
    visitor.api.utterance("u1", "started")
    await visitor.phase("speaking")
    await visitor.page.keyboard.down(" ")
    assert await visitor.muted()
    await until(lambda: len(visitor.api.script.interrupts) == 1)
    await visitor.page.keyboard.up(" ")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("not-allowed", "allow the microphone in the browser’s address bar"),
        ("audio-capture", "There is no microphone here"),
        ("network", "I can’t understand speech right now"),
    ],
)
async def test_what_stands_in_the_way_is_said_and_typing_goes_on(visitor: Visitor, error: str, words: str):
    await visitor.microphone.click()
    await visitor.hearing("on")
    await visitor.page.evaluate("(error) => fail(error)", error)
    await expect(visitor.hint).to_contain_text(words)
    await visitor.hearing("off")
    await visitor.ask("typed instead")
    await until(lambda: visitor.api.script.questions == ["typed instead"])
    await visitor.leave_text()
    await visitor.microphone.click()
    await visitor.hearing("on")
    await expect(visitor.hint).to_be_empty()


async def test_it_listens_in_the_language_of_the_page(open_kiosk: OpenKiosk):
    visitor = await open_kiosk(script=RECOGNITION, locale="zh-CN")
    await visitor.phase("ready")
    await expect(visitor.page.locator("#greeting-note")).to_contain_text("按住麦克风说话")
    await visitor.microphone.click()
    await visitor.hearing("on")
    await expect(visitor.partial).to_have_text("我在听…")
    await visitor.microphone.click()
    await visitor.page.locator("#language").click()
    await visitor.microphone.click()
    await holds(visitor, "recognition.starts === 2")
    assert await visitor.page.evaluate("recognition.languages") == ["zh-CN", "en-US"]


async def test_where_nobody_can_listen_there_is_no_button(open_kiosk: OpenKiosk, tmp_path: Path):
    script = tmp_path / "deaf.js"
    script.write_text(DEAF)
    visitor = await open_kiosk(script=script)
    await visitor.phase("ready")
    await expect(visitor.microphone).to_be_hidden()
    await expect(hands_free(visitor)).to_be_hidden()
    await expect(visitor.page.locator("#greeting-note")).to_have_text("Type a question, and I will answer in person.")


async def test_when_the_conversation_has_ended_nobody_listens(visitor: Visitor, api: ScriptedApi):
    await hands_free(visitor).click()
    await visitor.hearing("on")
    api.enter("paused")
    await visitor.phase("paused")
    api.enter("closed")
    await visitor.phase("ended")
    await visitor.hearing("off")
    await listens(visitor, yes=False)
    await expect(visitor.microphone).to_have_attribute("aria-disabled", "true")


async def test_a_page_that_came_without_encryption_says_what_it_lacks(open_kiosk: OpenKiosk, tmp_path: Path):
    script = tmp_path / "plain.js"
    script.write_text(
        RECOGNITION.read_text("utf-8") + "Object.defineProperty(window, 'isSecureContext', { value: false });"
    )
    visitor = await open_kiosk(script=script)
    await visitor.phase("ready")
    await visitor.microphone.click()
    await expect(visitor.hint).to_have_text("Browsers allow a microphone only on pages that come by https.")
    await hands_free(visitor).click()
    await expect(hands_free(visitor)).to_have_attribute("aria-checked", "false")
    assert await visitor.page.evaluate("recognition.starts") == 0


async def test_hands_free_comes_back_by_itself_when_the_service_was_away(visitor: Visitor):
    await visitor.page.clock.install()
    await hands_free(visitor).click()
    for _ in range(3):
        await visitor.page.clock.run_for(5_000)
        await listens(visitor)
        await visitor.page.evaluate("fail('network')")
    await expect(visitor.hint).to_contain_text("I can’t understand speech right now")
    await expect(hands_free(visitor)).to_have_attribute("aria-checked", "true")
    await visitor.page.clock.run_for(5_000)
    await visitor.hearing("on")
    await expect(visitor.hint).to_be_empty()
    await hear(visitor, "are you back", final=True)
    await until(lambda: visitor.api.script.questions == ["are you back"])

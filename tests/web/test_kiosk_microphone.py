"""A visitor who talks to the kiosk, heard by a scripted server; the microphone is Chromium's own that beeps."""

from collections.abc import AsyncGenerator

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.web.conftest import ARGUMENTS, chromium_path
from tests.web.scripted_api import ScriptedApi
from tests.web.visitor import OpenKiosk, Visitor, leave, until

BEEPING = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
FORMAT = {"purpose": "converse", "sample_rate": 16_000, "channels": 1, "encoding": "s16le", "take": True}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS, *BEEPING])
        yield chromium
        await leave(chromium)


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(open_kiosk: OpenKiosk, api: ScriptedApi) -> Visitor:
    api.script.listens = True
    it = await open_kiosk()
    await it.phase("ready")
    await it.watched()
    await it.leave_text()
    return it


def told(api: ScriptedApi, kind: str) -> list[dict[str, object]]:
    return [dict(message) for message in api.script.messages if message["type"] == kind]


def heard(api: ScriptedApi) -> float:
    """Return how many seconds of sound the server has got, once they hold a beep."""
    samples = np.frombuffer(bytes(api.script.sound[: len(api.script.sound) // 2 * 2]), "<i2")
    return samples.size / 16_000 if samples.size and np.max(np.abs(samples)) > 1000 else 0.0


async def test_what_is_said_while_the_space_bar_is_held_goes_to_the_server(visitor: Visitor, api: ScriptedApi):
    await visitor.page.keyboard.down(" ")
    await visitor.hearing("on")
    await until(lambda: heard(api) > 1.2)
    (start,) = told(api, "audio.start")
    assert start == {"type": "audio.start", "ref": start["ref"], "hands_free": False, **FORMAT}
    assert told(api, "audio.end") == []
    assert float(await visitor.page.evaluate("document.body.style.getPropertyValue('--level')")) >= 0
    await visitor.page.keyboard.up(" ")
    await until(lambda: told(api, "audio.end") == [{"type": "audio.end", "ref": start["ref"]}])
    await visitor.hearing("off")
    silent = len(api.script.sound)
    await visitor.settle()
    assert len(api.script.sound) == silent


async def test_what_is_understood_appears_as_it_is_said_and_then_as_a_question(visitor: Visitor, api: ScriptedApi):
    await visitor.microphone.click()
    await until(lambda: heard(api) > 0)
    assert told(api, "audio.start")[0]["hands_free"] is True
    await expect(visitor.partial).to_have_text("I’m listening…")
    api.whisper("transcript", who="user", text="where is", final=False)
    await expect(visitor.partial).to_have_text("where is")
    api.whisper("transcript", who="user", text="where is the café", final=False)
    await expect(visitor.partial).to_have_text("where is the café")
    api.emit("transcript", who="user", text="Where is the café?", final=True)
    await visitor.hearing("off")
    await until(lambda: len(told(api, "audio.end")) == 1)
    exchange = visitor.page.locator(".exchange")
    await expect(exchange.locator(".question")).to_contain_text("Where is the café?")
    api.emit("transcript", who="assistant", delta="On the second ", final=False)
    api.emit("transcript", who="assistant", text="On the second floor.", final=True, heard="On the second floor.")
    await expect(exchange.locator(".answer")).to_contain_text("On the second floor.")
    await expect(exchange).to_have_attribute("data-status", "done")
    assert api.script.questions == []


async def test_an_answer_that_was_interrupted_stays_with_its_question(visitor: Visitor, api: ScriptedApi):
    api.emit("transcript", who="user", text="First?", final=True)
    api.emit("transcript", who="assistant", delta="One, two, ", final=False)
    api.emit("transcript", who="user", text="Second?", final=True)
    api.emit("transcript", who="assistant", text="One, two, three.", final=True, heard="One,")
    await visitor.settle()
    answers = visitor.page.locator(".exchange .answer")
    await expect(answers).to_contain_text(["One, two, three.", ""])
    await expect(answers.nth(1)).to_be_hidden()


async def test_a_hold_is_silence_at_once_and_its_end_gives_the_sound_back(visitor: Visitor, api: ScriptedApi):
    await visitor.hears()
    api.utterance("u1", "started")
    await visitor.phase("speaking")
    await visitor.page.evaluate("""() => {
        window.changes = [];
        const video = document.querySelector("video");
        const muted = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "muted");
        Object.defineProperty(video, "muted", {
            get: () => muted.get.call(video),
            set: (value) => { if (value !== muted.get.call(video)) changes.push(value); muted.set.call(video, value); },
        });
    }""")
    api.whisper("hold", held=True)
    api.whisper("hold", held=False)
    await visitor.settle()
    assert await visitor.page.evaluate("changes") == [True, False]
    api.whisper("hold", held=True)
    api.emit("interrupt", utterance_ids=["u1"], by="voice")
    api.whisper("hold", held=False)
    await visitor.settle()
    assert await visitor.muted()
    api.utterance("u1", "interrupted")
    api.utterance("u2", "started")
    await visitor.settle()
    assert not await visitor.muted()


async def test_a_hold_that_a_broken_connection_leaves_behind_is_over_with_it(visitor: Visitor, api: ScriptedApi):
    await visitor.hears()
    api.whisper("hold", held=True)
    await visitor.settle()
    assert await visitor.muted()
    visitor.api.drop_streams()
    await visitor.watched(0)
    await visitor.watched(1)
    await visitor.settle()
    assert not await visitor.muted()


async def test_hands_free_the_microphone_is_open_until_it_is_switched_off(visitor: Visitor, api: ScriptedApi):
    switch = visitor.page.locator("#hands-free")
    await switch.click()
    await until(lambda: heard(api) > 0.5)
    assert told(api, "audio.start")[0]["hands_free"] is True
    await expect(visitor.page.locator("#status-text")).to_have_text("Listening…")
    api.emit("transcript", who="user", text="Where?", final=True)
    await visitor.settle()
    assert told(api, "audio.end") == []
    await visitor.microphone.click()
    await until(lambda: len(told(api, "audio.end")) == 1)
    await expect(switch).to_have_attribute("aria-checked", "false")


async def test_who_has_lost_the_floor_is_told_so(visitor: Visitor, api: ScriptedApi):
    api.script.refuse_microphone = "floor_taken"
    await visitor.page.locator("#hands-free").click()
    await expect(visitor.hint).to_contain_text("Somebody else has begun to speak with me")
    await visitor.hearing("off")
    await expect(visitor.page.locator("#hands-free")).to_have_attribute("aria-checked", "false")


async def test_the_microphone_goes_on_over_a_lost_connection(visitor: Visitor, api: ScriptedApi):
    visitor.allow_lost_sockets()
    await visitor.page.locator("#hands-free").click()
    await until(lambda: heard(api) > 0)
    await api.drop_sockets()
    await until(lambda: len(told(api, "audio.start")) == 2)
    api.script.sound.clear()
    await until(lambda: heard(api) > 0)
    first, second = told(api, "audio.start")
    assert (second["ref"], second["take"]) == (first["ref"], True)
    assert told(api, "auth")[-1]["resume"] is not None


async def test_a_page_that_is_left_lets_the_microphone_go(visitor: Visitor, api: ScriptedApi):
    await visitor.page.locator("#hands-free").click()
    await until(lambda: heard(api) > 0)
    await visitor.page.evaluate("""() => {
        window.stopped = [];
        const stop = MediaStreamTrack.prototype.stop;
        MediaStreamTrack.prototype.stop = function () { stopped.push(this.kind); stop.call(this); };
        window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    }""")
    assert await visitor.page.evaluate("stopped") == ["audio"]
    await until(lambda: api.connected == 0)
    await visitor.page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await visitor.hearing("on")
    await until(lambda: len(told(api, "audio.start")) == 2)


@pytest_asyncio.fixture(loop_scope="module")
async def refusing(visitor: Visitor) -> Page:
    await visitor.page.evaluate("""() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", window.refusal));
    }""")
    return visitor.page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "allow the microphone in the browser’s address bar"),
        ("NotFoundError", "There is no microphone here"),
        ("NotReadableError", "Another program is using the microphone"),
    ],
)
async def test_what_stands_in_the_way_is_said(visitor: Visitor, refusing: Page, name: str, words: str):
    await refusing.evaluate("(name) => { window.refusal = name; }", name)
    await visitor.microphone.click()
    await expect(visitor.hint).to_contain_text(words)
    await visitor.hearing("off")
    await visitor.ask("typed instead")
    await until(lambda: visitor.api.script.questions == ["typed instead"])


async def test_a_microphone_that_is_unplugged_is_told_of_and_taken_up_again(visitor: Visitor, api: ScriptedApi):
    await visitor.page.evaluate("""() => {
        const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wish) => (window.given = await get(wish));
    }""")
    await visitor.page.locator("#hands-free").click()
    await until(lambda: heard(api) > 0)
    await visitor.page.evaluate("given.getAudioTracks()[0].dispatchEvent(new Event('ended'))")
    await expect(visitor.hint).to_contain_text("The microphone is gone")
    await until(lambda: len(told(api, "audio.end")) == 1)
    await expect(visitor.page.locator("#hands-free")).to_have_attribute("aria-checked", "true")
    await visitor.page.evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))")
    await until(lambda: len(told(api, "audio.start")) == 2)
    await expect(visitor.hint).to_be_empty()
    await visitor.hearing("on")

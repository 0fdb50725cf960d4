"""The whole of it, aloud: a visitor asks into Chromium's microphone, is answered, and interrupts in mid-sentence.

Real are the page, the server, the emulated cloud and the sound; the recogniser and the language model are scripted, and
spoken to over HTTP. `-s` prints the figures.
"""

import asyncio
import re
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.support.demo import Demo, running_demo
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.recording import browser_hearing, silence, store, synthesized
from tests.support.visit import AUDIBLE, Visit, visiting
from tests.web.conftest import ARGUMENTS, chromium_path
from tests.web.visitor import PATIENCE_S

QUESTION = "What is the capital of Peru, please?"
BARGE = "Wait a moment, I would like to know how far Mars is."
STORY = (
    "Once upon a time there was a king. ",
    "He had three daughters and a very large garden. ",
    "They all went down to the sea one day. ",
    "There they found a boat that belonged to nobody. ",
    "The youngest of them could sail it very well. ",
    "So they left the land and saw many islands. ",
    "And on one of them they stayed for many years.",
)
FAR = "Mars is far away."
BEFORE_S, BETWEEN_S, AFTER_S = 2.0, 9.0, 4.0
SILENCE_MS = 200
NOTES = Path(__file__).parents[1] / "support" / "muting.js"


@dataclass
class Told:
    """What the server and the page tell of one interruption, in milliseconds."""

    message_to_mute: float
    voice_to_silence: float


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def openai() -> AsyncGenerator[FakeOpenAI]:
    async with FakeOpenAI.running() as it:
        yield it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(openai: FakeOpenAI, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    variables = {
        f"AVATAR_BRIDGE_{part}__{name}": value
        for part in ("LLM", "ASR")
        for name, value in (("BASE_URL", openai.base_url), ("MODEL", "scripted"))
    }
    async with running_demo(tmp_path_factory.mktemp("state"), **variables) as it:
        yield it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Browser]:
    """Chromium with somebody before it who asks, and asks something else while the answer is spoken."""
    question, barge = [await synthesized(demo.url, demo.emulator_url, text) for text in (QUESTION, BARGE)]
    recording = [silence(BEFORE_S), question, silence(BETWEEN_S), barge, silence(AFTER_S)]
    file = store(tmp_path_factory.mktemp("recording") / "visitor.wav", np.concatenate(recording))
    async with browser_hearing(file, chromium_path(), ARGUMENTS) as it:
        yield it


async def test_a_second_question_interrupts_the_answer_to_the_first(
    demo: Demo, openai: FakeOpenAI, visitor: Browser
) -> None:
    openai.speech.hears.extend([QUESTION, BARGE])
    openai.script(Reply(STORY), Reply([FAR]))
    async with visiting(visitor, demo.url) as visit, aiohttp.ClientSession() as http:
        await visit.page.evaluate(NOTES.read_text("utf-8"))
        await visit.page.locator("#hands-free").click()

        asked = await visit.event(type="transcript", who="user", text=QUESTION)
        story = await visit.event(type="utterance", status="started")
        interrupted = await visit.event(type="interrupt", by="voice")
        assert interrupted["utterance_ids"] == [story["utterance_id"]]
        again = await visit.event(type="transcript", who="user", text=BARGE)
        assert asked["offset"] < interrupted["offset"] < again["offset"]
        last = await answered(visit, FAR)

        told = await figures(demo, visit, http)
        notes = await visit.page.evaluate("window.muting")
        await check_silence(visit, notes)
        check_cloud(await frames(demo, visit, http))
        heard = check_history(openai, visit)
        await check_page(visit)
        assert last["heard"].strip() == FAR
    sys.stdout.write(
        f"\nfrom the message to muted: {told.message_to_mute:.1f} ms; from the detected voice to the page's report of "
        f"silence: {told.voice_to_silence:.0f} ms; heard of the story: {heard!r}\n"
    )
    assert told.message_to_mute < SILENCE_MS / 4
    assert told.voice_to_silence < SILENCE_MS


async def test_what_is_said_while_the_space_bar_is_held_is_answered(
    openai: FakeOpenAI, demo: Demo, visitor: Browser
) -> None:
    openai.speech.hears.append(QUESTION)
    openai.script(Reply(["Lima."]))
    async with visiting(visitor, demo.url) as visit:
        await visit.page.evaluate("document.activeElement.blur()")
        await visit.page.keyboard.down(" ")
        await expect(visit.page.locator("body[data-hearing=on]")).to_be_attached(timeout=PATIENCE_S * 1000)
        # The question is over and the next one has not begun, whatever the machine does meanwhile.
        await asyncio.sleep(BEFORE_S + BETWEEN_S / 2)
        assert not any(event["type"] == "transcript" for event in visit.events)
        await visit.page.keyboard.up(" ")
        await visit.event(type="transcript", who="user", text=QUESTION)
        last = await answered(visit, "Lima.")
        assert last["heard"].strip() == "Lima."
        await expect(visit.page.locator(".exchange .question")).to_contain_text(QUESTION)
        await expect(visit.page.locator("body[data-hearing=off]")).to_be_attached()
    sound = np.frombuffer(openai.speech.uploads[-1].pcm, "<i2")
    assert np.max(np.abs(sound)) > 1000


async def answered(visit: Visit, text: str) -> dict[str, Any]:
    return await visit.event(type="transcript", who="assistant", text=text)


async def figures(demo: Demo, visit: Visit, http: aiohttp.ClientSession) -> Told:
    """Return how soon the page was muted, and how soon the server knew that it is silent."""
    notes = await visit.page.evaluate("window.muting")
    held = next(note["at"] for note in notes if note["what"] == "hold")
    muted = next(note["at"] for note in notes if note["what"] == "muted" and note["at"] >= held)
    async with http.get(f"{demo.url}/metrics") as response:
        metrics = await response.text()
    name = r'avatar_bridge_interrupt_to_silence_seconds_sum\{[^}]*by="voice"[^}]*seen="page"[^}]*\} (\S+)'
    seconds = re.search(name, metrics)
    assert seconds is not None, [line for line in metrics.splitlines() if "silence" in line]
    return Told(muted - held, float(seconds.group(1)) * 1000)


async def check_silence(visit: Visit, notes: list[dict[str, Any]]) -> None:
    """From the interruption to the next answer nothing is heard in the page."""
    stopped = next(note["at"] for note in notes if note["what"] == "interrupt")
    began = next(note["at"] for note in notes if note["what"] == "unmuted" and note["at"] > stopped)
    before = await visit.watched("heard", stopped - 3000, stopped - 1000)
    assert any(sample["level"] > AUDIBLE and sample["audible"] for sample in before)
    silent = await visit.watched("heard", stopped, began - 20)
    assert silent
    assert not any(sample["audible"] for sample in silent)
    # What sounds when the page may be heard again is the new answer alone: before it the picture was silent, too.
    assert any(sample["level"] < AUDIBLE for sample in silent[-20:])


async def frames(demo: Demo, visit: Visit, http: aiohttp.ClientSession) -> list[dict[str, Any]]:
    """Return what the cloud was sent of text, in order."""
    session = visit.events[0]["session"]["session_id"]
    async with http.get(f"{demo.url}/v1/sessions/{session}") as response:
        cloud = (await response.json())["cloud_session_id"]
    async with http.get(f"{demo.emulator_url}/_emulator/sessions/{cloud}/transcript") as response:
        entries = await response.json()
    loads = [entry["frame"]["Payload"] for entry in entries if entry["direction"] == "up"]
    return [load for load in loads if load["Command"] == "SEND_STREAMTEXT"]


def check_cloud(sent: list[dict[str, Any]]) -> None:
    """Nothing of the old answer was sent after the interruption."""
    stop = next(place for place, load in enumerate(sent) if load["Data"].get("Interrupt"))
    before = [load["Data"]["Text"] for load in sent[:stop] if load["Data"].get("Text", "").strip()]
    after = [load for load in sent[stop + 1 :] if load["Data"].get("Text", "").strip()]
    assert before == [*STORY[: len(before)]]
    assert 1 <= len(before) < len(STORY)
    assert [load["Data"]["Text"].strip() for load in after] == [FAR]
    assert sent[stop]["ReqId"] not in {load["ReqId"] for load in after}


def check_history(openai: FakeOpenAI, visit: Visit) -> str:
    """The next request to the model knows of the story what was heard of it."""
    (first, second) = [
        each for each in visit.events if each["type"] == "transcript" and each["who"] == "assistant" and each["final"]
    ]
    heard = first["heard"].strip()
    said = "".join(STORY)
    assert heard
    assert said.startswith(heard)
    assert len(heard) < len(said) - len(STORY[-1])
    assert second["text"].strip() == FAR
    *_, answer, question = openai.requests[1].body.messages
    assert question.content == BARGE
    assert answer.role == "assistant"
    assert answer.content.startswith(heard)
    assert not any(sentence.strip() in answer.content for sentence in STORY if sentence.strip() not in heard)
    return heard


async def check_page(visit: Visit) -> None:
    """Both questions stand in the page, as if they were typed."""
    questions = await visit.page.locator(".exchange .question").all_text_contents()
    assert [text.removeprefix("You: ") for text in questions] == [QUESTION, BARGE]

"""The whole of it: a visitor types in Chromium, and the decoded picture and sound must answer.

The mouth is measured against its look at rest in the same picture, with the silence before the question as control.
"""

import asyncio
import statistics
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.support.demo import Demo, running_demo
from tests.support.visit import AUDIBLE, Visit, visiting

QUIET = 0.001
PLAYBACK_S = 0.6
"""What jitter buffer and decoder may add between the cloud's status and the page."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("state")) as it:
        yield it


@pytest_asyncio.fixture(loop_scope="module")
async def visit(demo: Demo, browser: Browser) -> AsyncGenerator[Visit]:
    async with visiting(browser, demo.url) as it:
        yield it


async def test_mouth_sound_and_subtitle_follow_the_speech(visit: Visit, record_property: Callable[[str, object], None]):
    await asyncio.sleep(2.5)
    asked = await visit.clock()
    await visit.ask("Who are you?")
    sentence = await visit.event(type="sentence", status="started")
    caption = visit.page.locator("#caption")
    await caption.filter(has_text=sentence["text"].strip()).wait_for(timeout=3000)
    started = await visit.clock()
    await visit.event(type="utterance", status="ended")
    ended = await visit.clock()
    await asyncio.sleep(PLAYBACK_S + 1.5)

    parts = {
        "quiet": await visit.watched("seen", 0, asked),
        "speaking": await visit.watched("seen", started + 200, ended - 200),
        "after": await visit.watched("seen", ended + 1000 * PLAYBACK_S),
    }
    assert all(len(part) > 15 for part in parts.values())
    motion = {name: _spread(part, "mouth") for name, part in parts.items()}
    record_property("mouth motion", motion)
    assert motion["speaking"] > 4 * motion["quiet"]
    assert motion["speaking"] > 4 * motion["after"]
    assert _spread(parts["speaking"], "chest") < motion["speaking"] / 2

    assert _loudest(await visit.watched("heard", 0, asked)) < QUIET
    speech = await visit.watched("heard", started + 200, ended)
    assert statistics.fmean(sample["level"] > AUDIBLE for sample in speech) > 0.5
    assert all(sample["audible"] for sample in speech)
    assert _loudest(await visit.watched("heard", ended + 1000 * PLAYBACK_S)) < QUIET
    record_property("first sound after Enter, ms", await visit.first_sound_ms())

    sentences = [event for event in visit.events if event["type"] == "sentence"]
    spoken = [event["text"].strip() for event in sentences if event["status"] == "started"]
    captions = await visit.watched("captions", asked)
    shown = list(dict.fromkeys(sample["text"].strip() for sample in captions if sample["text"].strip()))
    assert shown == list(dict.fromkeys(spoken))


async def test_an_interrupt_is_silence(visit: Visit):
    await visit.ask("Tell me a story")
    first = await visit.event(type="sentence", status="ended")
    await asyncio.sleep(1.5)
    before = await visit.clock()
    await visit.page.keyboard.press("Escape")
    muted_at_once = await visit.page.evaluate("document.querySelector('video').muted")
    pressed = await visit.clock()
    ended = await visit.event(type="utterance", status="interrupted")
    await asyncio.sleep(PLAYBACK_S + 2.0)

    assert muted_at_once
    talking = await visit.watched("heard", before - 1500, before)
    assert statistics.fmean(sample["level"] > AUDIBLE for sample in talking) > 0.5
    silence = await visit.watched("heard", pressed + 1000 * PLAYBACK_S)
    assert len(silence) > 50
    assert _loudest(silence) < QUIET
    mouth_then = await visit.watched("seen", before - 1500, before)
    mouth_now = await visit.watched("seen", pressed + 1000 * PLAYBACK_S + 300)
    assert _spread(mouth_then, "mouth") > 4 * _spread(mouth_now, "mouth")
    assert ended["heard"] == first["text"]
    assert [e for e in visit.events if e["type"] == "sentence" and e["offset"] > ended["offset"]] == []


def _spread(samples: list[dict[str, Any]], region: str) -> float:
    """Return how much the region's look varies: the mean distance from its median look."""
    values = [sample[region] for sample in samples]
    middle = statistics.median(values)
    return statistics.fmean(abs(value - middle) for value in values)


def _loudest(samples: list[dict[str, Any]]) -> float:
    return max(sample["level"] for sample in samples)

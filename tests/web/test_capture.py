"""A microphone in a real browser as the avatar's voice, and what of it the emulated cloud received."""

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, Callable
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support.demo import Demo, running_demo
from tests.support.recording import (
    DEVICE_RATE,
    LIMIT_S,
    aligned,
    browser_hearing,
    house,
    live_session,
    silence,
    store,
    synthesized,
)
from tests.support.voicing import Signal, check_form, drives, heard, likeness, sent, voice
from tests.web.conftest import ARGUMENTS, chromium_path
from tests.web.visitor import leave

SPEAK = """async ({session, seconds, options}) => {
    const { Capture } = await import("/static/voice/capture.js");
    const { Line } = await import("/static/voice/line.js");
    const frames = [], events = [];
    const line = new Line(session, { onEvent: (event) => events.push(event) });
    await new Promise((resolve) => {
        line.open();
        const look = () => (line.isOpen ? resolve() : setTimeout(look, 20));
        look();
    });
    let sound = null, dropped = 0;
    const capture = await Capture.open({ ...options, onLost: () => {}, onFrame: ({ pcm, level, at }) => {
        frames.push({ size: pcm.byteLength, level, at, late: performance.now() - at });
        sound?.feed(pcm);
    }});
    sound = line.openSound({ purpose: "drive", sample_rate: capture.rate, onDropped: (ms) => { dropped += ms; } });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    capture.close();
    sound.end();
    await new Promise((resolve) => {
        const look = () => (events.some(({ status }) => status === "ended") ? resolve() : setTimeout(look, 20));
        look();
    });
    line.close();
    return { frames, dropped, rate: capture.rate, device: capture.device, utterance: sound.utteranceId, events };
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Demo]:
    async with running_demo(tmp_path_factory.mktemp("state")) as it:
        yield it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spoken(demo: Demo) -> Signal:
    """A sweep and a sentence, with a pause between them."""
    words = await synthesized(demo.url, demo.emulator_url, "Good evening, and welcome to the show.")
    sweep = voice(2.5, DEVICE_RATE)
    return np.concatenate([sweep * np.max(np.abs(words)) / 0.4, silence(0.4), words])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def speaker(spoken: Signal, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Browser]:
    """Chromium whose microphone hears it two seconds after it was opened: by then everything is there."""
    recording = np.concatenate([silence(2.0), spoken, silence(1.0)])
    file = store(tmp_path_factory.mktemp("recording") / "voice.wav", recording)
    async with browser_hearing(file, chromium_path(), ARGUMENTS) as it:
        yield it


@pytest_asyncio.fixture(loop_scope="module")
async def page(demo: Demo, speaker: Browser) -> AsyncGenerator[Page]:
    context = await speaker.new_context(locale="en-US")
    it = await context.new_page()
    complaints: list[str] = []
    it.on("pageerror", lambda error: complaints.append(str(error)))
    it.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await it.goto(demo.url)
    yield it
    await leave(context)
    assert complaints == []


async def speak(page: Page, session_id: str, seconds: float, **options: object) -> dict[str, Any]:
    given = {"session": session_id, "seconds": seconds, "options": {"processing": False, **options}}
    async with asyncio.timeout(LIMIT_S):
        return await page.evaluate(SPEAK, given)


@pytest.mark.parametrize("frame_ms", [20, 160])
async def test_a_voice_arrives_as_it_was_spoken(
    demo: Demo, page: Page, spoken: Signal, frame_ms: int, record_property: Callable[[str, object], None]
) -> None:
    async with aiohttp.ClientSession() as http:
        session = await live_session(http, demo.url, mode="audio")
        seconds = 2.0 + spoken.size / DEVICE_RATE + 0.7
        told = await speak(page, session.rpartition("/")[2], seconds, frameMs=frame_ms)
        assert (told["rate"], told["dropped"]) == (16_000, 0)
        assert {frame["size"] for frame in told["frames"]} == {frame_ms * 32}

        frames = await sent(http, demo.emulator_url, session)
        assert len(drives(frames)) == 1
        check_form(frames)
        received, expected = await heard(http, demo.emulator_url, session), house(spoken)
        correlation = likeness(aligned(received, expected), expected)
        # The figure itself is wanted, not only that it is good enough.
        sys.stdout.write(f"\nmicrophone in frames of {frame_ms} ms: correlation {correlation:.4f}\n")
        record_property("correlation", correlation)
        assert correlation > 0.95

        steps = [after["at"] - before["at"] for before, after in itertools.pairwise(told["frames"])]
        assert sum(steps) / len(steps) == pytest.approx(frame_ms, rel=0.02)
        assert min(frame["late"] for frame in told["frames"]) == pytest.approx(0, abs=1)
        async with http.delete(session) as response:
            response.raise_for_status()

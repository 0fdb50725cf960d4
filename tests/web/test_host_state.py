"""state.js, delay.js and keys.js of the host's page: what it concludes, without a server or a microphone."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.web.scripted_api import ScriptedApi

REDUCE = """async (actions) => {
  const { reduce, initialState, light, speaker } = await import("/static/host/state.js");
  const state = actions.reduce(reduce, initialState());
  return { state, light: light(state), speaker: speaker(state) };
}"""
MEASURE = """async ({rate, frames, progress}) => {
  const { DelayMeter } = await import("/static/host/delay.js");
  const meter = new DelayMeter(rate);
  meter.begin();
  for (const [samples, at, now] of frames) meter.sent(samples, at, now);
  for (const [sample, held, now] of progress) meter.progress(sample, held, now);
  return meter.ms;
}"""
KEYS = """async () => {
  const { Keys } = await import("/static/host/keys.js");
  const kept = {}, storage = { getItem: (k) => kept[k] ?? null, setItem: (k, v) => { kept[k] = v; } };
  const keys = new Keys(storage);
  keys.choose("mute", "Space");
  const again = new Keys(storage);
  return [again.of("mute"), again.of("talk"), again.commandOf("KeyM"), new Keys(null).of("mute")];
}"""

Action = dict[str, Any]
LINES = [{"line_id": "a", "text": "One."}, {"line_id": "b", "text": "Two."}]
SCRIPT: Action = {"type": "script", "script": {"state": "playing", "line_id": "a", "left": "One.", "lines": LINES}}
MICROPHONE: Action = {"type": "microphone", "change": {"microphone": "open"}}


def event(name: str, **data: object) -> Action:
    return {"type": "event", "data": {"type": name, "offset": 1, "time": 1.0, "session_id": "s", **data}}


def utterance(name: str, status: str, kind: str = "stream", ref: str | None = None) -> Action:
    return event("utterance", utterance_id=name, status=status, kind=kind, ref=ref)


def message(name: str, state: str) -> Action:
    return event("audience", message_id=name, who=None, text="?", state=state)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(browser: Browser) -> AsyncGenerator[Page]:
    async with ScriptedApi() as api:
        page = await browser.new_page()
        await page.goto(f"{api.url}/")
        yield page
        await page.close()


@pytest.mark.parametrize(
    ("actions", "light", "speaker"),
    [
        ([], "off", None),
        ([MICROPHONE], "ready", None),
        ([MICROPHONE, {"type": "microphone", "change": {"muted": True}}], "muted", None),
        ([MICROPHONE, utterance("u", "queued", "audio", "line-1")], "ready", None),
        ([MICROPHONE, utterance("u", "sent", "audio", "line-1")], "air", "host"),
        ([SCRIPT, utterance("u", "sent", ref="a")], "off", "script"),
        # A server with a voice of its own says lines and answers as sound.
        ([MICROPHONE, SCRIPT, utterance("u", "sent", "audio", "a")], "ready", "script"),
        ([MICROPHONE, SCRIPT, utterance("u", "sent", "audio")], "ready", "other"),
        ([SCRIPT, utterance("u", "sent", ref="a"), utterance("u", "ended", ref="a")], "off", None),
    ],
)
async def test_the_light_and_who_speaks(page: Page, actions: list[Action], light: str, speaker: str | None) -> None:
    shown = await page.evaluate(REDUCE, actions)
    assert (shown["light"], shown["speaker"]) == (light, speaker)


async def test_a_script_event_keeps_the_lines(page: Page) -> None:
    change = event("script", state="paused", line_id="b", revision=4, lines=2, loop=True, auto=False)
    shown = (await page.evaluate(REDUCE, [SCRIPT, change]))["state"]["script"]
    assert (shown["state"], shown["line_id"], shown["loop"], shown["lines"]) == ("paused", "b", True, LINES)


async def test_who_is_muted_stays_so_in_the_next_session(page: Page) -> None:
    muted: Action = {"type": "microphone", "change": {"muted": True}}
    shown = await page.evaluate(REDUCE, [muted, {"type": "join", "session": "t"}, MICROPHONE])
    assert shown["light"] == "muted"


async def test_messages_that_are_over_are_kept_for_a_while(page: Page) -> None:
    actions = [message(str(number), "answered") for number in range(30)] + [message("x", "waiting")]
    actions.append(message("29", "dismissed"))
    shown = (await page.evaluate(REDUCE, actions))["state"]["audience"]
    assert [each["message_id"] for each in shown] == [*map(str, range(10, 30)), "x"]
    assert shown[-2]["state"] == "dismissed"


async def test_the_delay_is_from_the_recording_to_the_cloud(page: Page) -> None:
    """Frames of 20 ms, each sent 5 ms after its end; 10 ms there and 10 back; the server holds a sample for 160 ms."""
    frames = [[320, number * 20.0, number * 20.0 + 5] for number in range(1, 60)]
    progress = [[number * 320, 160, number * 20.0 + 20 + 5 + 20 + 160] for number in range(8, 50, 8)]
    measured = await page.evaluate(MEASURE, {"rate": 16_000, "frames": frames, "progress": progress})
    # Of a frame's first sample: 20 ms until it is whole, 5 until it is sent, 10 on the way, 160 held.
    assert measured == 195


async def test_a_page_that_was_busy_when_it_was_told_shows_no_other_delay(page: Page) -> None:
    frames = [[320, number * 20.0, number * 20.0 + 5] for number in range(1, 60)]
    told = [[number * 320, 160, number * 20.0 + 20 + 5 + 20 + 160] for number in range(1, 9)]
    late = [[sample, held, now + 80] for sample, held, now in told]
    exact = await page.evaluate(MEASURE, {"rate": 16_000, "frames": frames, "progress": told})
    busy = await page.evaluate(MEASURE, {"rate": 16_000, "frames": frames, "progress": [*told[:4], *late[4:]]})
    assert abs(busy - exact) <= 5
    assert await page.evaluate(MEASURE, {"rate": 16_000, "frames": frames, "progress": [[10**6, 1, 1.0]]}) is None


async def test_a_key_does_one_thing_and_is_remembered(page: Page) -> None:
    assert await page.evaluate(KEYS) == ["Space", "KeyM", "talk", "KeyM"]

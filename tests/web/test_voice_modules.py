"""What decides in the pages' voice, played through: it is given the time. And the line, which others build on."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.web.scripted_api import ScriptedApi
from tests.web.visitor import PATIENCE_S, leave, until


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, api: ScriptedApi) -> AsyncGenerator[Page]:
    context = await browser.new_context()
    it = await context.new_page()
    await it.goto(api.url)
    yield it
    await leave(context)


async def run(page: Page, module: str, body: str) -> list[object]:
    """Return what `body` returns, in which `it` is a module of `demo_web/voice`."""
    async with asyncio.timeout(PATIENCE_S):
        return await page.evaluate(f"async () => {{ const it = await import('/static/voice/{module}.js'); {body} }}")


def media(utterance: str, state: str, delay_ms: int) -> dict[str, object]:
    return {"type": "media", "utterance_id": utterance, "state": state, "delay_ms": delay_ms}


async def test_an_utterance_is_heard_later_than_the_server_says_and_silent_later_too(page: Page):
    reports = await run(
        page,
        "playback",
        """const playback = new it.Playback(), reports = [];
        playback.started("u1", 1000);
        for (let now = 1000; now < 1300; now += 40) reports.push(...playback.level(0, now));
        for (let now = 1300; now < 3000; now += 40) reports.push(...playback.level(0.1, now));
        playback.over("u1", "ended", 2700);
        for (let now = 3000; now < 4000; now += 40) reports.push(...playback.level(0, now));
        return [reports, playback.isWatching];""",
    )
    assert reports == [[media("u1", "sounding", 300), media("u1", "silent", 280)], False]


async def test_pauses_between_sentences_are_no_silence(page: Page):
    reports = await run(
        page,
        "playback",
        """const playback = new it.Playback(), reports = [];
        playback.started("u1", 0);
        for (let now = 40; now < 5000; now += 40) reports.push(...playback.level(now % 1000 < 500 ? 0.1 : 0, now));
        return [reports, playback.isWatching];""",
    )
    assert reports == [[media("u1", "sounding", 40)], True]


async def test_a_hold_is_silence_and_its_end_is_sound_again(page: Page):
    reports = await run(
        page,
        "playback",
        """const playback = new it.Playback();
        playback.started("u1", 0);
        const reports = [...playback.level(0.1, 200), ...playback.muted(true), ...playback.muted(true)];
        reports.push("held", ...playback.level(0.1, 240), ...playback.muted(false), ...playback.level(0.1, 280));
        reports.push("gone", ...playback.muted(true));
        playback.over("u1", "interrupted", 400);
        return [...reports, ...playback.level(0.1, 440), playback.isWatching];""",
    )
    sounding, silent = media("u1", "sounding", 200), media("u1", "silent", 200)
    assert reports == [sounding, silent, "held", sounding, "gone", silent, False]


async def test_an_utterance_that_is_never_heard_is_not_waited_for_for_ever(page: Page):
    reports = await run(
        page,
        "playback",
        """const playback = new it.Playback(), reports = [];
        playback.started("u1", 0);
        playback.over("u1", "ended", 100);
        for (let now = 100; now < 5000; now += 40) reports.push(...playback.level(0, now));
        return [reports, playback.isWatching];""",
    )
    assert reports == [[], False]


async def test_sound_that_waits_loses_its_oldest(page: Page):
    told = await run(
        page,
        "queue",
        """const queue = new it.SoundQueue(16000), frame = (n) => new Uint8Array(640).fill(n).buffer;
        const lost = [];
        for (let n = 0; n < 60; n += 1) lost.push(queue.put(frame(n)));
        const first = new Uint8Array(queue.take(0)[0])[0], left = queue.waitingMs;
        const taken = [queue.take(6400).length, queue.take(0, Infinity).length];
        return [lost.filter(Boolean), queue.dropped, first, left, ...taken];""",
    )
    assert told == [[20] * 10, 200, 10, 800, 0, 40]


async def test_the_clock_of_the_sound_is_that_of_the_frame_that_waited_least(page: Page):
    told = await run(
        page,
        "clock",
        """const clock = new it.FrameClock();
        return [[20, 1043], [40, 1061], [60, 1160], [80, 1161]].map(([at, now]) => clock.at(at, now));""",
    )
    assert told == pytest.approx([1043, 1061, 1081, 1101], abs=0.2)


@pytest.mark.parametrize(
    ("heard", "spoken", "echo"),
    [
        ("The second floor", "The café is on the second floor.", True),
        ("well the second floor then what", "The café is on the second floor.", False),
        ("咖啡馆在二楼", "咖啡馆在二楼，请坐电梯。", True),
        ("请停一下", "咖啡馆在二楼，请坐电梯。", False),
        ("", "The café", False),
    ],
)
async def test_the_avatars_own_words_are_known_as_such(page: Page, heard: str, spoken: str, echo: bool):
    assert (
        await page.evaluate(
            "async ([heard, spoken]) => (await import('/static/voice/words.js')).isEcho(heard, spoken)", [heard, spoken]
        )
        == echo
    )


LINE = """
    const events = [], links = [], ends = [], faults = [];
    const line = new it.Line("s1", {
        onEvent: (event) => events.push(event), onLink: (link) => links.push(link), onEnd: (end) => ends.push(end),
        onFault: (fault) => faults.push(fault.code),
    });
    const open = () => new Promise((resolve) => {
        const look = () => (line.isOpen ? resolve() : setTimeout(look, 10));
        look();
    });
    const over = () => new Promise((resolve) => {
        const look = () => (ends.length ? resolve() : setTimeout(look, 10));
        look();
    });
"""


async def test_requests_are_answered_by_their_ref(page: Page, api: ScriptedApi):
    api.script.created = 1
    told = await run(
        page,
        "line",
        LINE
        + """const early = await line.request({ type: "say", text: "too early" }).catch(({ fault }) => fault.code);
        line.open();
        await open();
        const acks = await Promise.all([
            line.request({ type: "say", text: "a", ref: "mine" }), line.request({ type: "chat", text: "b" }),
        ]);
        line.close();
        line.close();
        return [early, acks.map(({ ref }) => ref), links, line.isOpen];""",
    )
    assert told == ["unreachable", ["mine", "line-2"], ["connecting", "open"], False]
    assert [message["type"] for message in api.script.messages] == ["auth", "say", "chat"]


async def test_a_session_that_is_not_known_or_has_ended_is_not_waited_for(page: Page, api: ScriptedApi):
    api.script.created = 1
    api.script.forgotten = True
    assert await run(page, "line", LINE + "line.open(); await over(); return ends;") == ["gone"]
    api.script.forgotten = False
    async with asyncio.TaskGroup() as group:
        ending = group.create_task(run(page, "line", LINE + "line.open(); await over(); return ends;"))
        await until(lambda: [message["type"] for message in api.script.messages] == ["auth"])
        await api.drop_sockets(1000)
    assert ending.result() == ["ended"]

"""The console's waterfall of turns: turns.js, without a page."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.web.scripted_api import ScriptedApi

TURN: dict[str, Any] = {
    "turn": 1,
    "outcome": "ended",
    "aloud": False,
    "filler": False,
    "transcript_ms": 0,
    "first_token_ms": 400,
    "first_fragment_ms": 450,
    "started_ms": 550,
    "first_sound_ms": 700,
    "ended_ms": 3000,
}
CALL = """async ([name, ...given]) => (await import("/static/console/turns.js"))[name](...given)"""
FOLLOWED = """async (turns) => {
  const { initialState, reduce } = await import("/static/console/state.js");
  const selected = reduce(initialState(), { type: "select", id: "s" });
  const state = turns.reduce((state, data) => reduce(state, { type: "event", name: "turn.timeline", data }), selected);
  return [state.turns.length, state.turns.at(-1).turn, reduce(state, { type: "select", id: null }).turns.length];
}"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(browser: Browser) -> AsyncGenerator[Page]:
    async with ScriptedApi() as api:
        page = await browser.new_page()
        await page.goto(f"{api.url}/")
        yield page
        await page.close()


def bar(mark: str, start: int, end: int) -> dict[str, Any]:
    return {"mark": mark, "from": start, "to": end}


@pytest.mark.parametrize(
    ("change", "bars"),
    [
        (
            {},
            [
                bar("first_token", 0, 400),
                bar("first_fragment", 400, 450),
                bar("started", 450, 550),
                bar("first_sound", 550, 700),
            ],
        ),
        (  # a filler: heard before the first word has come
            {"first_token_ms": 1500},
            [bar("first_fragment", 0, 450), bar("started", 450, 550), bar("first_sound", 550, 700)],
        ),
        (
            {"transcript_ms": 100, "first_sound_ms": None, "started_ms": None},
            [bar("transcript", 0, 100), bar("first_token", 100, 400), bar("first_fragment", 400, 450)],
        ),
        (dict.fromkeys([key for key in TURN if key.endswith("_ms")]), []),
    ],
)
async def test_the_bars_of_a_turn_stand_one_behind_the_other(
    page: Page, change: dict[str, Any], bars: list[dict[str, Any]]
) -> None:
    assert await page.evaluate(CALL, ["barsOf", TURN | change]) == bars


async def test_the_axis_is_a_round_length_that_all_fit_into(page: Page) -> None:
    for sound, axis in ((None, 1000), (700, 1000), (1000, 1000), (1001, 2000), (4000, 5000), (7000, 10_000)):
        assert await page.evaluate(CALL, ["axisOf", [TURN | {"first_sound_ms": sound}]]) == axis
    assert await page.evaluate(CALL, ["axisOf", []]) == 100


async def test_stages_are_summed_up_over_the_turns_that_reached_them(page: Page) -> None:
    turns = [TURN | {"first_sound_ms": ms} for ms in (None, *range(100, 2100, 100))]
    summary = await page.evaluate(CALL, ["reached", turns, "first_sound"])
    assert summary == {"count": 20, "p50": 1000, "p95": 1900}
    assert await page.evaluate(CALL, ["reached", turns, "transcript"]) is None  # written questions have none
    assert await page.evaluate(CALL, ["reached", [TURN | {"aloud": True, "transcript_ms": 5}], "transcript"]) == {
        "count": 1,
        "p50": 5,
        "p95": 5,
    }


async def test_the_last_turns_of_the_chosen_session_are_kept(page: Page) -> None:
    turns = [TURN | {"turn": number} for number in range(1, 251)]
    assert await page.evaluate(FOLLOWED, turns) == [200, 250, 0]

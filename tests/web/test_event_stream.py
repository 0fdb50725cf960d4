"""events.js: the parser against text cut anywhere, and what it makes of odd lines."""

import json

import pytest
from playwright.async_api import Browser

from tests.web.scripted_api import ScriptedApi

PARSE = """async (pieces) => {
  const { EventStreamParser } = await import("/static/events.js");
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.feed(piece));
}"""

FEED_TOO_MUCH = """async () => {
  const { EventStreamParser } = await import("/static/events.js");
  try {
    new EventStreamParser().feed("data: " + "x".repeat(2 ** 20));
  } catch (error) {
    return error.name;
  }
}"""

STREAM = (
    '\ufeff: keepalive\r\n\r\nid: e:1\r\nevent: turn\r\ndata: {"a":1}\r\n\r\n'
    "data: one\ndata:  two\ndata\n\n:\n\nid: e:2\n\n"
    "event: lost\n\ndata:你好\r\rid: x\0y\nretry: 5\nunknown: z\ndata: last\n\n"
)
FRAMES = [
    {"id": "e:1", "event": "turn", "data": '{"a":1}'},
    {"id": "e:1", "event": "message", "data": "one\n two\n"},
    {"id": "e:2", "event": "message", "data": "你好"},
    {"id": "e:2", "event": "message", "data": "last"},
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_frames_do_not_depend_on_where_the_text_was_cut(browser: Browser, api: ScriptedApi, size: int):
    page = await browser.new_page()
    await page.goto(f"{api.url}/")
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert json.dumps(await page.evaluate(PARSE, pieces)) == json.dumps(FRAMES)
    await page.close()


async def test_a_line_without_end_is_refused(browser: Browser, api: ScriptedApi):
    page = await browser.new_page()
    await page.goto(f"{api.url}/")
    refused = await page.evaluate(FEED_TOO_MUCH)
    assert refused == "RangeError"
    await page.close()

"""What the cloud's bot brings besides words: cards.js without a page, and the board of the kiosk."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.web.scripted_api import ScriptedApi
from tests.web.visitor import OpenKiosk

CARDS = """async (messages) => {
  const { cardsOf, joined } = await import("/static/cards.js");
  return messages.reduce((cards, message) => joined(cards, cardsOf(message)), []);
}"""
IMAGE = "https://cdn.example/a.png"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(browser: Browser) -> AsyncGenerator[Page]:
    async with ScriptedApi() as api:
        page = await browser.new_page()
        await page.goto(f"{api.url}/")
        yield page
        await page.close()


def interaction(kind: str, content: object, **more: object) -> dict[str, Any]:
    return {"Type": 2, "InteractionType": kind, "InteractionContent": json.dumps(content), **more}


@pytest.mark.parametrize(
    ("message", "cards"),
    [
        (interaction("Image", {"url": IMAGE}), [{"kind": "image", "url": IMAGE}]),
        (interaction("video", {"url": IMAGE}), [{"kind": "link", "url": IMAGE, "text": ""}]),
        (
            interaction("OptionInfo", {"style": "list", "options": ["One", " One", {"text": "Two"}, 3]}),
            [{"kind": "options", "options": ["One", "Two"]}],
        ),
        (
            interaction("ImageOption", {"url": IMAGE, "options": ["One"]}),
            [{"kind": "image", "url": IMAGE}, {"kind": "options", "options": ["One"]}],
        ),
        (
            interaction("popup", {"title": "Hours", "content": "9 to 5", "button": "OK"}),
            [{"kind": "popup", "title": "Hours", "text": "9 to 5", "button": "OK"}],
        ),
        (
            {"Type": 2, "Text": "See [the map](https://m.example/x) or https://n.example/y."},
            [
                {"kind": "link", "url": "https://m.example/x", "text": "the map"},
                {"kind": "link", "url": "https://n.example/y", "text": ""},
            ],
        ),
        ({"Type": 4, "ContentType": "Image", "Text": f"![map]({IMAGE})"}, [{"kind": "image", "url": IMAGE}]),
        ({"Type": 4, "ContentType": "5", "Text": IMAGE}, [{"kind": "link", "url": IMAGE, "text": ""}]),
        (
            {"Type": 4, "CloudAiExtra": json.dumps({"reference": [{"url": "https://d.example/", "name": "Doc"}]})},
            [{"kind": "link", "url": "https://d.example/", "text": "Doc"}],
        ),
        ({"Type": 1, "Text": IMAGE}, []),
    ],
)
async def test_messages_become_cards(page: Page, message: dict[str, Any], cards: list[Any]) -> None:
    assert await page.evaluate(CARDS, [message, message]) == cards


HOSTILE: list[Any] = [
    None,
    "text",
    [],
    {"Type": "2"},
    interaction("Image", {"url": "javascript:alert(1)"}),
    interaction("Image", {"url": "data:image/png;base64,AA=="}),
    interaction("Image", {"url": "//cdn.example/a.png"}),
    interaction("Image", {"url": "https://" + "x" * 3000}),
    interaction("Image", {"url": {"toString": "x"}}),
    interaction("OptionInfo", {"options": "One"}),
    interaction("OptionInfo", {"options": [None, {"text": ""}, [""], ""]}),
    interaction("Popup", {"title": 1, "content": None}),
    interaction("constructor", {"url": IMAGE}),
    {"Type": 2, "InteractionType": "Image", "InteractionContent": "{not json"},
    {"Type": 2, "InteractionType": "Image", "InteractionContent": "null"},
    {"Type": 4, "CloudAiExtra": "[]"},
    {"Type": 4, "CloudAiExtra": '{"reference": [null, 1, {"url": "file:///etc/passwd", "name": "x"}]}'},
    {"Type": 4, "ContentType": "Image", "Text": "no address"},
]


async def test_whatever_else_comes_is_no_card(page: Page) -> None:
    assert await page.evaluate(CARDS, HOSTILE) == []
    named = await page.evaluate(CARDS, [interaction("Image", {"url": "https://me:secret@cdn.example/a"})])
    assert named == [{"kind": "image", "url": "https://cdn.example/a"}]
    many = [interaction("Image", {"url": f"https://cdn.example/{number}"}) for number in range(50)]
    assert len(await page.evaluate(CARDS, many)) == 24


async def test_the_board_shows_them_and_an_option_is_a_question(open_kiosk: OpenKiosk, api: ScriptedApi) -> None:
    visitor = await open_kiosk()
    await visitor.watched()
    api.emit(
        "cloud.message",
        utterance_id="u1",
        message=interaction("ImageOption", {"url": IMAGE, "options": ["<b>One</b>"]}),
    )
    page = visitor.page
    board = page.get_by_role("region", name="Beside the answer")
    await expect(board).to_be_visible()
    link = board.get_by_role("link")
    await expect(link).to_have_attribute("href", IMAGE)  # no origin is allowed, so it is no picture
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert await board.locator("img").count() == 0
    await board.get_by_role("button", name="<b>One</b>").click()
    await expect(page.locator(".exchange .question").last).to_contain_text("<b>One</b>")
    await expect(board).to_be_hidden()


async def test_a_popup_is_a_dialog_and_escape_closes_it(open_kiosk: OpenKiosk, api: ScriptedApi) -> None:
    visitor = await open_kiosk(locale="zh-CN")
    await visitor.watched()
    popup = interaction("Popup", {"title": "开放时间", "content": "<img src=x>九点到五点", "button": ""})
    api.emit("cloud.message", utterance_id="u1", message=popup)
    dialog = visitor.page.get_by_role("dialog", name="开放时间")
    await expect(dialog).to_be_visible()
    await expect(dialog).to_contain_text("<img src=x>九点到五点")
    await expect(dialog.get_by_role("button", name="关闭")).to_be_focused()
    await visitor.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert not await visitor.page.evaluate("document.body.dataset.phase === 'ended'")


async def test_what_belongs_to_an_interrupted_answer_is_not_shown(open_kiosk: OpenKiosk, api: ScriptedApi) -> None:
    visitor = await open_kiosk()
    await visitor.watched()
    api.emit("interrupt", utterance_ids=["u1"], by="api")
    for utterance_id in ("u1", "u2"):
        content = {"options": [f"of {utterance_id}"]}
        api.emit("cloud.message", utterance_id=utterance_id, message=interaction("OptionInfo", content))
    await expect(visitor.page.locator(".option")).to_have_text(["of u2"])
    await visitor.page.get_by_role("button", name="Close").click()
    await expect(visitor.page.locator("#board")).to_be_hidden()

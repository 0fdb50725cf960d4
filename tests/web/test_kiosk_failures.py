"""What goes wrong around the kiosk page has words for the visitor and a way out; what can mend itself does."""

import pytest
from playwright.async_api import expect

from tests.web.scripted_api import EPOCH
from tests.web.visitor import REFUSED, OpenKiosk, until

UNREACHABLE = REFUSED + r"|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE"
STORED = "sessionStorage.getItem('avatar-bridge.session')"


@pytest.mark.parametrize(
    ("status", "code", "retryable", "title"),
    [
        (429, "too_many_sessions", True, "All places are taken"),
        (401, "unauthorized", False, "I can’t let you in here"),
        (500, "internal", False, "Something went wrong"),
    ],
)
async def test_a_session_that_cannot_be_had(
    open_kiosk: OpenKiosk, status: int, code: str, *, retryable: bool, title: str
):
    visitor = await open_kiosk("/", expected=REFUSED)
    visitor.api.script.refuse_creation = (status, code, retryable)
    await visitor.page.goto(f"{visitor.api.url}/kiosk")
    await visitor.phase("error")
    await expect(visitor.trouble.get_by_role("heading")).to_have_text(title)
    await visitor.trouble.get_by_text("For the operator").click()
    await expect(visitor.trouble.get_by_text(f"{code}: the server says why")).to_be_visible()
    visitor.api.script.refuse_creation = None
    if not retryable:  # what may pass is tried again before anybody could click
        await visitor.trouble.get_by_role("button", name="Try again").click()
    await visitor.phase("ready")
    await expect(visitor.trouble).to_be_hidden()


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("credentials_refused", "I am not set up yet"),
        ("clock_skew", "The clock here is wrong"),
        ("project_unknown", "I could not be found"),
        ("quota_full", "All places are taken"),
        ("cloud_unreachable", "I can’t come right now"),
        ("preparation_timeout", "This is taking too long"),
        ("of_tomorrow", "Something went wrong"),
    ],
)
async def test_a_session_that_failed(open_kiosk: OpenKiosk, code: str, title: str):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.enter("failed", error={"code": code, "message": "why", "retryable": False})
    await visitor.phase("error")
    await expect(visitor.trouble.get_by_role("heading")).to_have_text(title)
    await visitor.trouble.get_by_role("button", name="Try again").click()
    await visitor.phase("ready")
    assert visitor.api.script.created == 2


async def test_a_failure_that_may_pass_is_tried_again_by_itself(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.enter("failed", error={"code": "channel_lost", "message": "why", "retryable": True})
    await until(lambda: visitor.api.script.created == 2)
    await visitor.phase("ready")


async def test_an_ended_session_waits_for_the_visitor(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.enter("closed", reason="idle")
    await visitor.phase("ended")
    await expect(visitor.trouble.get_by_role("heading")).to_have_text("Our conversation has ended")
    assert visitor.api.script.created == 1
    await visitor.trouble.get_by_role("button", name="New conversation").click()
    await visitor.phase("ready")
    assert visitor.api.script.created == 2


async def test_a_new_conversation_closes_the_old_session(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.enter("reconnecting")
    await visitor.trouble.get_by_role("button", name="New conversation").click()
    await until(lambda: visitor.api.script.created == 2)
    await until(lambda: visitor.api.script.deleted == ["s1"])


async def test_a_session_that_the_server_closed_to_restart_comes_back(open_kiosk: OpenKiosk):
    visitor = await open_kiosk(expected=UNREACHABLE)
    await visitor.watched()
    visitor.api.enter("closed", reason="shutting_down")
    await until(lambda: visitor.api.script.created == 2)
    await visitor.phase("ready")


async def test_a_server_that_is_not_there(open_kiosk: OpenKiosk):
    visitor = await open_kiosk(expected=UNREACHABLE)
    await visitor.watched()
    await visitor.question.fill("kept")
    await visitor.api.stop_listening()
    await visitor.phase("reconnecting")
    await expect(visitor.trouble.get_by_role("heading")).to_have_text("The connection is gone")
    await expect(visitor.trouble.get_by_role("button", name="Try again")).to_be_visible()
    # It comes back without a memory of the session.
    visitor.api.script.forgotten = True
    await visitor.api.listen()
    await visitor.trouble.get_by_role("button", name="Try again").click()
    await visitor.phase("ready")
    await expect(visitor.question).to_have_value("kept")
    assert await visitor.page.evaluate(STORED) == "s2"


async def test_the_cloud_is_away(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.enter("reconnecting")
    await visitor.phase("away")
    await expect(visitor.trouble.get_by_role("heading")).to_have_text("I am away for a moment")
    await expect(visitor.trouble.get_by_role("button", name="New conversation")).to_be_visible()
    await visitor.ask("Meanwhile?")
    await until(lambda: visitor.api.script.questions == ["Meanwhile?"])
    visitor.api.enter("live")
    await expect(visitor.trouble).to_be_hidden()


async def test_a_line_is_shown_while_waiting(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.enter("queued", position=3)
    await expect(visitor.page.get_by_role("status").first).to_have_text("Number 3 in line")


async def test_without_a_picture_the_talk_goes_on(open_kiosk: OpenKiosk):
    visitor = await open_kiosk("/")
    visitor.api.script.play = {"kind": "rtmp", "url": "rtmp://127.0.0.1/live/x", "alpha": False, "delay_ms": 0}
    await visitor.page.goto(f"{visitor.api.url}/kiosk")
    await expect(visitor.trouble.get_by_role("heading")).to_have_text("No picture right now")
    visitor.api.sentence("u1", 1, "I am still here.")
    await expect(visitor.caption).to_have_text("I am still here.")
    await expect(visitor.caption).to_have_attribute("aria-live", "polite")
    await visitor.phase("ready")
    visitor.api.script.play = None
    await visitor.trouble.get_by_role("button", name="Try again").click()
    await expect(visitor.trouble).to_be_hidden()


async def test_a_lost_stream_is_resumed_where_it_was(open_kiosk: OpenKiosk):
    visitor = await open_kiosk(expected=UNREACHABLE)
    await visitor.watched()
    visitor.api.utterance("u1", "started")
    visitor.api.sentence("u1", 1, "One.")
    await expect(visitor.caption).to_have_text("One.")
    visitor.api.drop_streams()
    await until(lambda: len(visitor.api.script.resumed_from) == 2)
    assert visitor.api.script.resumed_from == [None, f"{EPOCH}:2"]
    await visitor.watched()
    await visitor.phase("speaking")
    assert visitor.api.script.created == 1


async def test_a_refused_stream_is_tried_again(open_kiosk: OpenKiosk):
    visitor = await open_kiosk(expected=UNREACHABLE)
    await visitor.watched()
    visitor.api.script.events_down = True
    visitor.api.drop_streams()
    await until(lambda: len(visitor.api.script.resumed_from) >= 3)
    await visitor.phase("reconnecting")
    visitor.api.script.events_down = False
    await visitor.phase("ready")


async def test_a_reload_comes_back_to_its_session_in_mid_sentence(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.watched()
    visitor.api.utterance("u1", "started")
    await visitor.phase("speaking")
    visitor.api.script.utterances = [{"utterance_id": "u1", "kind": "stream", "status": "started", "text": "…"}]
    await visitor.page.reload()
    await visitor.phase("speaking")
    await expect(visitor.stop).to_be_visible()
    await until(lambda: len(visitor.api.script.resumed_from) == 2)
    assert visitor.api.script.resumed_from == [None, None]
    assert visitor.api.script.created == 1


@pytest.mark.parametrize("state", ["closed", "failed", "gone"])
async def test_a_reload_does_not_come_back_to_what_is_over(open_kiosk: OpenKiosk, state: str):
    visitor = await open_kiosk(expected=REFUSED)
    await visitor.watched()
    await visitor.page.goto(f"{visitor.api.url}/")
    if state == "gone":
        visitor.api.script.forgotten = True
    else:
        visitor.api.script.state = state
    await visitor.page.goto(f"{visitor.api.url}/kiosk")
    await visitor.phase("ready")
    assert await visitor.page.evaluate(STORED) == "s2"


async def test_of_two_tabs_the_one_used_last_has_the_sound(open_kiosk: OpenKiosk):
    visitor = await open_kiosk()
    await visitor.hears()
    async with visitor.page.context.expect_page() as opened:
        await visitor.page.evaluate("window.open('/kiosk')")
    second = await opened.value
    await expect(second.locator("body[data-picture=playing]")).to_be_attached(timeout=10_000)
    await second.locator("#question").click()
    assert await second.evaluate(STORED) == "s1"
    assert visitor.api.script.created == 1
    await expect(visitor.page.locator("video")).to_have_js_property("muted", True)
    await expect(second.locator("video")).to_have_js_property("muted", False)
    await visitor.question.click()
    await expect(visitor.page.locator("video")).to_have_js_property("muted", False)
    await expect(second.locator("video")).to_have_js_property("muted", True)

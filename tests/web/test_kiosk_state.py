"""state.js: what the page concludes from what happens, without a server or a picture."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.web.scripted_api import ScriptedApi

REDUCE = """async (actions) => {
  const { reduce } = await import("/static/state.js");
  const model = await import("/static/model.js");
  const { troubleOf } = await import("/static/trouble.js");
  const state = actions.reduce(reduce, model.initialState());
  return {
    state, phase: model.phaseOf(state), audible: model.audible(state), stoppable: model.stoppable(state),
    canAsk: model.canAsk(state), awaitsQuiet: model.awaitsQuiet(state), trouble: troubleOf(state),
  };
}"""

Action = dict[str, Any]
OPENED: Action = {"type": "session.opened", "snapshot": {"session_id": "s", "state": "live", "utterances": []}}
STOP: Action = {"type": "stop"}


def event(name: str, **data: object) -> Action:
    return {"type": "event", "name": name, "data": data}


def utterance(utterance_id: str, status: str) -> Action:
    return event("utterance", utterance_id=utterance_id, status=status)


def sentence(utterance_id: str, seq: int, status: str = "started") -> Action:
    return event("sentence", utterance_id=utterance_id, seq=seq, text=f"{utterance_id} {seq}", status=status)


def stopped(*utterance_ids: str) -> Action:
    return {"type": "stopped", "utterance_ids": [*utterance_ids]}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(browser: Browser) -> AsyncGenerator[Page]:
    async with ScriptedApi() as api:
        page = await browser.new_page()
        await page.goto(f"{api.url}/")
        yield page
        await page.close()


@pytest.mark.parametrize(
    ("actions", "phase"),
    [
        ([], "connecting"),
        ([event("session.state", state="queued", position=2)], "queued"),
        ([event("session.state", state="preparing")], "preparing"),
        ([event("session.state", state="ready")], "preparing"),
        ([event("session.state", state="live")], "ready"),
        ([utterance("a", "queued")], "thinking"),
        ([utterance("a", "queued"), utterance("a", "sent")], "thinking"),
        ([utterance("a", "started")], "speaking"),
        ([utterance("a", "started"), utterance("b", "queued")], "speaking"),
        ([utterance("a", "started"), utterance("a", "ended")], "ready"),
        ([{"type": "asked", "ref": "r", "text": "?"}], "thinking"),
        ([event("turn", turn="thinking")], "thinking"),
        ([event("session.state", state="reconnecting")], "away"),
        ([{"type": "link", "status": "lost", "attempts": 1}], "reconnecting"),
        ([event("session.state", state="closed")], "ended"),
        ([event("session.state", state="failed", error={"code": "x", "message": ""})], "error"),
        ([event("of.tomorrow", anything=1)], "ready"),
    ],
)
async def test_the_visitor_is_shown_one_state(page: Page, actions: list[Action], phase: str):
    first = [] if phase == "connecting" else [OPENED]
    assert (await page.evaluate(REDUCE, [*first, *actions]))["phase"] == phase


@pytest.mark.parametrize(
    ("actions", "audible"),
    [
        ([utterance("a", "started")], True),
        ([utterance("a", "started"), STOP], False),
        ([utterance("a", "started"), STOP, stopped("a")], False),
        ([utterance("a", "started"), STOP, stopped("a"), utterance("a", "interrupted")], False),
        ([utterance("a", "sent"), STOP, stopped("a"), utterance("a", "started")], False),
        ([utterance("a", "started"), STOP, utterance("a", "started")], False),
        # Started before the answer that names it as interrupted: not to be heard either.
        ([utterance("a", "started"), STOP, utterance("b", "started")], False),
        ([utterance("a", "started"), STOP, utterance("b", "started"), stopped("a", "b")], False),
        ([utterance("a", "started"), STOP, utterance("b", "started"), stopped("a")], True),
        ([utterance("a", "started"), STOP, stopped("a"), utterance("b", "started")], True),
        ([utterance("a", "started"), STOP, stopped("a"), utterance("b", "queued")], False),
        ([utterance("a", "started"), event("interrupt", utterance_ids=["a"], by="api")], False),
        ([event("interrupt", utterance_ids=[], by="api")], True),
        ([utterance("a", "started"), STOP, stopped("a"), {"type": "quiet"}], False),
        ([utterance("a", "started"), STOP, stopped("a"), utterance("a", "interrupted"), {"type": "quiet"}], True),
        ([{"type": "sound", "change": {"elsewhere": True}}, utterance("a", "started")], False),
    ],
)
async def test_nothing_interrupted_is_heard(page: Page, actions: list[Action], audible: bool):
    assert (await page.evaluate(REDUCE, [OPENED, *actions]))["audible"] is audible


@pytest.mark.parametrize(
    ("actions", "caption"),
    [
        ([sentence("a", 1)], ("a 1", False)),
        ([sentence("a", 1), sentence("a", 1, "ended")], ("a 1", True)),
        ([sentence("a", 1), sentence("a", 2), sentence("a", 1, "ended")], ("a 2", False)),
        ([sentence("a", 1), utterance("a", "ended")], ("a 1", True)),
        ([sentence("a", 2), sentence("a", 2, "ended"), {"type": "caption.over", "utterance_id": "a", "seq": 2}], None),
        ([sentence("a", 2), {"type": "caption.over", "utterance_id": "a", "seq": 1}], ("a 2", False)),
        ([utterance("a", "started"), sentence("a", 1), STOP], None),
        ([utterance("a", "started"), sentence("a", 1), STOP, sentence("a", 2)], None),
        ([sentence("a", 1), event("interrupt", utterance_ids=["a"], by="voice"), sentence("a", 2)], None),
        ([sentence("a", 1), event("session.state", state="closed")], None),
    ],
)
async def test_the_subtitle_is_the_sentence_being_spoken(
    page: Page, actions: list[Action], caption: tuple[str, bool] | None
):
    shown = (await page.evaluate(REDUCE, [OPENED, *actions]))["state"]["caption"]
    assert (shown and (shown["text"], shown["over"])) == caption


async def test_a_snapshot_replaces_what_was_known(page: Page):
    snapshot = {
        "session_id": "s",
        "state": "live",
        "utterances": [{"utterance_id": "b", "status": "started"}],
        "suggestions": {"en": ["Hello?"]},
    }
    actions = [OPENED, utterance("a", "started"), sentence("a", 1), event("welcome", session=snapshot)]
    result = await page.evaluate(REDUCE, actions)
    assert result["phase"] == "speaking"
    assert result["state"]["active"] == [{"id": "b", "status": "started"}]
    assert result["state"]["caption"] is None
    assert result["state"]["suggestions"] == {"en": ["Hello?"]}


async def test_who_comes_back_in_mid_sentence_sees_the_sentence(page: Page):
    speaking = {"utterance_id": "b", "status": "started", "sentence": {"seq": 2, "text": "Second."}}
    waiting = {"utterance_id": "c", "status": "queued", "sentence": None}
    snapshot = {"session_id": "s", "state": "live", "utterances": [speaking, waiting]}
    state = (await page.evaluate(REDUCE, [{"type": "session.opened", "snapshot": snapshot}]))["state"]
    assert state["caption"] == {"utterance_id": "b", "seq": 2, "text": "Second.", "over": False}


async def test_the_conversation_forgets_its_oldest(page: Page):
    actions = [{"type": "asked", "ref": f"r{index}", "text": str(index)} for index in range(40)]
    exchanges = (await page.evaluate(REDUCE, [OPENED, *actions]))["state"]["exchanges"]
    assert [exchange["question"] for exchange in exchanges] == [str(index) for index in range(28, 40)]


async def test_an_answer_reaches_its_own_question_and_no_stopped_one(page: Page):
    asked = [{"type": "asked", "ref": ref, "text": ref} for ref in "ab"]
    deltas = [{"type": "delta", "ref": "a", "text": "one "}, {"type": "delta", "ref": "a", "text": "two"}]
    late = [STOP, stopped(), {"type": "delta", "ref": "a", "text": " three"}]
    exchanges = (await page.evaluate(REDUCE, [OPENED, *asked, *deltas, *late]))["state"]["exchanges"]
    assert [(exchange["answer"], exchange["status"]) for exchange in exchanges] == [
        ("one two", "stopped"),
        ("", "stopped"),
    ]


async def test_an_answer_that_gave_way_to_the_next_question_was_stopped(page: Page):
    asked = [{"type": "asked", "ref": ref, "text": ref} for ref in "ab"]
    answered = [{"type": "answered", "ref": "a", "interrupted": True}, {"type": "answered", "ref": "b"}]
    exchanges = (await page.evaluate(REDUCE, [OPENED, *asked, *answered]))["state"]["exchanges"]
    assert [exchange["status"] for exchange in exchanges] == ["stopped", "done"]


async def test_questions_asked_faster_than_they_come_back_are_shown_once(page: Page):
    actions = [
        *({"type": "asked", "ref": ref, "text": ref} for ref in "abc"),
        *(event("transcript", who="user", text=text, final=True, offset=at) for at, text in enumerate("abc")),
        event("transcript", who="user", text="b", final=True, offset=9),
    ]
    exchanges = (await page.evaluate(REDUCE, [OPENED, *actions]))["state"]["exchanges"]
    assert [(exchange["question"], exchange["own"]) for exchange in exchanges] == [
        ("a", True),
        ("b", True),
        ("c", True),
        ("b", False),
    ]


async def test_a_question_from_another_tab_is_shown_once(page: Page):
    actions = [
        {"type": "asked", "ref": "r", "text": "mine"},
        event("transcript", who="user", text="mine", final=True, offset=1),
        event("transcript", who="assistant", delta="ignored", final=False),
        {"type": "answered", "ref": "r"},
        event("transcript", who="user", text="theirs", final=True, offset=2),
        event("transcript", who="assistant", delta="An", final=False),
        event("transcript", who="assistant", delta="swer", final=False),
        event("transcript", who="assistant", text="Answer.", final=True),
    ]
    exchanges = (await page.evaluate(REDUCE, [OPENED, *actions]))["state"]["exchanges"]
    assert [(e["question"], e["answer"], e["status"]) for e in exchanges] == [
        ("mine", "", "done"),
        ("theirs", "Answer.", "done"),
    ]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("credentials_refused", "setup"),
        ("unauthorized", "link"),
        ("grant_unknown", "link"),
        ("grant_in_use", "full"),
        ("clock_skew", "clock"),
        ("project_unknown", "project"),
        ("quota_full", "full"),
        ("too_many_sessions", "full"),
        ("cloud_unreachable", "cloud"),
        ("cloud_session_lost", "cloud"),
        ("preparation_timeout", "slow"),
        ("of_tomorrow", "other"),
        ("constructor", "other"),
    ],
)
async def test_each_failure_has_its_words(page: Page, code: str, kind: str):
    failed = event("session.state", state="failed", error={"code": code, "message": "why", "cloud_code": 100005})
    result = await page.evaluate(REDUCE, [OPENED, failed])
    assert result["trouble"] == {
        "kind": kind,
        "action": "again",
        "passing": False,
        "detail": f"{code} (100005): why",
    }
    assert not result["canAsk"]
    assert not result["stoppable"]


async def test_both_languages_say_everything(page: Page):
    missing = await page.evaluate(
        """async () => {
          const { translate } = await import("/static/strings.js");
          const source = await (await fetch("/static/strings.js")).text();
          const keys = [...source.matchAll(/^  (?:"([\\w.]+)"|(\\w+)): "/gm)].map(([, quoted, bare]) => quoted ?? bare);
          return [...new Set(keys)].filter((key) => !translate("en", key) || !translate("zh", key)
            || translate("en", key) === translate("zh", key)).concat(keys.length > 100 ? [] : ["too few keys"]);
        }"""
    )
    assert missing == []

"""Sessions whose questions the cloud's own bot answers."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.integration.gateway.conftest import Bridge, Frame, bridging, until
from tests.integration.gateway.test_chat import names, text

LONG = "This goes on for quite a while, because there is so much to tell about it. " * 6
BOT: dict[str, Any] = {
    "project": "demo",
    "answers": [
        {"question": "hours", "text": "From nine to five.", "display": "From 9 to 5. We are closed on Monday."},
        {"question": "price", "model": True, "thinking": "Let me see.", "text": "It is free. It stays so."},
        {
            "question": "picture",
            "text": "https://x.example/a.png",
            "model": True,
            "content_type": "Image",
            "spoken": False,
        },
        {"question": "nothing", "text": "Read this.", "spoken": False},
        {"question": "law", "text": f"Hear the law. {LONG}", "uninterruptible": True},
        {"question": "story", "text": f"Once upon a time. {LONG}"},
    ],
    "otherwise": {"text": "Please ask at the desk."},
}


@pytest.fixture
async def asked(bridge: Bridge) -> Bridge:
    await bridge.tell_cloud("bots", BOT)
    return bridge


async def sent(bridge: Bridge, session: str) -> list[dict[str, Any]]:
    """Return the Data of the texts that the cloud got."""
    _, shown = await bridge.get(session)
    frames = await bridge.cloud(f"sessions/{shown['cloud_session_id']}/transcript")
    payloads = [line["frame"]["Payload"] for line in frames if line["direction"] == "up"]
    return [payload["Data"] for payload in payloads if payload["Command"] == "SEND_TEXT"]


async def test_the_bot_answers_and_everything_else_is_as_with_the_other_dialogs(asked: Bridge) -> None:
    session = await asked.live(dialog="cloud")
    async with asked.events(session) as events:
        await anext(events)
        answer = await asked.ask(session, "What are your hours?")
        seen: list[Frame] = []
        async for event in events:
            seen.append(event)
            if event.data.get("turn") == "idle":
                break
    shown = "From 9 to 5. We are closed on Monday."
    assert (names(answer)[0], set(names(answer)[1:-1]), names(answer)[-1]) == ("accepted", {"delta"}, "end")
    assert text(answer) == answer[-1].data["heard"] == shown
    assert answer[-1].data["status"] == "ended"
    of = {kind: [event.data for event in seen if event.event == kind] for kind in {event.event for event in seen}}
    assert [event["turn"] for event in of["turn"]] == ["thinking", "speaking", "idle"]
    assert [(e["kind"], e["status"]) for e in of["utterance"]] == [
        ("text", status) for status in ("queued", "sent", "started", "ended")
    ]
    assert of["transcript"][0] | {"offset": 0, "time": 0} == {
        "type": "transcript",
        "who": "user",
        "final": True,
        "text": "What are your hours?",
        "session_id": session.rpartition("/")[2],
        "offset": 0,
        "time": 0,
    }
    assert "".join(event["delta"] for event in of["transcript"][1:-1]) == shown
    last = of["transcript"][-1]
    assert (last["who"], last["text"], last["heard"], last["final"]) == ("assistant", shown, shown, True)
    utterance_id = answer[0].data["utterance_id"]
    told = [(event["message"]["Type"], event["utterance_id"]) for event in of["cloud.message"]]
    assert told == [(1, utterance_id), (2, utterance_id)]
    (question,) = await sent(asked, session)
    assert "ChatCommand" not in question
    assert (question["Text"], len(question["ChatRoundId"])) == ("What are your hours?", 32)


async def test_a_model_of_the_cloud_answers_in_pieces(asked: Bridge) -> None:
    session = await asked.live(dialog="cloud")
    async with asked.events(session) as events:
        answer = await asked.ask(session, "And the price?")
        await until(events, type="turn", turn="idle")
    assert [frame.data.get("text") for frame in answer[1:-1]] == ["It is free.", " It stays so."]
    assert answer[-1].data["heard"] == "It is free. It stays so."


async def test_what_the_bot_only_shows_ends_the_turn_and_is_not_heard(asked: Bridge) -> None:
    session = await asked.live(dialog="cloud")
    async with asked.events(session) as events:
        answer = await asked.ask(session, "A picture?")
        shown = await until(events, type="cloud.message")
        while shown.data["message"]["Type"] != 4:
            shown = await until(events, type="cloud.message")
    assert shown.data["message"]["ContentType"] == "Image"
    assert (text(answer), answer[-1].data["status"], answer[-1].data["heard"]) == ("", "ended", "")
    await asyncio.sleep(1.1)  # the cloud takes no two texts within a second
    assert text(await asked.ask(session, "Your hours?")).startswith("From 9")


async def test_an_interrupt_and_a_new_question_stop_it_and_only_what_was_heard_is_told(asked: Bridge) -> None:
    session = await asked.live(dialog="cloud")
    async with asked.events(session) as events:
        first = asyncio.create_task(asked.ask(session, "Tell me a story."))
        await until(events, type="sentence", seq=1, status="ended")
        second = asyncio.create_task(asked.ask(session, "Read me the law."))
        interrupted = await until(events, type="interrupt")
        assert interrupted.data["by"] == "text"
        end = (await first)[-1].data
        assert end["status"] == "interrupted"
        assert end["heard"].startswith("Once upon a time.")
        assert len(end["heard"]) < len(LONG)
        await until(events, type="sentence", seq=1, status="started", text="Hear the law. ")
        await asked.post(f"{session}/interrupt")
        assert (await second)[-1].data["status"] == "interrupted"
        await until(events, type="turn", turn="idle")
    asks = await sent(asked, session)
    assert [(data["Text"], data.get("Interrupt", False)) for data in asks] == [
        ("Tell me a story.", False),
        ("Read me the law.", False),
        ("", True),
    ]
    assert len({data["ChatRoundId"] for data in asks[:2]}) == 2
    assert len({data["CloudAiVisitorBizId"] for data in asks[:2]}) == 1
    _, shown = await asked.get(session)
    assert shown["utterances"] == []


async def test_what_must_not_be_interrupted_gives_way_to_a_person(asked: Bridge) -> None:
    session = await asked.live(dialog="cloud")
    async with asked.events(session) as events:
        first = asyncio.create_task(asked.ask(session, "The law?"))
        await until(events, type="utterance", status="started")
        assert text(await asked.ask(session, "Your hours?")).startswith("From 9")
    assert (await first)[-1].data["status"] == "interrupted"


async def test_after_a_reset_it_is_somebody_else(asked: Bridge) -> None:
    session = await asked.live(dialog="cloud")
    await asked.ask(session, "Your hours?")
    await asked.post(f"{session}/reset")
    await asked.ask(session, "Your hours?")
    asks = await sent(asked, session)
    assert len({data["CloudAiVisitorBizId"] for data in asks}) == 2


async def test_a_bot_that_fails_is_apologised_for_and_the_session_lives(
    asked: Bridge, capsys: pytest.CaptureFixture[str]
) -> None:
    session = await asked.live(dialog="cloud")
    _, shown = await asked.get(session)
    await asked.tell_cloud(
        "faults", {"session_id": shown["cloud_session_id"], "fault": "error@text=110015", "times": 1}
    )
    answer = await asked.ask(session, "Your hours?")
    (error,) = [frame.data for frame in answer if frame.event == "error"]
    assert (error["code"], error["cloud_code"]) == ("drive_failed", 110015)
    assert answer[-1].data["status"] == "ended"
    assert text(answer).strip() == answer[-1].data["heard"].strip() != ""
    assert text(await asked.ask(session, "Your hours?")).startswith("From 9")
    logged = capsys.readouterr().out
    assert "code=drive_failed" in logged
    assert "hours" not in logged


async def test_texts_are_spoken_as_they_are_and_the_setting_chooses(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, session={"dialog": "cloud"}) as bridge:
        await bridge.tell_cloud("bots", BOT)
        session = await bridge.live()
        _, said = await bridge.post(f"{session}/say", {"text": "Your hours?", "wait": "ended"})
        assert said["heard"] == "Your hours?"
        assert text(await bridge.ask(session, "Your hours?")).startswith("From 9")
        status, problem = await bridge.post(f"{session}/chat", {"message": "字" * 1400})
        assert (status, problem["code"]) == (400, "invalid_request")
        assert "4000 bytes" in problem["detail"]
        builtin = await bridge.live(dialog="builtin")
        assert not text(await bridge.ask(builtin, "Your hours?")).startswith("From 9")

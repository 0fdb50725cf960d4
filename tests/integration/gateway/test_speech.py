import asyncio
from pathlib import Path

import pytest

from tests.integration.gateway.conftest import Bridge, bridging, until

LONG = "One sentence after the other is spoken here, and this goes on for quite a while. " * 4


async def test_a_text_is_spoken_and_heard(bridge: Bridge) -> None:
    session = await bridge.live()
    status, said = await bridge.post(f"{session}/say", {"text": "Hello there.", "wait": "ended", "ref": "r1"})
    assert status == 200
    assert said["status"] == "ended"
    assert said["heard"] == "Hello there."
    (cloud_session,) = await bridge.cloud("sessions")
    transcript = await bridge.cloud(f"sessions/{cloud_session['session_id']}/transcript")
    assert "Hello there." in str(transcript)


async def test_answers_at_acceptance_and_at_the_start(bridge: Bridge) -> None:
    session = await bridge.create()
    async with bridge.events(session) as events:
        status, accepted = await bridge.post(f"{session}/say", {"text": "First.", "ref": "mine"})
        assert (status, accepted["status"], accepted["heard"]) == (202, "queued", None)
        ended = await until(events, type="utterance", utterance_id=accepted["utterance_id"], status="ended")
        assert ended.data["ref"] == "mine"
    status, started = await bridge.post(f"{session}/say", {"text": LONG, "wait": "started"})
    assert (status, started["status"], started["heard"]) == (200, "started", None)


async def test_a_wait_that_is_too_short_says_so_and_the_speech_goes_on(bridge: Bridge) -> None:
    session = await bridge.live()
    status, answer = await bridge.post(f"{session}/say", {"text": LONG, "wait": "ended", "timeout_s": 0.1})
    assert (status, answer["code"]) == (504, "wait_timeout")
    _, shown = await bridge.get(session)
    assert [each["utterance_id"] for each in shown["utterances"]] == [answer["utterance_id"]]


async def test_interrupting_ends_everything_and_tells_which(bridge: Bridge) -> None:
    session = await bridge.live()
    _, first = await bridge.post(f"{session}/say", {"text": LONG, "wait": "started"})
    _, second = await bridge.post(f"{session}/say", {"text": "Never heard."})
    async with bridge.events(session) as events:
        await anext(events)
        status, answer = await bridge.post(f"{session}/interrupt", {"scope": "all"})
        assert status == 200
        assert answer["utterance_ids"] == [first["utterance_id"], second["utterance_id"]]
        assert (await until(events, type="interrupt")).data["by"] == "api"
        await until(events, type="utterance", utterance_id=first["utterance_id"], status="interrupted")
    status, answer = await bridge.post(f"{session}/interrupt")
    assert (status, answer) == (200, {"utterance_ids": []})


async def test_a_text_that_interrupts_is_next(bridge: Bridge) -> None:
    session = await bridge.live()
    waiting = asyncio.create_task(bridge.post(f"{session}/say", {"text": LONG, "wait": "ended"}))
    await bridge.post(f"{session}/say", {"text": "x", "wait": "started", "timeout_s": 0.3})
    status, said = await bridge.post(f"{session}/say", {"text": "Now this.", "interrupt": True, "wait": "ended"})
    assert (status, said["heard"]) == (200, "Now this.")
    status, first = await waiting
    assert (status, first["status"]) == (200, "interrupted")
    assert "Now" not in (first["heard"] or "")


async def test_the_queue_is_bounded(bridge: Bridge) -> None:
    session = await bridge.live()
    answers = [await bridge.post(f"{session}/say", {"text": LONG}) for _ in range(18)]
    assert [status for status, _ in answers] == [202] * 17 + [429]
    assert answers[-1][1]["code"] == "queue_full"


async def test_a_repeated_key_speaks_once(bridge: Bridge) -> None:
    session = await bridge.live()
    wish = {"text": "Only once.", "wait": "ended"}
    answers = await asyncio.gather(*(bridge.post(f"{session}/say", wish, Idempotency_Key="k") for _ in range(3)))
    answers.append(await bridge.post(f"{session}/say", wish, Idempotency_Key="k"))
    assert len({answer["utterance_id"] for _, answer in answers}) == 1
    status, answer = await bridge.post(f"{session}/say", {"text": "Else."}, Idempotency_Key="k")
    assert (status, answer["code"]) == (422, "idempotency_mismatch")
    other = await bridge.create()
    status, _ = await bridge.post(f"{other}/say", {"text": "Else."}, Idempotency_Key="k")
    assert status == 202


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x", "wait": "never"}, {"message": "x"}, []])
async def test_a_wrong_wish_is_refused_and_nothing_is_said(bridge: Bridge, body: object) -> None:
    session = await bridge.create()
    for call in ("say", "chat", "interrupt"):
        if call == "interrupt" and body == {}:
            continue
        if call == "chat" and body == {"message": "x"}:
            continue
        status, answer = await bridge.post(f"{session}/{call}", body)
        assert (status, answer["code"]) == (400, "invalid_request")
    _, shown = await bridge.get(session)
    assert shown["utterances"] == []


async def test_a_closed_session_is_closed_in_the_cloud_and_says_nothing_more(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.http.delete(session) as response:
        assert response.status == 204
    assert {each["status"] for each in await bridge.cloud("sessions")} <= {2}
    _, shown = await bridge.get(session)
    assert (shown["state"], shown["reason"]) == ("closed", "closed_by_client")
    for call, body in (("say", {"text": "x"}), ("chat", {"message": "x"})):
        status, answer = await bridge.post(f"{session}/{call}", body)
        assert (status, answer["code"]) == (409, "session_ended")
    async with bridge.http.delete(session) as response:
        assert response.status == 204


async def test_a_user_has_one_session_unless_it_is_replaced(bridge: Bridge) -> None:
    first = await bridge.live(user_id="kiosk-1")
    status, answer = await bridge.post("/v1/sessions", {"user_id": "kiosk-1"})
    assert (status, answer["code"]) == (409, "user_busy")
    second = await bridge.live(user_id="kiosk-1", replace=True)
    assert first != second
    _, shown = await bridge.get(first)
    assert (shown["state"], shown["reason"]) == ("closed", "replaced")


async def test_stopping_closes_the_sessions_in_the_cloud_and_ends_the_streams(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path) as bridge:
        session = await bridge.live()
        async with bridge.events(session) as events:
            await anext(events)
            bridge.stop.set()
            seen = [event.data async for event in events]
        assert [event["state"] for event in seen if event["type"] == "session.state"] == ["closing", "closed"]
        assert {each["status"] for each in await bridge.cloud("sessions")} <= {2}

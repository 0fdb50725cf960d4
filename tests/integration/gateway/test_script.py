"""A script that is said line by line, and an audience that is answered between two lines."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

from tests.integration.gateway.conftest import Bridge, Frame, until
from tests.support.wire_record import refusals, texts, transcript

LONG = "This is the first line of three. It has several sentences. Each of them takes its time. That is the last one."


async def put(bridge: Bridge, session: str, *lines: str, **more: object) -> list[str]:
    """Give the script these lines; return their ids."""
    body = {"lines": [{"text": line} for line in lines], **more}
    async with bridge.http.put(f"{session}/script", json=body) as response:
        assert response.status == 200, await response.text()
        return [line["line_id"] for line in (await response.json())["lines"]]


async def change(bridge: Bridge, path: str, **body: object) -> dict[str, Any]:
    async with bridge.http.patch(path, json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def ended(events: AsyncIterator[Frame], line_id: str) -> Frame:
    return await until(events, type="utterance", ref=line_id, status="ended")


async def test_a_script_is_said_line_by_line_and_then_waits(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        ids = await put(bridge, session, "One.", "Two.")
        status, now = await bridge.post(f"{session}/script/start")
        assert (status, now["state"], now["line_id"]) == (200, "playing", ids[0])
        for line_id in ids:
            await ended(events, line_id)
        waiting = await until(events, type="script", state="waiting")
        assert (waiting.data["line_id"], waiting.data["lines"]) == (None, 2)
        status, added = await bridge.post(f"{session}/script/lines", {"text": "Three."})
        assert status == 201
        await ended(events, added["added"])
    entries = await transcript(bridge.http, bridge.emulator, session)
    assert [text.strip() for text in texts(entries)] == ["One.", "Two.", "Three."]
    assert refusals(entries) == []


async def test_between_two_lines_there_is_no_pause(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        ids = await put(bridge, session, "One.", "Two.", "Three.")
        await bridge.post(f"{session}/script/start")
        await ended(events, ids[2])
    entries = await transcript(bridge.http, bridge.emulator, session)
    over = [entry["t"] for entry in entries if entry["frame"].get("Payload", {}).get("SpeakStatus") == "TextOver"]
    first = [
        entry["t"]
        for entry in entries
        if entry["frame"].get("Payload", {}).get("Command") == "SEND_STREAMTEXT"
        and entry["frame"]["Payload"]["Data"]["Seq"] == 1
    ]
    # As fast as the two programs talk to each other, whatever else this machine does; a pause would be 500 ms.
    assert max(begun - before for before, begun in zip(over, first[1:], strict=False)) < 0.3


async def test_stop_and_go_on_with_the_sentence_that_was_cut(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        (line_id,) = await put(bridge, session, LONG)
        await bridge.post(f"{session}/script/start")
        await until(events, type="sentence", seq=2, status="started")
        _, now = await bridge.post(f"{session}/script/stop")
        assert now["state"] == "stopped"
        cut = await until(events, type="utterance", ref=line_id, status="interrupted")
        assert cut.data["heard"].strip() == "This is the first line of three."
        _, script = await bridge.get(f"{session}/script")
        assert script["left"].startswith("It has several sentences.")
        await bridge.post(f"{session}/script/start")
        await ended(events, line_id)
    said = texts(await transcript(bridge.http, bridge.emulator, session))
    assert said[1].startswith("It has several sentences.")


async def test_an_urgent_text_is_said_and_the_script_goes_on(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        (line_id,) = await put(bridge, session, LONG)
        await bridge.post(f"{session}/script/start")
        await until(events, type="sentence", seq=2, status="started")
        await bridge.post(f"{session}/say", {"text": "Mind the door!", "interrupt": True, "ref": "urgent"})
        await until(events, type="script", state="paused")
        await until(events, type="utterance", ref="urgent", status="ended")
        await until(events, type="script", state="playing")
        await ended(events, line_id)
    said = texts(await transcript(bridge.http, bridge.emulator, session))
    assert said[1].strip() == "Mind the door!"
    assert said[2].startswith("It has several sentences.")


async def test_the_audience_is_answered_between_two_lines(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        ids = await put(bridge, session, LONG, "The last line.")
        await bridge.post(f"{session}/script/start")
        await until(events, type="utterance", ref=ids[0], status="started")
        status, message = await bridge.post(f"{session}/audience", {"text": "Hello, who are you?", "who": "Li"})
        assert (status, message["state"], message["who"]) == (201, "waiting", "Li")
        status, picked = await bridge.post(f"{session}/audience/{message['message_id']}/answer")
        assert (status, picked["state"]) == (200, "answering")
        await ended(events, ids[0])
        answer = await until(events, type="transcript", who="assistant", final=True)
        assert answer.data["text"]
        await until(events, type="audience", message_id=message["message_id"], state="answered")
        await ended(events, ids[1])
        _, listed = await bridge.get(f"{session}/audience")
        assert [each["state"] for each in listed["messages"]] == ["answered"]
        status, problem = await bridge.post(f"{session}/audience/{message['message_id']}/answer")
        assert (status, problem["code"]) == (409, "message_over")


async def test_auto_answers_what_people_write(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        await put(bridge, session, auto=True)
        await bridge.post(f"{session}/script/start")
        _, message = await bridge.post(f"{session}/audience", {"text": "Hello!"})
        await until(events, type="audience", message_id=message["message_id"], state="answered")
        await until(events, type="script", state="waiting")


async def test_insert_move_change_remove(bridge: Bridge) -> None:
    session = await bridge.create()
    ids = await put(bridge, session, "One.", "Two.", "Three.")
    _, added = await bridge.post(f"{session}/script/lines", {"text": "Zero.", "where": "now"})
    await bridge.post(f"{session}/script/lines", {"text": "Last.", "index": 99})
    await change(bridge, f"{session}/script/lines/{ids[2]}", index=0)
    await change(bridge, f"{session}/script/lines/{ids[1]}", text="Second.")
    async with bridge.http.delete(f"{session}/script/lines/{ids[0]}") as response:
        assert response.status == 204
    async with bridge.http.delete(f"{session}/script/lines/{ids[0]}") as response:
        assert (response.status, (await response.json())["code"]) == (404, "line_not_found")
    _, script = await bridge.get(f"{session}/script")
    assert [line["text"] for line in script["lines"]] == ["Three.", "Zero.", "Second.", "Last."]
    assert script["line_id"] == added["added"]
    now = await change(bridge, f"{session}/script", loop=True)
    assert (now["loop"], now["state"]) == (True, "stopped")


async def test_a_script_of_another_shape_is_refused(bridge: Bridge) -> None:
    session = await bridge.create()
    wrong: list[tuple[object, str]] = [
        ({"lines": [{"text": "x"}] * 501}, "invalid_request"),
        ({"lines": [{"text": " "}]}, "invalid_request"),
        ({"lines": [{"text": "x", "line_id": "a"}, {"text": "y", "line_id": "a"}]}, "invalid_request"),
        ({"lines": [{"text": "x" * 65536, "line_id": str(number)} for number in range(17)]}, "queue_full"),
        ({"lines": [], "more": 1}, "invalid_request"),
    ]
    headers = {"Content-Type": "application/json"}
    for body, code in wrong:
        data = io.BytesIO(json.dumps(body).encode())
        async with bridge.http.put(f"{session}/script", data=data, headers=headers) as response:
            assert (await response.json())["code"] == code
    status, problem = await bridge.post(f"{session}/script/lines", {"text": "x", "index": 1, "where": "now"})
    assert (status, problem["code"]) == (400, "invalid_request")
    assert (await bridge.get(f"{session}/script"))[1]["lines"] == []


async def test_the_audience_has_a_bound(bridge: Bridge) -> None:
    session = await bridge.create()
    statuses = [(await bridge.post(f"{session}/audience", {"text": "?"}))[0] for _ in range(201)]
    assert statuses == [201] * 200 + [429]
    messages = (await bridge.get(f"{session}/audience"))[1]["messages"]
    async with bridge.http.delete(f"{session}/audience/{messages[0]['message_id']}") as response:
        assert response.status == 204
    assert (await bridge.post(f"{session}/audience", {"text": "?"}))[0] == 201


async def test_what_is_repeated_with_the_same_key_is_done_once(bridge: Bridge) -> None:
    session = await bridge.create()
    answers = [await bridge.post(f"{session}/script/lines", {"text": "One."}, Idempotency_Key="k") for _ in range(2)]
    assert answers[0] == answers[1]
    assert len((await bridge.get(f"{session}/script"))[1]["lines"]) == 1


async def test_a_reset_forgets_the_script_and_the_audience(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        (line_id,) = await put(bridge, session, LONG)
        await bridge.post(f"{session}/audience", {"text": "My name is Li."})
        await bridge.post(f"{session}/script/start")
        await until(events, type="utterance", ref=line_id, status="started")
        await bridge.post(f"{session}/reset")
        await until(events, type="utterance", ref=line_id, status="interrupted")
    script, audience = [(await bridge.get(f"{session}/{each}"))[1] for each in ("script", "audience")]
    assert (script["state"], script["lines"], audience["messages"]) == ("stopped", [], [])


async def test_a_session_that_has_ended_takes_no_script(bridge: Bridge) -> None:
    session = await bridge.live()
    (line_id,) = await put(bridge, session, LONG)
    await bridge.post(f"{session}/script/start")
    async with bridge.http.delete(session) as response:
        assert response.status == 204
    status, problem = await bridge.post(f"{session}/script/start", {"line_id": line_id})
    assert (status, problem["code"]) == (409, "session_ended")

import asyncio

from tests.integration.gateway.conftest import Bridge, Frame, until
from tests.support.fake_openai import Abort, FakeOpenAI, Reply, Stall, Wait

STORY = ("Once upon a time", " there was a king.", " He had", " three daughters.", " They all went", " to the sea.")


def names(frames: list[Frame]) -> list[str]:
    return [frame.event for frame in frames]


def text(frames: list[Frame]) -> str:
    return "".join(frame.data["text"] for frame in frames if frame.event == "delta")


async def test_the_built_in_dialog_answers_and_is_heard(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        await anext(events)
        answer = await bridge.ask(session, "Who are you?")
        seen: list[Frame] = []
        async for event in events:
            seen.append(event)
            if event.data.get("turn") == "idle":
                break
    assert names(answer)[0] == "accepted"
    assert set(names(answer)[1:-1]) == {"delta"}
    end = answer[-1]
    assert (end.event, end.data["status"]) == ("end", "ended")
    assert end.data["utterance_id"] == answer[0].data["utterance_id"]
    assert text(answer).split() == end.data["heard"].split()
    assert [event.data["turn"] for event in seen if event.data["type"] == "turn"] == ["thinking", "speaking", "idle"]
    said = [event.data for event in seen if event.data["type"] == "transcript"]
    assert (said[0]["who"], said[0]["text"], said[0]["final"]) == ("user", "Who are you?", True)
    assert "".join(part["delta"] for part in said[1:-1]) == end.data["heard"]
    assert (said[-1]["who"], said[-1]["final"], said[-1]["heard"]) == ("assistant", True, end.data["heard"])


async def test_the_first_clause_is_spoken_while_the_model_still_writes(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    go_on = asyncio.Event()
    llm.script(Reply(["Well, hello there. ", "How", Wait(go_on), " are you?"]))
    async with thinking.events(session) as events:
        asking = asyncio.create_task(thinking.ask(session, "Better now?"))
        await until(events, type="sentence", status="ended", text="Well, hello there. ")
        go_on.set()
        answer = await asking
    assert text(answer) == "Well, hello there. How are you?"
    assert answer[-1].data["heard"] == "Well, hello there. How are you?"


async def test_a_new_question_interrupts_and_only_what_was_heard_is_remembered(
    thinking: Bridge, llm: FakeOpenAI
) -> None:
    session = await thinking.live()
    llm.script(Reply([*STORY, Stall()]), Reply(["Of course."]))
    async with thinking.events(session) as events:
        first = asyncio.create_task(thinking.ask(session, "Describe the moon."))
        await until(events, type="sentence", seq=1, status="ended")
        second = await thinking.ask(session, "Something else, please.")
        interrupted = await until(events, type="interrupt")
        turns = [interrupted.data["by"]]
        async for event in events:
            if event.data["type"] == "turn":
                turns.append(event.data["turn"])
                if event.data["turn"] == "idle":
                    break
    assert turns == ["text", "interrupted", "thinking", "speaking", "idle"]
    end = (await first)[-1].data
    assert end["status"] == "interrupted"
    assert end["heard"].startswith("Once upon a time there was a king.")
    assert "".join(STORY).startswith(end["heard"])
    assert len(end["heard"]) < len("".join(STORY))
    assert second[-1].data["heard"] == "Of course."
    async with asyncio.timeout(5):
        await llm.requests[0].closed.wait()
    messages = [(message.role, message.content.strip()) for message in llm.requests[1].body.messages]
    assert messages[0][0] == "system"
    assert messages[1:] == [
        ("user", "Describe the moon."),
        ("assistant", end["heard"].rstrip() + " …"),
        ("user", "Something else, please."),
    ]


async def test_the_button_stops_the_answer_and_its_source(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply([*STORY, Stall()]))
    async with thinking.chat(session, "Describe the moon.") as events:
        accepted = await anext(events)
        await until(events, text=" there was a king.")
        _, answer = await thinking.post(f"{session}/interrupt", {"scope": "current"})
        assert answer["utterance_ids"] == [accepted.data["utterance_id"]]
        rest = [event async for event in events]
    assert rest[-1].data["status"] == "interrupted"
    async with asyncio.timeout(5):
        await llm.requests[0].closed.wait()


async def test_when_the_model_fails_the_avatar_apologises_in_the_visitors_language(
    thinking: Bridge, llm: FakeOpenAI
) -> None:
    session = await thinking.live()
    llm.script(Reply(status=401), Reply(status=401), Reply(["Fine."]))
    for question, first, last in (("月亮有多远？", "\u4e00", "\u9fff"), ("How far is Mars?", "A", "z")):
        answer = await thinking.ask(session, question)
        assert names(answer)[1] == "error"
        assert answer[1].data["code"] == "llm_unauthorized"
        assert answer[1].data["retryable"] is False
        assert any(first <= letter <= last for letter in text(answer))
        assert answer[-1].data["status"] == "ended"
        assert answer[-1].data["heard"].strip() == text(answer).strip()
    await thinking.ask(session, "Better now?")
    # An apology is no answer that the model should see.
    assert [message.role for message in llm.requests[-1].body.messages if message.role == "assistant"] == []


async def test_when_the_model_breaks_off_what_came_is_spoken(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Here is the beginning. ", "And then", Abort()]))
    answer = await thinking.ask(session, "Tell me.")
    error, end = answer[-2], answer[-1]
    assert (error.event, error.data["code"], error.data["retryable"]) == ("error", "llm_stream_broken", True)
    assert end.data["status"] == "failed"
    assert end.data["heard"].split() == ["Here", "is", "the", "beginning.", "And", "then"]


async def test_an_answer_without_anything_to_say_is_an_error(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["...", "!"]))
    answer = await thinking.ask(session, "Say nothing.")
    assert [frame.data["code"] for frame in answer if frame.event == "error"] == ["dialog_failed"]
    assert answer[-1].data["status"] == "ended"


async def test_a_reader_who_leaves_does_not_stop_the_answer(thinking: Bridge) -> None:
    session = await thinking.live()
    async with thinking.chat(session, "Who are you?") as chat:
        accepted = await anext(chat)
    async with thinking.events(session, None) as events:
        await until(events, type="utterance", utterance_id=accepted.data["utterance_id"], status="ended")


async def test_a_repeated_question_with_the_same_key_follows_the_same_answer(thinking: Bridge) -> None:
    session = await thinking.live()
    async with thinking.chat(session, "Who are you?", Idempotency_Key="q1") as chat:
        first = [await anext(chat), await anext(chat)]
    async with thinking.chat(session, "Who are you?", Idempotency_Key="q1") as chat:
        again = [event async for event in chat]
    assert again[:2] == first
    assert again[-1].data["status"] == "ended"
    status, answer = await thinking.post(f"{session}/chat", {"message": "Else?"}, Idempotency_Key="q1")
    assert (status, answer["code"]) == (422, "idempotency_mismatch")


async def test_a_visitor_is_forgotten(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Hello Ada."]), Reply([*STORY, Stall()]), Reply(["Hello."]))
    await thinking.ask(session, "My name is Ada.")
    async with thinking.chat(session, "Describe the moon.") as chat, thinking.events(session) as events:
        await until(chat, text=" there was a king.")
        await anext(events)
        status, _ = await thinking.post(f"{session}/reset")
        assert status == 204
        assert [event async for event in chat][-1].data["status"] == "interrupted"
        ended = await until(events, type="utterance", status="interrupted")
        assert ended.data["heard"] == ""
        await thinking.ask(session, "Who am I?")
        spoken = await until(events, type="transcript")
        assert (spoken.data["who"], spoken.data["text"]) == ("user", "Who am I?")
    messages = [message.content for message in llm.requests[-1].body.messages if message.role != "system"]
    assert messages == ["Who am I?"]


async def test_a_session_may_choose_the_built_in_answers(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live(dialog="builtin")
    async with thinking.chat(session, "Who are you?") as events:
        assert [(await anext(events)).event for _ in range(2)] == ["accepted", "delta"]
    assert llm.requests == []


async def test_a_question_is_taken_before_the_avatar_is_there(thinking: Bridge) -> None:
    session = await thinking.create()
    answer = await thinking.ask(session, "Who are you?")
    assert answer[-1].data["status"] == "ended"


async def test_a_session_that_ends_ends_the_answer(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.chat(session, "Who are you?") as chat:
        await anext(chat)
        async with bridge.http.delete(session) as response:
            assert response.status == 204
        assert [event async for event in chat][-1].data["status"] == "interrupted"

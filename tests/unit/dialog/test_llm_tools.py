import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from dialog.errors import LlmEmptyAnswer, LlmToolLoop
from dialog.llm import OpenAIDialog
from dialog.toolbox import ToolBox
from dialog.tools import Tool
from tests.support.fake_openai import Abort, Call, FakeOpenAI, Reply, Stall

DAYS = Tool.model_validate(
    {
        "name": "days",
        "description": "Days of a month.",
        "python": "calendar:monthrange",
        "parameters": {"type": "object", "properties": {"year": {"type": "integer"}, "month": {"type": "integer"}}},
    }
)
ASK = Reply([Call("days", '{"year": 2026,', id="c7"), Call(None, ' "month": 2}')])


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI, None]:
    async with FakeOpenAI.running() as running:
        yield running


@pytest.fixture
async def dialog(server: FakeOpenAI) -> AsyncGenerator[OpenAIDialog, None]:
    made = OpenAIDialog(base_url=server.base_url, model="fake-model", tools=ToolBox([DAYS]), max_rounds=2)
    yield made
    await made.aclose()
    await made.aclose()


async def answer(dialog: OpenAIDialog) -> str:
    async with aclosing(dialog.answer([], "How long is February?")) as texts:
        return "".join([text async for text in texts])


async def test_the_model_gets_the_result_of_what_it_calls(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply(["One moment. ", *ASK.steps]), Reply(["It has 28 days."]))
    assert await answer(dialog) == "One moment. It has 28 days."
    first, second = (request.body.model_dump(exclude_unset=True) for request in server.requests)
    assert first["tool_choice"] == "auto"
    assert first["tools"] == [
        {
            "type": "function",
            "function": {"name": "days", "description": "Days of a month.", "parameters": DAYS.parameters},
        }
    ]
    assert second["messages"] == [
        {"role": "user", "content": "How long is February?"},
        {
            "role": "assistant",
            "content": "One moment. ",
            "tool_calls": [
                {
                    "id": "c7",
                    "type": "function",
                    "function": {"name": "days", "arguments": '{"year": 2026, "month": 2}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c7", "content": "[6, 28]"},
    ]


async def test_after_some_rounds_the_model_has_to_speak(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(ASK, ASK, Reply(["28."]))
    assert await answer(dialog) == "28."
    assert [request.body.model_dump()["tool_choice"] for request in server.requests] == ["auto", "auto", "none"]
    server.script(ASK, ASK, ASK)
    with pytest.raises(LlmToolLoop, match="without end"):
        await answer(dialog)


async def test_the_sentences_of_two_rounds_do_not_stick_together(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply(["One moment.", *ASK.steps]), Reply(["It has 28."]))
    assert await answer(dialog) == "One moment. It has 28."


async def test_calls_without_tools_are_no_answer(server: FakeOpenAI):
    dialog = OpenAIDialog(base_url=server.base_url, model="m", tools=ToolBox([]))
    server.script(ASK, ASK)
    with pytest.raises(LlmEmptyAnswer):
        await answer(dialog)
    await dialog.aclose()


async def test_too_many_calls_at_once_are_a_loop(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(Reply([Call("days", "{}", index=index) for index in range(9)]))
    with pytest.raises(LlmToolLoop):
        await answer(dialog)
    assert len(server.requests) == 1


async def test_each_round_has_its_second_attempt(server: FakeOpenAI, dialog: OpenAIDialog):
    half = Reply([Call("days", '{"year"', id="c1"), Abort()])
    server.script(half, ASK, Reply(status=503), Reply(["28."]))
    assert await answer(dialog) == "28."
    assert server.requests[2].body.messages[1].tool_calls[0]["id"] == "c7"


async def test_leaving_in_a_later_round_closes_its_stream(server: FakeOpenAI, dialog: OpenAIDialog):
    server.script(ASK, Reply(["It", Stall()]))
    async with aclosing(dialog.answer([], "hi")) as texts:
        assert await anext(texts) == "It"
    await asyncio.wait_for(server.requests[1].closed.wait(), 5)

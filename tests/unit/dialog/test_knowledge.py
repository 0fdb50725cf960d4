from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialog.errors import LlmUnauthorized
from dialog.knowledge import KnowledgeDialog
from dialog.llm import OpenAIDialog
from dialog.persona import Persona
from dialog.protocol import Message
from dialog.quick import QuickAnswers
from tests.support.fake_openai import FakeOpenAI, Reply, Stall

CONFIG = Path(__file__).parents[3] / "config"
NOW = datetime(2026, 11, 20, 15, 5, tzinfo=UTC)
PERSONA = Persona.load(CONFIG / "personas" / "default.toml")


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI, None]:
    async with FakeOpenAI.running() as running:
        yield running


@pytest.fixture
async def dialog(server: FakeOpenAI) -> AsyncGenerator[KnowledgeDialog, None]:
    model = OpenAIDialog(base_url=server.base_url, model="m", system_prompt=PERSONA.system_prompt)
    answers = QuickAnswers.load(CONFIG / "answers", clock=lambda: NOW)
    made = KnowledgeDialog(answers, model, introduce=lambda message: PERSONA.speaking_to(message).facts)
    yield made
    await made.aclose()
    await made.aclose()


async def answer(dialog: KnowledgeDialog, message: str, *history: Message) -> str:
    async with aclosing(dialog.answer(history, message)) as texts:
        return "".join([text async for text in texts])


@pytest.mark.parametrize(("message", "word"), [("What time is it?", "3:05"), ("现在几点了？", "下午3点05分")])
async def test_what_is_known_by_heart_needs_no_model(
    server: FakeOpenAI, dialog: KnowledgeDialog, message: str, word: str
):
    assert word in await answer(dialog, message)
    assert server.requests == []


async def test_the_model_is_told_what_may_help(server: FakeOpenAI, dialog: KnowledgeDialog):
    server.script(Reply(["On the ground floor."]))
    question = "My daughter is five and really needs the restrooms, quickly, where do we go?"
    said = [Message("user", "Hi"), Message("assistant", "Hello!")]
    assert await answer(dialog, question, *said) == "On the ground floor."
    system, *rest = server.requests[0].body.messages
    assert system.content.startswith(PERSONA.phrases("en").system_prompt)
    facts = system.content.split(PERSONA.phrases("en").facts)[1].strip().split("\n")
    assert "restrooms" in facts[0]
    assert 1 <= len(facts) <= 3
    assert [message.content for message in rest] == ["Hi", "Hello!", question]


async def test_a_question_that_resembles_nothing_comes_without_facts(server: FakeOpenAI, dialog: KnowledgeDialog):
    await answer(dialog, "Xylophone quartzite?")
    assert PERSONA.phrases("en").facts not in server.requests[0].body.messages[0].content


async def test_an_entry_that_fits_stands_in_for_a_model_that_fails(server: FakeOpenAI, dialog: KnowledgeDialog):
    server.script(Reply(status=401), Reply(status=401))
    assert "joke" in await answer(dialog, "What kinds of things are you able to do for me?")
    assert len(server.requests) == 1
    with pytest.raises(LlmUnauthorized):
        await answer(dialog, "Why is the sky blue in the evening of the year 1850?")


async def test_leaving_stops_the_model(server: FakeOpenAI, dialog: KnowledgeDialog):
    server.script(Reply(["It", Stall()]))
    async with aclosing(dialog.answer([], "Xylophone quartzite?")) as texts:
        assert await anext(texts) == "It"
    await server.requests[0].closed.wait()

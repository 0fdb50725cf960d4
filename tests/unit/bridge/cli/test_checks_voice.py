from collections.abc import AsyncGenerator

import pytest

from bridge.cli import checks_voice
from bridge.cli.finding import Finding, Outcome
from bridge.settings import Settings
from tests.support.fake_openai import FakeOpenAI
from tests.support.fake_speech import Refusal
from tests.support.fake_voice_model import FakeVoiceModel

KEY = "sk-hunter2"


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI]:
    async with FakeOpenAI.running() as running:
        yield running


async def finding(server: FakeOpenAI) -> Finding:
    tts = {"base_url": server.base_url, "api_key": KEY, "model": "small", "voice": "anna"}
    return await checks_voice.tts(Settings.model_validate({"tts": tts}))


async def test_a_voice_that_speaks(server: FakeOpenAI) -> None:
    found = await finding(server)
    assert (found.outcome, found.detail) == (Outcome.GOOD, "small speaks with the voice anna")
    assert [(each.model, each.voice) for each in server.speech.spoken] == [("small", "anna")]


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [(Refusal(401), "tts.api_key"), (Refusal(404), "tts.model"), (Refusal(200, '{"audio": "x"}'), "response_format")],
)
async def test_a_voice_that_does_not(server: FakeOpenAI, refusal: Refusal, advice: str) -> None:
    server.speech.refusals.append(refusal)
    found = await finding(server)
    assert found.outcome is Outcome.BAD
    assert advice in found.detail
    assert KEY not in repr(found)


async def test_without_one_there_is_nothing_to_check() -> None:
    assert (await checks_voice.tts(Settings())).outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("status", "outcome", "says"), [(101, Outcome.GOOD, "live"), (401, Outcome.BAD, "voice_model")]
)
async def test_a_voice_model_takes_a_connection_or_does_not(status: int, outcome: Outcome, says: str) -> None:
    async with FakeVoiceModel.running() as server:
        server.status = status
        model = {"base_url": server.base_url, "api_key": KEY, "model": "live"}
        found = await checks_voice.voice_model(Settings.model_validate({"voice_model": model}))
    assert found.outcome is outcome
    assert says in found.detail
    assert KEY not in repr(found)
    assert (await checks_voice.voice_model(Settings())).outcome is Outcome.SKIPPED

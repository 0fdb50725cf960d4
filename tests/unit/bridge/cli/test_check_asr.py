"""What `doctor` says about the speech recognition."""

import pytest

from bridge.cli import check_asr, extras
from bridge.cli.finding import Outcome
from bridge.settings import Settings
from tests.support.fake_openai import FakeOpenAI
from tests.support.fake_speech import Refusal

KEY = "sk-very-secret"


def settings(base_url: str, **more: object) -> Settings:
    return Settings.model_validate({"asr": {"base_url": base_url, "api_key": KEY, "model": "whisper", **more}})


async def test_without_a_model_there_is_nothing_to_check() -> None:
    assert (await check_asr.asr(Settings())).outcome is Outcome.SKIPPED


@pytest.mark.parametrize("mode", ["upload", "realtime"])
async def test_a_recogniser_that_answers(mode: str) -> None:
    async with FakeOpenAI.running() as server:
        finding = await check_asr.asr(settings(server.base_url, mode=mode))
    assert finding.outcome is Outcome.GOOD


async def test_one_that_refuses_the_key_or_is_not_there() -> None:
    async with FakeOpenAI.running() as server:
        server.speech.refusals.append(Refusal(401))
        refused = await check_asr.asr(settings(server.base_url))
    gone = await check_asr.asr(settings("http://127.0.0.1:9/v1"))
    assert (refused.outcome, gone.outcome) == (Outcome.BAD, Outcome.BAD)
    assert "asr.api_key" in refused.advice
    assert "asr.base_url" in gone.advice
    assert KEY not in f"{refused}{gone}"


async def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(extra: str) -> bool:
        return extra == "llm"

    monkeypatch.setattr(extras, "missing", missing)
    finding = await check_asr.asr(settings("http://127.0.0.1:9/v1"))
    assert finding.outcome is Outcome.BAD
    assert "pip install" in finding.advice

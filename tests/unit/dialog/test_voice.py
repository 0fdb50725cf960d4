import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from pydantic import SecretStr

from dialog.errors import (
    TtsError,
    TtsModelNotFound,
    TtsRateLimited,
    TtsRequestRejected,
    TtsStalled,
    TtsStreamBroken,
    TtsUnauthorized,
    TtsUnavailable,
    TtsUnreachable,
)
from dialog.voice import OpenAIVoice
from tests.support.fake_openai import FakeOpenAI
from tests.support.fake_speech import Refusal, tone

KEY = "sk-very-secret-0123456789"


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI, None]:
    async with FakeOpenAI.running() as running:
        yield running


def made(server: FakeOpenAI, first_s: float = 5, next_s: float = 5) -> OpenAIVoice:
    return OpenAIVoice(
        base_url=server.base_url, model="tts", voice="anna", api_key=SecretStr(KEY), first_s=first_s, next_s=next_s
    )


@pytest.fixture
async def voice(server: FakeOpenAI) -> AsyncGenerator[OpenAIVoice, None]:
    speaking = made(server)
    yield speaking
    await speaking.aclose()
    await speaking.aclose()


async def speech(voice: OpenAIVoice) -> list[bytes]:
    async with aclosing(voice.speak("Hello")) as blocks:
        return [block async for block in blocks]


async def failure(voice: OpenAIVoice) -> TtsError:
    with pytest.raises(TtsError) as caught:
        await speech(voice)
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


async def test_the_speech_comes_in_whole_samples_as_it_is_made(server: FakeOpenAI, voice: OpenAIVoice):
    server.speech.hold = asyncio.Event()
    async with aclosing(voice.speak("Hello")) as blocks:
        first = await anext(blocks)
        server.speech.hold.set()
        rest = [block async for block in blocks]
    assert first + b"".join(rest) == tone(5 * 1440)
    assert all(len(block) % 2 == 0 for block in (first, *rest))
    assert server.speech.spoken[0].model_dump() == {
        "model": "tts",
        "voice": "anna",
        "input": "Hello",
        "response_format": "pcm",
    }


@pytest.mark.parametrize(
    ("refusal", "error", "attempts"),
    [
        (Refusal(401, f'{{"error": {{"message": "{KEY}"}}}}'), TtsUnauthorized, 1),
        (Refusal(404), TtsModelNotFound, 1),
        (Refusal(400), TtsRequestRejected, 1),
        (Refusal(429), TtsRateLimited, 2),
        (Refusal(500), TtsUnavailable, 2),
        (Refusal(200, "", content_type="audio/pcm"), TtsStreamBroken, 2),
        (Refusal(200, '{"audio": "x"}'), TtsRequestRejected, 1),
        (Refusal(200, "RIFFxxxxWAVE", content_type="audio/pcm"), TtsRequestRejected, 1),
    ],
)
async def test_each_refusal_has_its_error(
    server: FakeOpenAI, voice: OpenAIVoice, refusal: Refusal, error: type[TtsError], attempts: int
):
    server.speech.refusals.extend([refusal] * attempts)
    assert type(await failure(voice)) is error
    assert len(server.speech.spoken) == attempts


async def test_a_second_attempt_may_succeed(server: FakeOpenAI, voice: OpenAIVoice):
    server.speech.refusals.append(Refusal(503))
    assert b"".join(await speech(voice)) == tone(5 * 1440)


async def test_silence_before_and_in_a_speech(server: FakeOpenAI):
    server.speech.hold = asyncio.Event()
    voice = made(server, next_s=0.5)
    raised = await failure(voice)
    assert isinstance(raised, TtsStalled)
    assert "paused for 0.5 s" in str(raised)
    await asyncio.wait_for(server.speech.closed.wait(), 5)
    await voice.aclose()
    voice = made(server, first_s=0.0)
    assert "no sound within 0 s" in str(await failure(voice))
    await voice.aclose()


async def test_a_server_that_is_not_there():
    voice = OpenAIVoice(base_url="http://127.0.0.1:1/v1", model="m", voice="v")
    raised = await failure(voice)
    assert isinstance(raised, TtsUnreachable)
    assert "tts.base_url" in str(raised)
    await voice.aclose()


async def test_leaving_closes_the_stream(server: FakeOpenAI, voice: OpenAIVoice):
    server.speech.hold = asyncio.Event()
    async with aclosing(voice.speak("Hello")) as blocks:
        assert await anext(blocks)
    await asyncio.wait_for(server.speech.closed.wait(), 5)

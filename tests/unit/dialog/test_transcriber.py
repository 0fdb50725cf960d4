import asyncio
import logging
from collections.abc import AsyncGenerator
from hashlib import sha256

import pytest
from pydantic import SecretStr

from dialog.ears import SECOND, Recognizer, Sound, Transcript
from dialog.errors import (
    AsrError,
    AsrModelNotFound,
    AsrRateLimited,
    AsrRequestRejected,
    AsrStalled,
    AsrStreamBroken,
    AsrUnauthorized,
    AsrUnavailable,
    AsrUnreachable,
)
from dialog.transcriber import MAX_TEXT, OpenAITranscriber
from tests.support.fake_openai import FakeOpenAI
from tests.support.fake_speech import Refusal, tone

KEY = "sk-very-secret-0123456789"


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI, None]:
    async with FakeOpenAI.running() as running:
        yield running


@pytest.fixture
async def ears(server: FakeOpenAI) -> AsyncGenerator[Recognizer, None]:
    made = OpenAITranscriber(base_url=server.base_url, model="whisper", api_key=SecretStr(KEY), prompt="Yun")
    yield made
    await made.aclose()
    await made.aclose()


def sound(pcm: bytes) -> Sound:
    filled = Sound()
    filled.feed(pcm)
    filled.finish()
    return filled


async def failure(ears: Recognizer) -> AsrError:
    with pytest.raises(AsrError) as caught:
        await ears.hear(sound(bytes(SECOND)))
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


async def test_an_utterance_is_uploaded_when_it_has_ended(server: FakeOpenAI, ears: Recognizer):
    pcm = tone(24_000, 16_000)
    server.speech.transcripts = {sha256(pcm).hexdigest(): "Where is the lift?", 2.0: "你好"}
    spoken = Sound()
    hearing = asyncio.ensure_future(ears.hear(spoken, language="en"))
    for start in range(0, len(pcm), 640):
        spoken.feed(pcm[start : start + 640])
        await asyncio.sleep(0)
    assert server.speech.uploads == []
    spoken.finish()
    assert await hearing == Transcript("Where is the lift?", 1.5)
    assert await ears.hear(sound(bytes(2 * SECOND))) == Transcript("你好", 2.0)
    first, second = server.speech.uploads
    assert (first.pcm, first.rate) == (pcm, 16_000)
    assert first.fields == {"model": "whisper", "language": "en", "prompt": "Yun", "response_format": "json"}
    assert "language" not in second.fields
    assert first.headers["Authorization"] == f"Bearer {KEY}"


async def test_too_little_sound_is_not_sent_and_too_much_is_cut(server: FakeOpenAI, ears: Recognizer):
    assert await ears.hear(sound(bytes(SECOND // 20))) == Transcript("", 0.05)
    assert server.speech.uploads == []
    server.speech.transcripts = {60.0: "x" * 10_000}

    async def endless() -> AsyncGenerator[bytes, None]:
        for _ in range(70):
            yield bytes(SECOND)

    assert await ears.hear(endless()) == Transcript("x" * MAX_TEXT, 60.0)
    assert len(server.speech.uploads[0].pcm) == 60 * SECOND


@pytest.mark.parametrize(
    ("refusal", "error", "attempts"),
    [
        (Refusal(401, f'{{"error": {{"message": "{KEY}"}}}}'), AsrUnauthorized, 1),
        (Refusal(404), AsrModelNotFound, 1),
        (Refusal(400), AsrRequestRejected, 1),
        (Refusal(429), AsrRateLimited, 2),
        (Refusal(429, headers={"Retry-After": "60"}), AsrRateLimited, 1),
        (Refusal(500), AsrUnavailable, 2),
        (Refusal(200, "<html>", content_type="text/html"), AsrStreamBroken, 2),
        (Refusal(200, '{"text": 5}'), AsrStreamBroken, 2),
        (Refusal(200, "[" * 100_000), AsrStreamBroken, 2),
    ],
)
async def test_each_refusal_has_its_error(
    server: FakeOpenAI, ears: Recognizer, refusal: Refusal, error: type[AsrError], attempts: int
):
    server.speech.refusals.extend([refusal] * attempts)
    raised = await failure(ears)
    assert type(raised) is error
    assert "asr." in str(raised) or raised.retryable
    assert len(server.speech.uploads) == attempts


async def test_a_second_attempt_may_succeed(server: FakeOpenAI, ears: Recognizer):
    server.speech.transcripts = {1.0: "Yes."}
    server.speech.refusals.append(Refusal(503))
    assert (await ears.hear(sound(bytes(SECOND)))).text == "Yes."


async def test_a_server_that_does_not_answer_or_is_not_there(server: FakeOpenAI):
    server.speech.hold = asyncio.Event()
    ears = OpenAITranscriber(base_url=server.base_url, model="m", timeout_s=0.5)
    assert isinstance(await failure(ears), AsrStalled)
    await asyncio.wait_for(server.speech.closed.wait(), 5)
    await ears.aclose()
    gone = OpenAITranscriber(base_url="http://127.0.0.1:1/v1", model="m")
    raised = await failure(gone)
    assert isinstance(raised, AsrUnreachable)
    assert "asr.base_url" in str(raised)
    await gone.aclose()


async def test_cancelling_drops_the_request(server: FakeOpenAI, ears: Recognizer):
    server.speech.hold = asyncio.Event()
    hearing = asyncio.ensure_future(ears.hear(sound(bytes(SECOND))))
    await asyncio.wait_for(server.speech.asked.wait(), 5)
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    await asyncio.wait_for(server.speech.closed.wait(), 5)


async def test_no_transcript_reaches_a_log(server: FakeOpenAI, ears: Recognizer, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    server.speech.transcripts = {1.0: "my secret"}
    await ears.hear(sound(bytes(SECOND)))
    assert "my secret" not in caplog.text
    assert KEY not in caplog.text

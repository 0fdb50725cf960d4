import asyncio
import logging
from array import array
from collections.abc import AsyncGenerator

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
from dialog.realtime import RealtimeTranscriber, Resample
from tests.support.fake_openai import FakeOpenAI
from tests.support.fake_speech import Fault, Refusal

KEY = "sk-very-secret-0123456789"


def new_resampler() -> Resample:
    """Hold each second sample for two: 16 kHz becomes 24 kHz, and the last block is a mark."""

    def resample(pcm: bytes, last: bool) -> bytes:
        samples = array("h", pcm)
        longer = array("h", (value for i, value in enumerate(samples) for _ in range(1 + i % 2)))
        return longer.tobytes() + (b"!!" if last else b"")

    return resample


@pytest.fixture
async def server() -> AsyncGenerator[FakeOpenAI, None]:
    async with FakeOpenAI.running() as running:
        yield running


def made(server: FakeOpenAI, timeout_s: float = 5) -> RealtimeTranscriber:
    return RealtimeTranscriber(
        base_url=server.base_url,
        model="live",
        api_key=SecretStr(KEY),
        new_resampler=new_resampler,
        timeout_s=timeout_s,
    )


@pytest.fixture
async def ears(server: FakeOpenAI) -> AsyncGenerator[Recognizer, None]:
    recognizer = made(server)
    yield recognizer
    await recognizer.aclose()
    await recognizer.aclose()


def sound(seconds: float) -> Sound:
    filled = Sound()
    filled.feed(bytes(int(seconds * SECOND)))
    filled.finish()
    return filled


async def failure(ears: Recognizer, spoken: Sound | None = None) -> AsrError:
    with pytest.raises(AsrError) as caught:
        await ears.hear(spoken or sound(1))
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


async def test_words_come_while_somebody_speaks(server: FakeOpenAI, ears: Recognizer):
    server.speech.transcripts = {"partial": "where is the", 1.0: "Where is the lift?"}
    spoken, partials, heard = Sound(), list[str](), asyncio.Event()

    def on_partial(text: str) -> None:
        partials.append(text)
        heard.set()

    hearing = asyncio.ensure_future(ears.hear(spoken, language="en", on_partial=on_partial))
    spoken.feed(bytes(SECOND // 2))
    await asyncio.wait_for(heard.wait(), 5)
    assert partials == ["where "]
    spoken.feed(bytes(SECOND // 2))
    spoken.finish()
    assert await hearing == Transcript("Where is the lift?", 1.0)
    assert partials == ["where ", "where is "]
    await asyncio.wait_for(server.speech.closed.wait(), 5)
    assert server.speech.socket_pcm == [bytes(48_000) + b"!!"]
    assert server.speech.sessions == [
        {
            "type": "transcription",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24_000},
                    "transcription": {"model": "live", "language": "en"},
                    "turn_detection": None,
                }
            },
        }
    ]
    headers = server.speech.socket_headers[0]
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["User-Agent"] == "avatar-bridge"


async def test_too_little_sound_is_no_utterance_and_too_much_is_cut(server: FakeOpenAI, ears: Recognizer):
    assert await ears.hear(sound(0.05)) == Transcript("", 0.05)

    async def endless() -> AsyncGenerator[bytes, None]:
        for _ in range(70):
            yield bytes(SECOND)

    server.speech.transcripts = {60.0: "x"}
    assert await ears.hear(endless()) == Transcript("x", 60.0)


@pytest.mark.parametrize(
    ("status", "error", "attempts"),
    [(401, AsrUnauthorized, 1), (404, AsrModelNotFound, 1), (429, AsrRateLimited, 2), (500, AsrUnavailable, 2)],
)
async def test_a_refused_connection(
    server: FakeOpenAI, ears: Recognizer, status: int, error: type[AsrError], attempts: int
):
    server.speech.refusals.extend([Refusal(status)] * attempts)
    assert type(await failure(ears)) is error
    assert len(server.speech.socket_headers) == attempts


async def test_a_redirect_does_not_take_the_key_elsewhere(server: FakeOpenAI, ears: Recognizer):
    server.speech.refusals.append(Refusal(302, headers={"Location": "/v1/realtime"}))
    assert isinstance(await failure(ears), AsrRequestRejected)
    assert len(server.speech.socket_headers) == 1


async def test_a_second_attempt_may_succeed(server: FakeOpenAI, ears: Recognizer):
    server.speech.transcripts = {1.0: "Yes."}
    server.speech.refusals.append(Refusal(503))
    assert (await ears.hear(sound(1))).text == "Yes."


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("close", AsrStreamBroken),
        ("garbage", AsrStreamBroken),
        ("failed", AsrUnavailable),
        ("error", AsrRequestRejected),
        ("rate", AsrRateLimited),
    ],
)
async def test_what_goes_wrong_in_the_middle(
    server: FakeOpenAI, ears: Recognizer, fault: Fault, error: type[AsrError], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    server.speech.fault = fault
    spoken = Sound()
    spoken.feed(bytes(SECOND))
    assert type(await failure(ears, spoken)) is error
    assert "private" not in caplog.text
    assert KEY not in caplog.text


async def test_a_server_that_does_not_answer_or_is_not_there(server: FakeOpenAI):
    server.speech.fault = "stall"
    ears = made(server, timeout_s=0.5)
    assert isinstance(await failure(ears), AsrStalled)
    await ears.aclose()
    gone = RealtimeTranscriber(base_url="http://127.0.0.1:1/v1", model="m", new_resampler=new_resampler)
    raised = await failure(gone)
    assert isinstance(raised, AsrUnreachable)
    assert "asr.base_url" in str(raised)
    await gone.aclose()


async def test_cancelling_closes_the_connection(server: FakeOpenAI, ears: Recognizer):
    server.speech.transcripts = {"partial": "hello"}
    spoken, heard = Sound(), asyncio.Event()
    hearing = asyncio.ensure_future(ears.hear(spoken, on_partial=lambda _: heard.set()))
    spoken.feed(bytes(SECOND))
    await asyncio.wait_for(heard.wait(), 5)
    hearing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hearing
    await asyncio.wait_for(server.speech.closed.wait(), 5)

"""Speech recognition by any server with OpenAI's `/audio/transcriptions`: a whole utterance at a time.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

from pydantic import BaseModel, SecretStr, ValidationError

from dialog.ears import LONGEST_S, SECOND, SHORTEST_S, Transcript, to_wav
from dialog.errors import (
    AsrModelNotFound,
    AsrRateLimited,
    AsrRequestRejected,
    AsrStalled,
    AsrStreamBroken,
    AsrUnauthorized,
    AsrUnavailable,
    AsrUnreachable,
    DialogError,
)
from dialog.service import Service, ServiceErrors, openai

ASR_ERRORS = ServiceErrors(
    section="asr",
    unauthorized=AsrUnauthorized,
    model_not_found=AsrModelNotFound,
    request_rejected=AsrRequestRejected,
    rate_limited=AsrRateLimited,
    unavailable=AsrUnavailable,
    unreachable=AsrUnreachable,
    stream_broken=AsrStreamBroken,
)
MAX_TEXT = 8192
"""Characters of a transcript; the rest is cut off."""

_ATTEMPTS = 2


class _Answer(BaseModel):
    text: str


class OpenAITranscriber:
    """A `Recognizer` that uploads each utterance as a WAV file when it has ended; it has no partial transcripts.

    `timeout_s` is for the transcript after the end of the sound, a second attempt included: what fails is tried once
    more. An utterance keeps its first 60 s. Nothing is taken from the environment.
    """

    def __init__(
        self, *, base_url: str, model: str, api_key: SecretStr | None = None, prompt: str = "", timeout_s: float = 10.0
    ) -> None:
        self._service = Service(ASR_ERRORS, base_url=base_url, model=model, api_key=api_key)
        self._prompt = prompt
        self._timeout_s = timeout_s

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        """Return what is said in the sound; raises AsrError. `Recognizer.hear` has the details."""
        pcm = bytearray()
        async for block in sound:
            pcm += block[: LONGEST_S * SECOND - len(pcm)]
        seconds = len(pcm) / SECOND
        if seconds < SHORTEST_S:
            return Transcript("", seconds)
        return Transcript(await self._persist(to_wav(bytes(pcm)), language), seconds)

    async def aclose(self) -> None:
        """Close the connections. May be called twice."""
        await self._service.aclose()

    async def _persist(self, wav: bytes, language: str | None) -> str:
        now = asyncio.get_running_loop().time
        deadline = now() + self._timeout_s
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with asyncio.timeout_at(deadline):
                    return await self._transcribe(wav, language)
            except TimeoutError:
                raise AsrStalled(
                    f"{self._service.where} gave no transcript within {self._timeout_s:g} s; check that the server is"
                    " not overloaded, or use a smaller model"
                ) from None
            except DialogError as error:
                if attempt == _ATTEMPTS or not error.retryable or now() + error.retry_after_s >= deadline:
                    raise
                await asyncio.sleep(error.retry_after_s)
        raise AssertionError("the last attempt returns or raises")

    async def _transcribe(self, wav: bytes, language: str | None) -> str:
        try:
            answer = await self._service.client.audio.transcriptions.with_raw_response.create(
                model=self._service.model,
                file=("speech.wav", wav, "audio/wav"),
                language=language or openai.omit,
                prompt=self._prompt or openai.omit,
                response_format="json",
            )
        except openai.OpenAIError as error:
            # Not chained: the server's own words may hold a part of the key.
            raise self._service.translate(error, opened=False) from None
        try:
            text = _Answer.model_validate_json(answer.content).text
        except ValidationError:
            raise AsrStreamBroken(
                f'{self._service.where} answered something else than {{"text": …}}; check asr.base_url, which usually'
                " ends in /v1"
            ) from None
        return text.strip()[:MAX_TEXT]

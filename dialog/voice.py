"""Speech from any server with OpenAI's `/audio/speech`, for avatars that speak with a voice of their own.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing

from pydantic import SecretStr

from dialog.errors import (
    DialogError,
    TtsModelNotFound,
    TtsRateLimited,
    TtsRequestRejected,
    TtsStalled,
    TtsStreamBroken,
    TtsUnauthorized,
    TtsUnavailable,
    TtsUnreachable,
)
from dialog.service import Service, ServiceErrors

RATE = 24_000
"""Samples a second of what the server sends: PCM of 16 bits, little-endian, mono."""

LONGEST_S = 600
"""Seconds of one speech; the rest is cut off."""

_BLOCK = 4800  # bytes, 100 ms
_ATTEMPTS = 2
_CONTAINERS = (b"RIFF", b"OggS", b"fLaC", b"ID3")
_ERRORS = ServiceErrors(
    section="tts",
    unauthorized=TtsUnauthorized,
    model_not_found=TtsModelNotFound,
    request_rejected=TtsRequestRejected,
    rate_limited=TtsRateLimited,
    unavailable=TtsUnavailable,
    unreachable=TtsUnreachable,
    stream_broken=TtsStreamBroken,
)


class OpenAIVoice:
    """Speaks text with one model and voice.

    `first_s` is how long to wait for the first sound, a second attempt included; `next_s` how long the server may
    pause. What fails before the first sound is tried once more. Nothing is taken from the environment.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        voice: str,
        api_key: SecretStr | None = None,
        first_s: float = 8.0,
        next_s: float = 5.0,
    ) -> None:
        self._service = Service(_ERRORS, base_url=base_url, model=model, api_key=api_key)
        self._voice = voice
        self._first_s = first_s
        self._next_s = next_s

    async def speak(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the speech as it comes, in blocks of whole samples as in `RATE`, up to `LONGEST_S`.

        Closing the generator or cancelling its reader closes the HTTP stream. Raises TtsError, also in the middle.
        """
        now = asyncio.get_running_loop().time
        deadline = now() + self._first_s
        for attempt in range(1, _ATTEMPTS + 1):
            sounded = False
            try:
                async with aclosing(self._attempt(text, deadline)) as blocks:
                    async for block in blocks:
                        sounded = True
                        yield block
            except DialogError as error:
                again = error.retryable and not isinstance(error, TtsStalled)
                if sounded or attempt == _ATTEMPTS or not again or now() + error.retry_after_s >= deadline:
                    raise
                await asyncio.sleep(error.retry_after_s)
            else:
                return

    async def aclose(self) -> None:
        """Close the connections. May be called twice."""
        await self._service.aclose()

    async def _attempt(self, text: str, deadline: float) -> AsyncGenerator[bytes, None]:
        now = asyncio.get_running_loop().time
        left, rest, opened = LONGEST_S * RATE * 2, b"", False
        request = self._service.client.audio.speech.with_streaming_response.create(
            model=self._service.model, voice=self._voice, input=text, response_format="pcm"
        )
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout_at(deadline):
                    response = await stack.enter_async_context(request)
                blocks = response.iter_bytes(_BLOCK)
                kind = response.headers.get("content-type", "")
                while left:
                    async with asyncio.timeout_at(deadline):
                        block = await anext(blocks)
                    if not opened:
                        self._check(kind, block)
                        opened = True
                    whole = (rest + block)[:left]
                    even = len(whole) // 2 * 2
                    left, rest = left - even, whole[even:]
                    if even:
                        yield whole[:even]
                    deadline = now() + self._next_s
            except StopAsyncIteration:
                pass
            except TimeoutError:
                raise self._stalled(opened=opened) from None
            except DialogError:
                raise
            except Exception as error:  # noqa: BLE001 - see the next line
                # The SDK lets errors of its HTTP client through, whose package differs between the SDK's versions.
                # Not chained: the server's own words may hold a part of the key.
                raise self._service.translate(error, opened=opened) from None
        if not opened:
            raise TtsStreamBroken(f"{self._service.where} sent no sound; ask again, or try another voice")

    def _check(self, kind: str, block: bytes) -> None:
        if kind.startswith(("text/", "application/json")) or block.startswith(_CONTAINERS):
            raise TtsRequestRejected(
                f"{self._service.where} sent something else than plain PCM; it has to know response_format = pcm"
            )

    def _stalled(self, *, opened: bool) -> TtsStalled:
        waited = f"paused for {self._next_s:g} s" if opened else f"gave no sound within {self._first_s:g} s"
        return TtsStalled(f"{self._service.where} {waited}; check that it is not overloaded, or allow it more time")

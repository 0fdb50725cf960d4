"""Speech recognition while somebody speaks, by a server with OpenAI's realtime transcription over a WebSocket.

Importing this module raises DialogPackageError where the `openai` package is missing.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from json import dumps

from pydantic import BaseModel, SecretStr, ValidationError
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from dialog.ears import LONGEST_S, SECOND, SHORTEST_S, Transcript
from dialog.errors import (
    AsrError,
    AsrRateLimited,
    AsrRequestRejected,
    AsrStalled,
    AsrStreamBroken,
    AsrUnavailable,
    DialogError,
)
from dialog.service import Service
from dialog.socket import close, connect
from dialog.transcriber import ASR_ERRORS, MAX_TEXT

RATE_OUT = 24_000
"""Samples a second that the server wants."""

Resample = Callable[[bytes, bool], bytes]
"""Turns PCM of 16 kHz, in pieces, into PCM of 24 kHz; with True the piece is the last one."""

_SECOND_OUT = 2 * RATE_OUT
_ATTEMPTS = 2
_LOG = logging.getLogger("dialog.realtime")
_ITEM = "conversation.item.input_audio_transcription."


class _Problem(BaseModel):
    code: str | None = None
    type: str | None = None


class _Event(BaseModel):
    """An event of the server; those of other types have other fields, and are skipped."""

    type: str
    delta: str = ""
    transcript: str = ""
    error: _Problem | None = None


class RealtimeTranscriber:
    """A `Recognizer` with partial transcripts: one connection for each utterance.

    `new_resampler` makes a fresh resampler for one. `timeout_s` is for connecting, and for the transcript after the end
    of the sound. A connection that fails is tried once more; one that breaks later is not, as the sound is gone.
    Nothing is taken from the environment.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        new_resampler: Callable[[], Resample],
        api_key: SecretStr | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        self._service = Service(ASR_ERRORS, base_url=base_url, model=model, api_key=api_key)
        self._new_resampler = new_resampler
        self._timeout_s = timeout_s
        self._api_key = api_key

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        """Return what is said in the sound; raises AsrError. `Recognizer.hear` has the details."""
        socket = await self._connect()
        try:
            utterance = _Utterance(self._service, socket, self._new_resampler(), self._timeout_s)
            return await utterance.hear(sound, language, on_partial)
        except ConnectionClosed:
            raise AsrStreamBroken(
                f"{self._service.where} closed the connection in the middle of an utterance; look at the server's log"
            ) from None
        finally:
            await close(socket)

    async def aclose(self) -> None:
        """Close the connections. May be called twice."""
        await self._service.aclose()

    async def _connect(self) -> ClientConnection:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._connect_once()
            except DialogError as error:
                if attempt == _ATTEMPTS or not error.retryable or isinstance(error, AsrStalled):
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _connect_once(self) -> ClientConnection:
        return await connect(self._service, "intent=transcription", self._api_key, self._timeout_s, AsrStalled)


class _Utterance:
    """One utterance on its connection."""

    def __init__(self, service: Service, socket: ClientConnection, resample: Resample, timeout_s: float) -> None:
        self._service = service
        self._socket = socket
        self._resample = resample
        self._timeout_s = timeout_s
        self._bytes = 0
        self._empty = False

    async def hear(
        self, sound: AsyncIterator[bytes], language: str | None, on_partial: Callable[[str], None] | None
    ) -> Transcript:
        await self._send(self._setup(language))
        reading = asyncio.create_task(self._read(on_partial), name="realtime-read")
        sending = asyncio.create_task(self._pass_on(sound), name="realtime-send")
        try:
            await asyncio.wait({reading, sending}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done() and not reading.done():
                sending.result()
                text = "" if self._empty else await self._last_words(reading)
            else:
                text = reading.result()
        finally:
            for task in (reading, sending):
                task.cancel()
            await asyncio.gather(reading, sending, return_exceptions=True)
        return Transcript(text.strip()[:MAX_TEXT], self._bytes / SECOND)

    async def _last_words(self, reading: asyncio.Task[str]) -> str:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await reading
        except TimeoutError:
            raise AsrStalled(
                f"{self._service.where} gave no transcript within {self._timeout_s:g} s; check that it is not"
                " overloaded"
            ) from None

    def _setup(self, language: str | None) -> dict[str, object]:
        transcription = {"model": self._service.model} | ({"language": language} if language else {})
        heard = {
            "format": {"type": "audio/pcm", "rate": RATE_OUT},
            "transcription": transcription,
            "turn_detection": None,  # who has finished speaking is our own decision
        }
        return {"type": "session.update", "session": {"type": "transcription", "audio": {"input": heard}}}

    async def _pass_on(self, sound: AsyncIterator[bytes]) -> None:
        async for block in sound:
            kept = block[: LONGEST_S * SECOND - self._bytes]
            self._bytes += len(kept)
            await self._append(self._resample(kept, False))
        await self._append(self._resample(b"", True))
        if self._bytes < SHORTEST_S * SECOND:
            self._empty = True
            return
        await self._send({"type": "input_audio_buffer.commit"})

    async def _append(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), _SECOND_OUT):
            piece = b64encode(pcm[start : start + _SECOND_OUT]).decode()
            await self._send({"type": "input_audio_buffer.append", "audio": piece})

    async def _send(self, message: dict[str, object]) -> None:
        await self._socket.send(dumps(message))

    async def _read(self, on_partial: Callable[[str], None] | None) -> str:
        """Return the transcript of the one item that is committed."""
        partial = ""
        while True:
            event = self._parse(await self._socket.recv())
            if event.type == _ITEM + "delta":
                partial = (partial + event.delta)[:MAX_TEXT]
                if on_partial is not None:
                    on_partial(partial)
            elif event.type == _ITEM + "completed":
                return event.transcript
            elif event.type in (_ITEM + "failed", "error"):
                raise self._failed(event.error)

    def _parse(self, message: str | bytes) -> _Event:
        try:
            return _Event.model_validate_json(message)
        except ValidationError:
            raise AsrStreamBroken(
                f"{self._service.where} sent something that is no event; check that asr.base_url has a realtime API"
            ) from None

    def _failed(self, problem: _Problem | None) -> AsrError:
        code = (problem and (problem.code or problem.type)) or "no code"
        _LOG.warning("realtime transcription failed: %.64r", code)
        where = self._service.where
        if "rate_limit" in code or "quota" in code:
            return AsrRateLimited(f"{where} allows no more requests now; wait, or check the quota")
        if "server" in code:
            return AsrUnavailable(f"{where} failed; try again, or look at its own log")
        return AsrRequestRejected(
            f"{where} could not transcribe; check that asr.model is one for realtime transcription"
        )

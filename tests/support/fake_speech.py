"""The hearing and the speaking half of the scripted OpenAI server: transcriptions, realtime transcription, speech."""

import asyncio
import io
import math
import wave
from array import array
from base64 import b64decode
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps, loads
from typing import Literal

from aiohttp import WSMessage, WSMsgType, web
from pydantic import BaseModel, ConfigDict

RATE = 24_000
_CHARACTER = 1440
"""Samples of speech for one character: 60 ms."""

Fault = Literal["stall", "close", "garbage", "failed", "error", "rate"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status other than 200 for the next request, or a 200 with this body."""

    status: int
    body: str = '{"error": {"message": "refused", "type": "fake"}}'
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content_type: str = "application/json"


@dataclass(slots=True)
class Upload:
    """A transcription request as it came."""

    fields: dict[str, str]
    headers: dict[str, str]
    pcm: bytes
    rate: int


class SpeechRequest(BaseModel):
    """The body of a speech request."""

    model_config = ConfigDict(extra="forbid")

    model: str
    voice: str
    input: str
    response_format: Literal["wav", "pcm"] = "wav"


class FakeSpeech:
    """Hears by a table and speaks a tone of 60 ms a character.

    What the next sounds mean stands in `hears`; where that is empty, `transcripts` maps the SHA-256 of the PCM, or its
    length in seconds to a tenth, to what is said in it; a text of several words is told word by word as the sound
    comes, on the realtime socket.
    """

    def __init__(self) -> None:
        self.hears: deque[str] = deque()
        self.transcripts: dict[str | float, str] = {}
        self.uploads: list[Upload] = []
        self.spoken: list[SpeechRequest] = []
        self.sessions: list[dict[str, object]] = []
        self.socket_headers: list[dict[str, str]] = []
        self.socket_pcm: list[bytes] = []
        self.asked = asyncio.Event()
        self.closed = asyncio.Event()
        self.refusals: deque[Refusal] = deque()
        self.sounds: dict[str, bytes] = {}
        """What a text sounds like, in place of the tone."""
        self.cut_after: int | None = None
        """After so many blocks of 100 ms a speech breaks off, and the connection with it."""
        self.hold: asyncio.Event | None = None
        """While set and not done, transcriptions and speech after `hold_after` blocks of 100 ms wait for it."""
        self.hold_after = 1
        self.fault: Fault | None = None
        """What goes wrong on the realtime socket after the first sound."""

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes below `/v1`."""
        return (
            web.post("/v1/audio/transcriptions", self._transcribe),
            web.post("/v1/audio/speech", self._speak),
            web.get("/v1/realtime", self._realtime),
        )

    def understood(self, pcm: bytes, rate: int) -> str:
        """Return what was announced, or look a sound up in the table."""
        if self.hears:
            return self.hears.popleft()
        seconds = round(len(pcm) / 2 / rate, 1)
        return self.transcripts.get(sha256(pcm).hexdigest(), self.transcripts.get(seconds, ""))

    def _refused(self) -> web.Response | None:
        if not self.refusals:
            return None
        refusal = self.refusals.popleft()
        return web.Response(
            status=refusal.status, text=refusal.body, headers=refusal.headers, content_type=refusal.content_type
        )

    async def _wait(self) -> None:
        if self.hold is None:
            return
        try:
            await self.hold.wait()
        except asyncio.CancelledError:
            self.closed.set()
            raise

    async def _transcribe(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        with file.file, wave.open(io.BytesIO(file.file.read())) as reader:
            assert (reader.getnchannels(), reader.getsampwidth()) == (1, 2)
            pcm, rate = reader.readframes(reader.getnframes()), reader.getframerate()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        self.uploads.append(Upload(fields, dict(request.headers), pcm, rate))
        self.asked.set()
        await self._wait()
        return self._refused() or web.json_response({"text": f" {self.understood(pcm, rate)}\n"})

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        wanted = SpeechRequest.model_validate_json(await request.text())
        self.spoken.append(wanted)
        refused = self._refused()
        if refused is not None:
            return refused
        pcm = self.sounds.get(wanted.input) or tone(len(wanted.input) * _CHARACTER)
        kind = "audio/pcm" if wanted.response_format == "pcm" else "audio/wav"
        body = pcm if wanted.response_format == "pcm" else _wav(pcm)
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for number, start in enumerate(range(0, len(body), 4801)):  # an odd size: blocks may tear samples
            if number >= self.hold_after:
                await self._wait()
            if number == self.cut_after:
                assert request.transport is not None
                request.transport.abort()
                return response
            try:
                await response.write(body[start : start + 4801])
            except ConnectionResetError:
                return response  # its reader has left
        await response.write_eof()
        return response

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        self.socket_headers.append(dict(request.headers))
        refused = self._refused()
        if refused is not None:
            return refused
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "session.created", "session": {"id": "s"}})
        pcm, told = bytearray(), 0
        try:
            async for message in socket:
                told = await self._on_event(socket, message, pcm, told)
        finally:
            self.socket_pcm.append(bytes(pcm))
            self.closed.set()
        return socket

    async def _on_event(self, socket: web.WebSocketResponse, message: WSMessage, pcm: bytearray, told: int) -> int:
        assert message.type is WSMsgType.TEXT
        event = loads(message.data)
        match event["type"]:
            case "session.update":
                self.sessions.append(event["session"])
                await socket.send_json({"type": "session.updated", "session": event["session"]})
            case "input_audio_buffer.append":
                pcm += b64decode(event["audio"], validate=True)
                if self.fault is not None:
                    await self._go_wrong(socket, self.fault)
                    return told
                words = self.transcripts.get("partial", "").split(" ")
                while told < len(words) and len(pcm) >= (told + 1) * RATE:  # one word each half second
                    await socket.send_str(_item("delta", delta=words[told] + " "))
                    told += 1
            case "input_audio_buffer.commit" if self.fault is None:
                await socket.send_json({"type": "input_audio_buffer.committed", "item_id": "i1"})
                await socket.send_str(_item("completed", transcript=self.understood(bytes(pcm), RATE)))
            case _:
                pass
        return told

    async def _go_wrong(self, socket: web.WebSocketResponse, fault: Fault) -> None:
        match fault:
            case "close":
                await socket.close(code=1011)
            case "garbage":
                await socket.send_str("[")
            case "failed":
                await socket.send_str(_item("failed", error={"type": "server_error", "message": "private"}))
            case "error":
                await socket.send_json({"type": "error", "error": {"type": "invalid_request_error", "code": None}})
            case "rate":
                await socket.send_json({"type": "error", "error": {"code": "rate_limit_exceeded"}})
            case "stall":
                pass


def tone(samples: int, rate: int = RATE) -> bytes:
    """Return PCM of a 220 Hz tone."""
    return array("h", (int(9000 * math.sin(2 * math.pi * 220 * n / rate)) for n in range(samples))).tobytes()


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(pcm)
    return file.getvalue()


def _item(kind: str, **fields: object) -> str:
    return dumps({"type": f"conversation.item.input_audio_transcription.{kind}", "item_id": "i1", **fields})

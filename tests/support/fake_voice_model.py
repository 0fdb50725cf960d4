"""A voice model over a real WebSocket, in OpenAI's realtime form, that does what a test tells it to."""

import asyncio
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

RATE = 24_000
BLOCK = 9_600
"""Bytes of one delta of sound: 200 ms."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer is an error of this type."""

    code: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on when the event is set."""

    event: asyncio.Event


class Stall:
    """Say nothing more."""


class Cut:
    """Break the connection."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it stands."""

    text: str


Step = str | bytes | Refused | Wait | Stall | Cut | Raw
"""A str is words, bytes are PCM of 24 kHz."""


@dataclass
class FakeVoiceModel:
    """Answers each `response.create` with the next script; hears what `transcripts` say, in their order.

    `items` is its conversation as (id, role, text), with what was truncated as it was told; `received` all events.
    With `old` its events have the names of before 2025.
    """

    base_url: str = ""
    old: bool = False
    status: int = 101
    scripts: deque[Sequence[Step]] = field(default_factory=deque[Sequence[Step]])
    transcripts: deque[str] = field(default_factory=deque[str])
    received: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    models: list[str] = field(default_factory=list[str])
    heard: list[bytes] = field(default_factory=list[bytes])
    news: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncGenerator["FakeVoiceModel"]:
        """Serve on a free port of the loopback."""
        server = cls()
        app = web.Application()
        app.router.add_get("/v1/realtime", server._serve)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            server.base_url = f"http://{host}:{port}/v1"
            yield server
        finally:
            await runner.cleanup()

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the events of these types, without their ids."""
        return [{k: v for k, v in each.items() if k != "event_id"} for each in self.received if each["type"] in kinds]

    async def until(self, kind: str) -> None:
        """Return once an event of this type has come."""
        async with asyncio.timeout(20):
            while not self.of(kind):
                self.news.clear()
                await self.news.wait()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(dict(request.headers))
        self.models.append(request.query.get("model", ""))
        if self.status != 101:
            return web.Response(status=self.status, text="refused")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "session.created", "session": {"id": "s"}})
        talk = _Talk(self, socket)
        try:
            async for message in socket:
                assert message.type is WSMsgType.TEXT
                await talk.receive(message.json())
        finally:
            await talk.stop()
            self.closed.set()
        return socket


class _Talk:
    """One connection."""

    def __init__(self, server: FakeVoiceModel, socket: web.WebSocketResponse) -> None:
        self._server = server
        self._socket = socket
        self._buffer = bytearray()
        self._items = self._responses = 0
        self._answering: asyncio.Task[None] | None = None

    async def receive(self, event: dict[str, Any]) -> None:
        self._server.received.append(event)
        self._server.news.set()
        match event["type"]:
            case "session.update":
                await self._tell("session.updated", session=event["session"])
            case "input_audio_buffer.append":
                self._buffer += b64decode(event["audio"], validate=True)
            case "input_audio_buffer.clear":
                self._buffer.clear()
            case "input_audio_buffer.commit":
                await self._hear()
            case "response.create":
                assert self._answering is None or self._answering.done(), "one answer at a time"
                self._responses += 1
                script = self._server.scripts.popleft() if self._server.scripts else ["Hello.", bytes(RATE)]
                self._answering = asyncio.create_task(self._answer(event, f"r{self._responses}", script))
                self._server.asked.set()
            case "response.cancel":
                await self._cancel(event)
            case _:
                pass

    async def stop(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await self._answering

    async def _hear(self) -> None:
        self._items += 1
        item = f"i{self._items}"
        self._server.heard.append(bytes(self._buffer))
        self._buffer.clear()
        await self._tell("input_audio_buffer.committed", item_id=item)
        if self._server.transcripts:
            words = self._server.transcripts.popleft()
            kind = "conversation.item.input_audio_transcription"
            await self._tell(f"{kind}.delta", item_id=item, delta=words[:3])
            await self._tell(f"{kind}.completed", item_id=item, transcript=words)

    async def _answer(self, event: dict[str, Any], response: str, script: Sequence[Step]) -> None:
        await self._tell("response.created", response={"id": response, "status": "in_progress"})
        for step in script:
            match step:
                case str() | bytes():
                    await self._say(response, step)
                case Refused():
                    await self._refuse(event, response, step.code)
                    return
                case Wait():
                    await step.event.wait()
                case Stall():
                    await asyncio.Event().wait()
                case Cut():
                    await self._socket.close(code=1011)
                    return
                case Raw():
                    await self._socket.send_str(step.text)
        await self._tell("response.done", response={"id": response, "status": "completed", "status_details": None})

    async def _say(self, response: str, piece: str | bytes) -> None:
        prefix = "response." if self._server.old else "response.output_"
        about = {"response_id": response, "item_id": f"a_{response}"}
        if isinstance(piece, str):
            await self._tell(f"{prefix}audio_transcript.delta", **about, delta=piece)
            return
        for start in range(0, len(piece), BLOCK):
            block = b64encode(piece[start : start + BLOCK]).decode()
            await self._tell(f"{prefix}audio.delta", **about, delta=block)

    async def _refuse(self, event: dict[str, Any], response: str, code: str) -> None:
        error = {"type": code, "code": code, "message": "private"}
        if "server" in code:
            details = {"type": "failed", "error": error}
            failed = {"id": response, "status": "failed", "status_details": details}
            await self._tell("response.done", response=failed)
        else:
            await self._tell("error", error={**error, "event_id": event["event_id"]})

    async def _cancel(self, event: dict[str, Any]) -> None:
        if self._answering is None or self._answering.done():
            error = {"type": "invalid_request_error", "code": "response_cancel_not_active"}
            await self._tell("error", error={**error, "event_id": event["event_id"]})
            return
        await self.stop()
        self._server.cancelled.set()
        # What was on its way still comes.
        late = b64encode(bytes(BLOCK)).decode()
        response = f"r{self._responses}"
        await self._tell("response.output_audio.delta", response_id=response, item_id=f"a_{response}", delta=late)
        await self._tell("response.done", response={"id": response, "status": "cancelled", "status_details": None})

    async def _tell(self, kind: str, **fields: object) -> None:
        with suppress(ConnectionError):
            await self._socket.send_json({"type": kind, **fields})

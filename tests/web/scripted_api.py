"""A scripted server for the pages: the real files of `demo_web`, the strict CSP, an API that does what a test says."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeAlias

from aiohttp import WSMsgType, web
from aiohttp.typedefs import Handler

PAGES = Path(__file__).resolve().parents[2] / "demo_web"
CSP = (
    "default-src 'self'; media-src 'self' blob:; connect-src 'self'; img-src 'self' data:; style-src 'self'; "
    "script-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
EPOCH = "e1"

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Frame: TypeAlias = tuple[str, dict[str, Json]]


def problem(status: int, code: str, detail: str, *, retryable: bool = False) -> web.Response:
    """Return a problem document as the server writes it."""
    body = {"type": f"urn:avatar-bridge:{code}", "title": code, "status": status, "detail": detail}
    text = json.dumps({**body, "code": code, "retryable": retryable})
    return web.Response(status=status, text=text, content_type="application/problem+json")


@dataclass
class Script:
    """What the server does, and what it has seen; a test changes it at any time."""

    state: str = "live"
    error: dict[str, Json] | None = None
    utterances: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    suggestions: dict[str, Json] = field(
        default_factory=lambda: {"en": ["What can you do?", "Where is the café?"], "zh": ["你能做什么？"]}
    )
    refuse_creation: tuple[int, str, bool] | None = None
    refuse_chat: tuple[int, str] | None = None
    forgotten: bool = False
    events_down: bool = False
    play: dict[str, Json] | None = None
    listens: bool = False
    refuse_microphone: str | None = None
    video: Path | None = None
    interrupt_answers: asyncio.Event = field(default_factory=asyncio.Event)
    interrupted_ids: list[Json] = field(default_factory=list[Json])
    answer: list[Frame] = field(default_factory=list[Frame])

    created: int = 0
    deleted: list[str] = field(default_factory=list[str])
    questions: list[str] = field(default_factory=list[str])
    interrupts: list[Json] = field(default_factory=list[Json])
    video_requests: int = 0
    resumed_from: list[str | None] = field(default_factory=list[str | None])
    messages: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    """What came on WebSockets, in order."""
    sound: bytearray = field(default_factory=bytearray)


class ScriptedApi:
    """Serves the pages on a free port of the loopback; an async context manager."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self._streams: set[asyncio.Queue[str | None]] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._offset = 0
        self._app = web.Application(middlewares=[_with_policy])
        self._app.add_routes(
            [
                web.get("/", _page("index.html")),
                web.get("/kiosk", _page("kiosk.html")),
                web.static("/static", PAGES),
                web.post("/v1/sessions", self._create),
                web.get("/v1/sessions/{id}", self._get),
                web.delete("/v1/sessions/{id}", self._delete),
                web.get("/v1/sessions/{id}/events", self._events),
                web.get("/v1/sessions/{id}/ws", self._socket),
                web.get("/v1/sessions/{id}/play", self._play),
                web.get("/v1/sessions/{id}/video", self._video),
                web.post("/v1/sessions/{id}/chat", self._chat),
                web.post("/v1/sessions/{id}/interrupt", self._interrupt),
            ]
        )
        self._runner = web.AppRunner(self._app, shutdown_timeout=0.2)
        self._port = 0

    @property
    def app(self) -> web.Application:
        """The application, for routes of a test's own; before the start."""
        return self._app

    @property
    def url(self) -> str:
        """The origin, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        self.script.interrupt_answers.set()
        await self._runner.setup()
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.drop_streams()
        await self.drop_sockets()
        await self._runner.cleanup()

    async def listen(self) -> None:
        """Listen, on the same port as before if there was one."""
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])

    async def stop_listening(self) -> None:
        """Refuse every connection from now on, as a server that is not there."""
        self.drop_streams()
        for site in list(self._runner.sites):
            await site.stop()
        server = self._runner.server
        if server is not None:
            await server.shutdown(0.1)

    @property
    def watched(self) -> int:
        """How many event streams are open."""
        return len(self._streams)

    @property
    def connected(self) -> int:
        """How many WebSockets are open."""
        return len(self._sockets)

    def emit(self, event_type: str, **data: Json) -> None:
        """Send an event to every open stream."""
        self._offset += 1
        event: dict[str, Json] = {
            "type": event_type,
            "offset": self._offset,
            "time": 0,
            "session_id": self._session_id(),
        }
        text = json.dumps({**event, **data}, ensure_ascii=False)
        for stream in self._streams:
            stream.put_nowait(f"id: {EPOCH}:{self._offset}\nevent: {event_type}\ndata: {text}\n\n")

    def whisper(self, event_type: str, **data: Json) -> None:
        """Tell every open stream something that is not kept: without an id."""
        text = json.dumps({"type": event_type, "time": 0, "session_id": self._session_id(), **data}, ensure_ascii=False)
        for stream in self._streams:
            stream.put_nowait(f"event: {event_type}\ndata: {text}\n\n")

    def utterance(self, utterance_id: str, status: str) -> None:
        """Send an `utterance` event."""
        self.emit("utterance", utterance_id=utterance_id, kind="stream", status=status)

    def sentence(self, utterance_id: str, seq: int, text: str, status: str = "started") -> None:
        """Send a `sentence` event."""
        self.emit("sentence", utterance_id=utterance_id, seq=seq, text=text, status=status)

    def enter(self, state: str, **data: Json) -> None:
        """Move the session to a state, and say so."""
        self.script.state = state
        self.emit("session.state", state=state, **data)

    def drop_streams(self) -> None:
        """Break off every event stream."""
        for stream in self._streams:
            stream.put_nowait(None)

    def _session_id(self) -> str:
        return f"s{self.script.created}"

    def _snapshot(self) -> dict[str, Json]:
        script = self.script
        return {
            "session_id": self._session_id(),
            "state": script.state,
            "reason": None,
            "error": script.error,
            "position": 2 if script.state == "queued" else None,
            "turn": "idle",
            "utterances": [*script.utterances],
            "suggestions": script.suggestions,
            "listens": script.listens,
        }

    def _missing(self, request: web.Request) -> web.Response | None:
        if self.script.forgotten or request.match_info["id"] != self._session_id():
            return problem(404, "session_not_found", "no session has this id")
        return None

    async def _create(self, _request: web.Request) -> web.Response:
        if self.script.refuse_creation is not None:
            status, code, retryable = self.script.refuse_creation
            return problem(status, code, "the server says why", retryable=retryable)
        self.script.created += 1
        self.script.forgotten = False
        if self.script.state in {"closing", "closed", "failed"}:
            self.script.state = "live"
        answer = {"session_id": self._session_id(), "state": self.script.state, "token": None, "play": None}
        return web.json_response(answer, status=201)

    async def _get(self, request: web.Request) -> web.Response:
        return self._missing(request) or web.json_response(self._snapshot())

    async def _delete(self, request: web.Request) -> web.Response:
        self.script.deleted.append(request.match_info["id"])
        return web.Response(status=204)

    async def _play(self, request: web.Request) -> web.Response:
        missing = self._missing(request)
        if missing is not None:
            return missing
        if self.script.play is not None:
            return web.json_response(self.script.play)
        if self.script.video is None:
            return problem(409, "no_picture", "there is no picture yet", retryable=True)
        url = f"/v1/sessions/{self._session_id()}/video"
        return web.json_response({"kind": "webm", "url": url, "alpha": False, "delay_ms": 0})

    async def _video(self, _request: web.Request) -> web.StreamResponse:
        self.script.video_requests += 1
        if self.script.video is None:
            return problem(409, "no_picture", "there is no picture yet", retryable=True)
        return web.FileResponse(self.script.video)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body: Mapping[str, str] = await request.json()
        if self.script.refuse_chat is not None:
            return problem(*self.script.refuse_chat, "the server says why")
        self.script.questions.append(body["message"])
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event, data in [("accepted", {"utterance_id": "u1"}), *self.script.answer]:
            await response.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode())
        return response

    async def _interrupt(self, request: web.Request) -> web.Response:
        self.script.interrupts.append(await request.json())
        await self.script.interrupt_answers.wait()
        return web.json_response({"utterance_ids": self.script.interrupted_ids})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        missing = self._missing(request)
        if missing is not None:
            return missing
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for frame in socket:
                if frame.type is WSMsgType.BINARY:
                    self.script.sound += frame.data
                elif frame.type is WSMsgType.TEXT:
                    await self._answer(socket, json.loads(frame.data))
        finally:
            self._sockets.discard(socket)
        return socket

    async def _answer(self, socket: web.WebSocketResponse, message: dict[str, Json]) -> None:
        self.script.messages.append(message)
        ref = message.get("ref")
        if message["type"] == "auth":
            position: dict[str, Json] = {"epoch": EPOCH, "offset": self._offset, "recovered": False, "role": "driver"}
            await socket.send_json({"type": "welcome", **position, "session": self._snapshot()})
        elif message["type"] == "audio.start" and self.script.refuse_microphone is not None:
            await socket.send_json(
                {
                    "type": "error",
                    "ref": ref,
                    "code": self.script.refuse_microphone,
                    "message": "why",
                    "retryable": False,
                }
            )
        elif message["type"] in {"audio.start", "say", "chat"}:
            await socket.send_json({"type": "ack", "ref": ref, "utterance_id": None})

    async def drop_sockets(self, code: int = 1011) -> None:
        """Close every WebSocket."""
        for socket in [*self._sockets]:
            await socket.close(code=code)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        resumed = request.headers.get("Last-Event-ID")
        self.script.resumed_from.append(resumed)
        missing = self._missing(request)
        if missing is not None:
            return missing
        if self.script.events_down:
            return problem(503, "cloud_unreachable", "not now", retryable=True)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        frames: asyncio.Queue[str | None] = asyncio.Queue()
        self._streams.add(frames)
        try:
            await response.write(b": keepalive\n\n")
            if resumed is None:
                await response.write(self._welcome().encode())
            while (frame := await frames.get()) is not None:
                await response.write(frame.encode())
        except ConnectionResetError:
            pass
        finally:
            self._streams.discard(frames)
        return response

    def _welcome(self) -> str:
        position: dict[str, Json] = {"epoch": EPOCH, "offset": self._offset, "recovered": False, "role": "driver"}
        data = json.dumps({"type": "welcome", **position, "session": self._snapshot()}, ensure_ascii=False)
        return f"id: {EPOCH}:{self._offset}\nevent: welcome\ndata: {data}\n\n"


def _page(name: str) -> Handler:
    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGES / name)

    return serve


@web.middleware
async def _with_policy(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if not response.prepared:
        response.headers["Content-Security-Policy"] = CSP
        response.headers["Cache-Control"] = "no-store"
    return response

"""A server that speaks OpenAI's chat completions over real HTTP and does what a test tells it to.

It hears and speaks, too: `speech`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from json import dumps

from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, field_validator

from tests.support.fake_speech import FakeSpeech


@dataclass(frozen=True, slots=True)
class Think:
    """Reasoning that is no part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on when the event is set."""

    event: asyncio.Event


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes as they stand, in place of an event."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call, or a piece of one: later pieces of the same `index` carry only arguments."""

    name: str | None
    arguments: str
    index: int = 0
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for so many seconds."""

    seconds: float


class Stall:
    """Say nothing more and keep the connection."""


class Abort:
    """Drop the connection."""


Step = str | Think | Call | Wait | Pause | Raw | Stall | Abort


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request gets: a status other than 200 with a body, or the steps of a stream (a str is a token)."""

    steps: Sequence[Step] = ("Hello", ", world", ".")
    status: int = 200
    body: str = '{"error": {"message": "refused", "type": "fake"}}'
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class ChatMessage(BaseModel):
    """One message of a request."""

    model_config = ConfigDict(extra="forbid")

    role: str
    content: str = ""
    tool_calls: list[dict[str, JsonValue]] = []
    tool_call_id: str = ""

    @field_validator("content", mode="before")
    @classmethod
    def _none_is_empty(cls, content: str | None) -> str:
        return content or ""


class ChatRequest(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[ChatMessage]
    stream: bool = False


@dataclass(slots=True)
class Received:
    """A request as it came. `closed` is set when its client has left before the end."""

    headers: dict[str, str]
    body: ChatRequest
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class FakeOpenAI:
    """Answers each request with the next scripted reply; without a script as `answer` does, with a short greeting."""

    def __init__(self) -> None:
        self.base_url = ""
        self.requests: list[Received] = []
        self.asked = asyncio.Event()
        self.models = ["fake-model"]
        self.speech = FakeSpeech()
        self.answer: Callable[[ChatRequest], Reply] = lambda _: Reply()
        self.over: Callable[[ChatRequest], None] = lambda _: None
        """Called when a stream has ended, or its reader has left."""
        self._replies: deque[Reply] = deque()

    def script(self, *replies: Reply) -> None:
        """Add replies for the next requests, in this order."""
        self._replies.extend(replies)

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncGenerator["FakeOpenAI", None]:
        """Serve on a free port of the loopback."""
        server = cls()
        app = web.Application(client_max_size=4 * 1024**2)  # a minute of sound has two
        app.router.add_post("/v1/chat/completions", server._complete)
        app.router.add_get("/v1/models", server._list_models)
        app.router.add_routes(server.speech.routes())
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            server.base_url = f"http://{host}:{port}/v1"
            yield server
        finally:
            await runner.cleanup()

    async def _list_models(self, request: web.Request) -> web.Response:
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "fake"} for name in self.models]
        return web.json_response({"object": "list", "data": models})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        received = Received(dict(request.headers), ChatRequest.model_validate_json(await request.text()))
        self.requests.append(received)
        self.asked.set()
        reply = self._replies.popleft() if self._replies else self.answer(received.body)
        try:
            if reply.status != 200:
                return web.Response(
                    status=reply.status, text=reply.body, content_type="application/json", headers=reply.headers
                )
            return await self._stream(request, received, reply)
        except asyncio.CancelledError:
            received.closed.set()
            raise
        except ConnectionResetError:
            received.closed.set()
            return web.Response()  # which nobody gets
        finally:
            self.over(received.body)

    async def _stream(self, request: web.Request, received: Received, reply: Reply) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(_event(received.body.model, {"role": "assistant", "content": ""}))
        for step in reply.steps:
            match step:
                case str():
                    await response.write(_event(received.body.model, {"content": step}))
                case Think():
                    await response.write(_event(received.body.model, {"reasoning_content": step.text}))
                case Call():
                    await response.write(_event(received.body.model, {"tool_calls": [_call(step)]}))
                case Raw():
                    await response.write(step.data)
                case Wait():
                    await step.event.wait()
                case Pause():
                    await asyncio.sleep(step.seconds)
                case Stall():
                    await asyncio.Event().wait()
                case Abort():
                    assert request.transport is not None
                    request.transport.abort()
                    return response
        await response.write(_event(received.body.model, {}, finish_reason="stop") + b"data: [DONE]\n\n")
        await response.write_eof()
        return response


def _call(step: Call) -> dict[str, object]:
    function: dict[str, str] = {"arguments": step.arguments} | ({"name": step.name} if step.name else {})
    head: dict[str, object] = {"id": step.id, "type": "function"} if step.id else {}
    return {"index": step.index, **head, "function": function}


def _event(model: str, delta: Mapping[str, object], finish_reason: str | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    }
    return b"data: " + dumps(chunk, ensure_ascii=False).encode() + b"\n\n"

"""`POST /v1/chat/completions`: the configured language model's own interface, with a face (DESIGN 5.3).

Request and answer pass through as they are; the text of choice 0 is spoken on the way.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus

import aiohttp
import msgspec
from aiohttp import web
from yarl import URL

from bridge.errors import BridgeError, DialogFailed, InvalidRequest, NoLanguageModel, SessionEnded
from bridge.gateway import slow
from bridge.gateway.access import caller_of
from bridge.gateway.context import Gateway, gateway
from bridge.gateway.middleware import SESSION_HEADER
from bridge.gateway.requests import read_body
from bridge.gateway.server import Connection
from bridge.gateway.streams.forms import EventData, chunk_text
from bridge.gateway.tape import Tape
from bridge.session.events import Problem
from bridge.session.session import Session
from bridge.settings import Llm
from bridge.talk.conversation import Conversation
from bridge.talk.dialogs import OPENAI_URL
from bridge.talk.exchange import MAX_ANSWER
from bridge.talk.source import TextSource

MAX_REQUEST = 8 * 1024 * 1024
MAX_RESPONSE = 8 * 1024 * 1024
"""Of an answer that is not streamed, or an error."""
TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=120)
PASSED_ON = ("Content-Type", "Retry-After", "OpenAI-Processing-Ms")
BROKEN = Problem(DialogFailed.code, "the language model broke off its answer", DialogFailed.retryable)


class _Asked(msgspec.Struct):
    stream: bool | None = False


class _Refused(Exception):
    """The model's server did not answer with 200: nothing was said, and asking once more is right."""


class Voice:
    """Speaks what a model answers, as one utterance that begins with the first word.

    An answer without text, one that only calls tools, says and interrupts nothing. An utterance that is interrupted, or
    cannot be accepted, costs the client none of its answer. At most 64 KiB of an answer are spoken.
    """

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._source: TextSource | None = None
        self._size = 0
        self._refused = False
        self._events = EventData()

    def hear(self, data: bytes) -> None:
        """Take a piece of a streamed answer; one that is no stream of events is not spoken."""
        try:
            events = self._events.feed(data) if data else self._events.finish()
        except InvalidRequest:
            self._refused = True
            return
        for event in events:
            self.say(chunk_text(event) or "")

    def say(self, text: str) -> None:
        """Speak the next piece."""
        self._size += len(text)
        if not text or self._refused or self._size > MAX_ANSWER:
            return
        if self._source is None:
            try:
                self._source = self._conversation.open_text()
            except BridgeError:
                self._refused = True
                return
        self._source.feed(text, markdown=True)

    def end(self) -> None:
        """Say that the answer is complete."""
        self.hear(b"")
        if self._source is not None:
            self._source.end()

    def lose(self, problem: Problem | None = None) -> None:
        """Say that the rest will not come."""
        if self._source is not None:
            self._source.lose(problem) if problem else self._source.lose()


async def completions(request: web.Request) -> web.StreamResponse:
    """Ask the model and hand its answer back as it is; a client that leaves cancels it.

    With an `Idempotency-Key` an answer that came to its end is given again, and neither asked for nor spoken twice.
    Raises NoLanguageModel, SessionNotFound, SessionEnded, DialogFailed where the model's server cannot be reached.
    """
    server = gateway(request)
    llm = server.settings.llm
    if llm.model is None:
        raise NoLanguageModel("this server has no language model; set llm.base_url and llm.model")
    server.check_accepting()
    session = _session(request, server)
    body = await read_body(request, "application/json", MAX_REQUEST)
    streamed = _asked(body).stream is True
    session.touch()
    given: web.StreamResponse | None = None

    async def act() -> Tape:
        nonlocal given
        voice, tape = Voice(server.talk.of(session)), Tape()
        with _cancelled_with(request):
            async with _answering(server, llm, body) as upstream:
                tape.headers = {name: upstream.headers[name] for name in PASSED_ON if name in upstream.headers}
                tape.headers["Cache-Control"] = "no-store"
                if streamed and upstream.status == HTTPStatus.OK:
                    given = await _stream(request, upstream, voice, tape)
                else:
                    given = await _whole(upstream, voice, tape, llm)
        if given.status != HTTPStatus.OK:
            raise _Refused
        return tape

    try:
        tape = await server.completions.once(request, body, act, session_id=session.session_id)
    except _Refused:
        tape = Tape()
    return tape.response() if given is None else given


def _session(request: web.Request, server: Gateway) -> Session:
    named = request.headers.get(SESSION_HEADER) or caller_of(request).session_id
    if named is None:
        raise InvalidRequest(f"the header {SESSION_HEADER} must name the session that speaks")
    session = server.pool.get(named)
    if session.is_over:
        raise SessionEnded("the session says nothing more; create a new one")
    return session


def _asked(body: bytes) -> _Asked:
    try:
        return msgspec.json.decode(body, type=_Asked)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidRequest("the body must be a JSON object as OpenAI's chat completions take it") from None


@contextmanager
def _cancelled_with(request: web.Request) -> Generator[None]:
    """Cancel the handler when its client leaves."""
    handler, connection = asyncio.current_task(), request.protocol
    assert handler is not None
    if not isinstance(connection, Connection):
        raise ConnectionResetError

    def leave(_lost: asyncio.Future[None]) -> None:
        handler.cancel()

    connection.lost.add_done_callback(leave)
    try:
        yield
    finally:
        connection.lost.remove_done_callback(leave)


@asynccontextmanager
async def _answering(server: Gateway, llm: Llm, body: bytes) -> AsyncGenerator[aiohttp.ClientResponse]:
    url = URL(str(llm.base_url or OPENAI_URL).rstrip("/") + "/chat/completions")
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "avatar-bridge"}
    if llm.api_key is not None:
        headers["Authorization"] = f"Bearer {llm.api_key.get_secret_value()}"
    try:
        response = await server.http.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise DialogFailed("the language model's server (llm.base_url) cannot be reached") from None
    async with response:
        if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
            raise DialogFailed("the language model's server (llm.base_url) sends elsewhere; correct llm.base_url")
        yield response


async def _whole(upstream: aiohttp.ClientResponse, voice: Voice, tape: Tape, llm: Llm) -> web.StreamResponse:
    body = bytearray()
    try:
        async for piece in upstream.content.iter_any():
            body += piece
            if len(body) > MAX_RESPONSE:
                raise DialogFailed("the language model's answer is too long")
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise DialogFailed(BROKEN.message) from None
    if upstream.status == HTTPStatus.OK:
        voice.say(chunk_text(bytes(body)) or "")
        voice.end()
    elif llm.api_key is not None:
        # Some servers repeat in an error what they were sent.
        body = body.replace(llm.api_key.get_secret_value().encode(), b"[redacted]")
    tape.add(bytes(body))
    return web.Response(status=upstream.status, body=bytes(body), headers=tape.headers)


async def _stream(
    request: web.Request, upstream: aiohttp.ClientResponse, voice: Voice, tape: Tape
) -> web.StreamResponse:
    transport = request.transport
    if transport is None:
        raise ConnectionResetError
    response = web.StreamResponse(headers={**tape.headers, "X-Accel-Buffering": "no"})
    try:
        await response.prepare(request)
        async for piece in upstream.content.iter_any():
            voice.hear(piece)
            tape.add(piece)
            async with slow.deadline(transport, slow.SLOW_S):
                await response.write(piece)
                await request.writer.drain()
    except (aiohttp.ClientPayloadError, TimeoutError):
        voice.lose(BROKEN)
        # The answer has begun: that it breaks off here is all that the client can be told.
        transport.abort()
        raise ConnectionResetError from None
    except BaseException:
        voice.lose()
        raise
    voice.end()
    await response.write_eof()
    return response

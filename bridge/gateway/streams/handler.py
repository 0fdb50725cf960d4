"""`POST /v1/sessions/{id}/stream`: a text that is spoken while its body still arrives (DESIGN 5.3)."""

import asyncio
from collections.abc import Iterable

from aiohttp import web
from pydantic import ValidationError

from bridge.errors import BridgeError, RequestTimeout, UnsupportedMediaType
from bridge.gateway.answers import Answer
from bridge.gateway.context import gateway
from bridge.gateway.models import Stream
from bridge.gateway.problems import of_validation
from bridge.gateway.speech import answer_when
from bridge.gateway.streams.forms import FORMS, Form, Piece
from bridge.session.events import Problem
from bridge.talk.source import TextSource

PAUSE_S = 60.0
"""A body of which nothing came for so long is given up."""
READ = 4096


async def stream(request: web.Request) -> web.StreamResponse:
    """Have the body spoken as it arrives; answer after its end as `say` does.

    The body is read no faster than it is spoken: about 8 KiB of it wait at most. One that breaks off is spoken as far
    as it came, then the utterance ends `failed`.
    """
    server = gateway(request)
    session = server.session(request)
    wish = _wish(request)
    form = _form(request)

    async def act() -> Answer:
        server.check_accepting()
        source = server.talk.of(session).open_text(interrupt=wish.interrupt, ref=wish.ref)
        await _speak(request, form, source)
        return await answer_when(session, source.utterance_id, wish.wait, wish.timeout_s)

    # The body cannot be compared before it was spoken: a repeated key stands for the same one.
    response = (await server.answers.once(request, request.query_string.encode(), act)).response()
    if not request.content.is_eof():
        response.force_close()
    return response


def _wish(request: web.Request) -> Stream:
    try:
        return Stream.model_validate_strings(dict(request.query))
    except ValidationError as error:
        raise of_validation(error) from None


def _form(request: web.Request) -> Form:
    form = FORMS.get(request.content_type) if "Content-Type" in request.headers else None
    if form is None:
        raise UnsupportedMediaType(f"the Content-Type must be one of {', '.join(FORMS)}")
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("the body must be UTF-8")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("the body must not be compressed")
    return form()


async def _speak(request: web.Request, form: Form, source: TextSource) -> None:
    """Hand the body over to its end, or as long as the utterance takes it."""
    try:
        while source.is_open and (data := await _read(request)):
            _feed(source, form.feed(data))
            await source.room()
        if source.is_open:
            _feed(source, form.finish())
    except BridgeError as error:
        source.lose(Problem(error.code, error.message, error.retryable))
        raise
    except BaseException:
        source.lose()
        raise
    source.end()


async def _read(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(PAUSE_S):
            return await request.content.read(READ)
    except TimeoutError:
        raise RequestTimeout(f"nothing of the body came for {PAUSE_S:.0f} s") from None


def _feed(source: TextSource, pieces: Iterable[Piece]) -> None:
    for piece in pieces:
        source.feed(piece.text, markdown=piece.markdown)

"""`/v1/sessions/{id}/script`: the lines that a live host has said one after the other."""

import secrets
from collections.abc import Callable
from typing import TypedDict

from aiohttp import web

from bridge.errors import InvalidRequest
from bridge.gateway.answers import Answer, answer_json
from bridge.gateway.context import gateway
from bridge.gateway.models import AddLine, ChangeLine, PutScript, SetScript, StartScript
from bridge.gateway.replies import LineAdded, ScriptLine, ScriptStatus, ScriptView
from bridge.gateway.requests import parse_json, read_body, read_json_body
from bridge.session.events import Problem, ScriptState
from bridge.talk.host import Host, Wish
from bridge.talk.script import MAX_BYTES, Line

MAX_SCRIPT = 2 * MAX_BYTES
"""Bytes of a whole script in JSON, which has escapes and ids besides the texts."""


def host_of(request: web.Request) -> Host:
    """Return who runs the script of the session that the path names. Raises SessionNotFound."""
    server = gateway(request)
    return server.talk.host(server.session(request))


async def show(request: web.Request) -> web.StreamResponse:
    """Return the script with its lines."""
    return answer_json(_view(host_of(request))).response()


async def put(request: web.Request) -> web.StreamResponse:
    """Take other lines. Raises InvalidRequest for an id that stands twice."""
    host = host_of(request)
    wish = parse_json(await read_body(request, "application/json", MAX_SCRIPT), PutScript)
    lines = [Line(line.line_id or new_id(), line.text) for line in wish.lines]
    if len({line.line_id for line in lines}) < len(lines):
        raise InvalidRequest("each line_id may stand in a script once")
    host.replace(lines, Wish(wish.loop, wish.auto))
    return answer_json(_view(host)).response()


async def change(request: web.Request) -> web.StreamResponse:
    """Set how the script runs."""
    host = host_of(request)
    wish = parse_json(await read_json_body(request), SetScript)
    host.set(Wish(wish.loop, wish.auto))
    return answer_json(_status(host)).response()


async def add_line(request: web.Request) -> web.StreamResponse:
    """Put a line in. Raises InvalidRequest for two places at once."""
    host = host_of(request)
    body = await read_json_body(request)
    wish = parse_json(body, AddLine)
    if wish.index is not None and wish.where != "end":
        raise InvalidRequest("index and where are two ways to name the place; give one")

    async def act() -> Answer:
        line = Line(new_id(), wish.text)
        match wish.where:
            case "now":
                host.add_now(line)
            case "next":
                host.add_next(line)
            case "end":
                host.add(line, wish.index)
        return answer_json(LineAdded(**_fields(host), added=line.line_id), 201)

    return (await gateway(request).answers.once(request, body, act)).response()


async def change_line(request: web.Request) -> web.StreamResponse:
    """Change what a line says, or where it stands."""
    host = host_of(request)
    line_id = request.match_info["line_id"]
    wish = parse_json(await read_json_body(request), ChangeLine)
    if wish.text is not None:
        host.edit(line_id, wish.text)
    if wish.index is not None:
        host.move(line_id, wish.index)
    return answer_json(_status(host)).response()


async def remove_line(request: web.Request) -> web.StreamResponse:
    """Take a line out."""
    host_of(request).remove(request.match_info["line_id"])
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


async def start(request: web.Request) -> web.StreamResponse:
    """Begin, or go on."""
    host = host_of(request)
    body = await read_json_body(request)
    wish = parse_json(body, StartScript)
    return await _once(request, host, body, lambda: host.start(wish.line_id))


async def stop(request: web.Request) -> web.StreamResponse:
    """Say no more of it."""
    host = host_of(request)
    return await _once(request, host, b"", host.stop)


async def skip(request: web.Request) -> web.StreamResponse:
    """Go on with the next line."""
    host = host_of(request)
    return await _once(request, host, b"", host.skip)


async def repeat(request: web.Request) -> web.StreamResponse:
    """Say the current line from its beginning."""
    host = host_of(request)
    return await _once(request, host, b"", host.repeat)


def new_id() -> str:
    """Return an id for a line or a message."""
    return secrets.token_hex(8)


async def _once(request: web.Request, host: Host, body: bytes, do: Callable[[], None]) -> web.StreamResponse:
    async def act() -> Answer:
        do()
        return answer_json(_status(host))

    return (await gateway(request).answers.once(request, body, act)).response()


class _Fields(TypedDict):
    state: ScriptState
    line_id: str | None
    utterance_id: str | None
    loop: bool
    auto: bool
    revision: int
    error: Problem | None


def _fields(host: Host) -> _Fields:
    now = host.state
    return _Fields(
        state=now.state,
        line_id=now.line_id,
        utterance_id=now.utterance_id,
        loop=now.loop,
        auto=now.auto,
        revision=now.revision,
        error=now.error,
    )


def _status(host: Host) -> ScriptStatus:
    return ScriptStatus(**_fields(host))


def _view(host: Host) -> ScriptView:
    lines = [ScriptLine(line.line_id, line.text) for line in host.lines]
    return ScriptView(**_fields(host), left=host.left, lines=lines)

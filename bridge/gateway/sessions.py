"""`/v1/sessions`: create, look, close (DESIGN 5.3)."""

import time

import structlog
from aiohttp import web

from bridge.errors import Forbidden, NoPicture, SessionEnded
from bridge.gateway.access import caller_of
from bridge.gateway.answers import Answer, answer_json
from bridge.gateway.context import Gateway, gateway
from bridge.gateway.models import CreateSession, MintToken
from bridge.gateway.replies import SessionCreated, SessionList, TokenMinted
from bridge.gateway.requests import parse_json, read_json_body
from bridge.gateway.views import session_view
from bridge.session.new import NewSession


async def create(request: web.Request) -> web.StreamResponse:
    """Begin a session; it lives on by itself."""
    server = gateway(request)
    body = await read_json_body(request)
    wish = parse_json(body, CreateSession)

    async def act() -> Answer:
        server.check_accepting()
        server.talk.dialogs.part(wish.dialog, wish.avatar, wish.mode)
        session = server.pool.create(
            NewSession(
                user_id=wish.user_id,
                avatar=wish.avatar,
                mode=wish.mode,
                dialog=wish.dialog,
                replace=wish.replace,
                metadata=wish.metadata,
            )
        )
        structlog.contextvars.bind_contextvars(session_id=session.session_id)
        created = SessionCreated(
            session_id=session.session_id,
            state=session.snapshot().state,
            token=_driver(server, session.session_id),
            play=session.play,
        )
        return answer_json(created, 201, location=f"/v1/sessions/{session.session_id}")

    return (await server.answers.once(request, body, act)).response()


async def list_all(request: web.Request) -> web.StreamResponse:
    """Return all sessions, those that ended within the last minute too."""
    server = gateway(request)
    views = [session_view(session, server.talk, server.gatekeeper) for session in server.pool.sessions()]
    return answer_json(SessionList(views)).response()


async def show(request: web.Request) -> web.StreamResponse:
    """Return one session."""
    server = gateway(request)
    session = server.session(request)
    session.touch()
    return answer_json(session_view(session, server.talk, server.gatekeeper)).response()


async def play(request: web.Request) -> web.StreamResponse:
    """Return this client's play address. Raises NoPicture until there is one."""
    session = gateway(request).session(request)
    session.touch()
    if session.play is None:
        raise NoPicture("this session has no picture yet; the event `play` says when it has")
    return answer_json(session.play).response()


async def close(request: web.Request) -> web.StreamResponse:
    """Close a session here and in the cloud."""
    await gateway(request).session(request).close("closed_by_client")
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


async def token(request: web.Request) -> web.StreamResponse:
    """Give a token for a session: of any role to the operator, of the same role to who renews one.

    Raises Forbidden, SessionNotFound, SessionEnded.
    """
    server = gateway(request)
    caller = caller_of(request)
    session = server.session(request)
    wish = parse_json(await read_json_body(request), MintToken)
    if caller.role != "operator" and wish.role not in {None, caller.role}:
        raise Forbidden("a client token is renewed with its own role")
    if session.is_over:
        raise SessionEnded("this session has ended; create another one")
    if caller.role == "operator":
        minted = server.doorkeeper.mint(wish.role or "driver", session.session_id, time.time())
    else:
        minted = server.doorkeeper.mint(caller.role, session.session_id, time.time(), client_id=caller.client_id)
    return answer_json(TokenMinted(token=minted.token, expires_at=minted.expires_at)).response()


def _driver(server: Gateway, session_id: str) -> str:
    return server.doorkeeper.mint("driver", session_id, time.time()).token

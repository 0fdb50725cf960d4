"""`/v1/grants`: links that let a page in without the server's api_key (DESIGN 5.3)."""

import asyncio
import time

import structlog
from aiohttp import web

from bridge.errors import GrantUnknown, SessionNotFound
from bridge.gateway.answers import Answer, answer_json
from bridge.gateway.context import Gateway, gateway
from bridge.gateway.grant_store import PREFIX, Grant
from bridge.gateway.grants import Resume
from bridge.gateway.middleware import ADDRESS, OWN_ORIGIN
from bridge.gateway.models import CreateGrant, ExchangeGrant
from bridge.gateway.replies import GrantCreated, GrantExchanged, GrantList
from bridge.gateway.requests import parse_json, read_body, read_json_body
from bridge.session.new import NewSession
from bridge.session.session import Session

MAX_EXCHANGE = 4096


async def create(request: web.Request) -> web.StreamResponse:
    """Give out a grant; the link with it is shown this once."""
    server = gateway(request)
    body = await read_json_body(request)
    wish = parse_json(body, CreateGrant)
    server.talk.dialogs.part(avatar=wish.avatar)

    async def act() -> Answer:
        secret, grant = await asyncio.to_thread(server.grants.create, wish.page, wish.name, wish.avatar, time.time())
        public = server.gatekeeper.public_origin or request[OWN_ORIGIN]
        link = f"{public}/{grant.page}#grant={secret}"
        return answer_json(GrantCreated(grant_id=grant.grant_id, grant=secret, link=link), 201)

    return (await server.answers.once(request, body, act)).response()


async def list_all(request: web.Request) -> web.StreamResponse:
    """Return all grants that are out."""
    return answer_json(GrantList(await asyncio.to_thread(gateway(request).grants.all))).response()


async def revoke(request: web.Request) -> web.StreamResponse:
    """Take a grant back and close its session. Raises NotFound."""
    server = gateway(request)
    grant_id = request.match_info["grant_id"]
    await asyncio.to_thread(server.grants.revoke, grant_id)
    session = _session_of(server, grant_id)
    server.holders.forget(grant_id)
    if session is not None:
        await session.close("closed_by_client")
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


async def exchange(request: web.Request) -> web.StreamResponse:
    """Give the holder of a grant its session, and a driver's token for it.

    Raises GrantUnknown, GrantInUse, RateLimited, and what the creation of a session raises.
    """
    server = gateway(request)
    wish = parse_json(await read_body(request, "application/json", MAX_EXCHANGE), ExchangeGrant)
    server.check_accepting()
    grant = await _find(server, wish.grant, request[ADDRESS])
    session = _session_of(server, grant.grant_id)
    found = server.holders.exchange(
        grant.grant_id,
        wish.holder,
        time.monotonic(),
        alive=session is not None and not session.is_over,
        attached=session is not None and session.snapshot().attached > 0,
        renew=wish.renew,
    )
    if session is None or not isinstance(found, Resume):
        session = _begin(server, grant)
        server.holders.began(grant.grant_id, wish.holder, session.session_id, time.monotonic())
    session.touch()
    structlog.contextvars.bind_contextvars(session_id=session.session_id)
    # One client, however often it comes back: a page that is loaded again has no new limits.
    client_id = f"grant-{grant.grant_id}"
    minted = server.doorkeeper.mint("driver", session.session_id, time.time(), client_id=client_id)
    exchanged = GrantExchanged(
        session_id=session.session_id,
        state=session.snapshot().state,
        token=minted.token,
        expires_at=minted.expires_at,
    )
    return answer_json(exchanged).response()


async def _find(server: Gateway, secret: str, address: str) -> Grant:
    guesses = server.doorkeeper.guesses
    guesses.check(address, time.time())
    grant = await asyncio.to_thread(server.grants.find, secret) if secret.startswith(PREFIX) else None
    if grant is None:
        guesses.failed(address, time.time())
        raise GrantUnknown("this link is not valid (any more); make a new one with avatar-bridge link kiosk")
    return grant


def _begin(server: Gateway, grant: Grant) -> Session:
    server.talk.dialogs.part(avatar=grant.avatar)
    metadata = {"grant": grant.grant_id} | ({"name": grant.name} if grant.name else {})
    user_id = f"{grant.page}-{grant.grant_id}"
    return server.pool.create(NewSession(user_id=user_id, avatar=grant.avatar, replace=True, metadata=metadata))


def _session_of(server: Gateway, grant_id: str) -> Session | None:
    session_id = server.holders.session_of(grant_id)
    try:
        return server.pool.get(session_id) if session_id is not None else None
    except SessionNotFound:
        return None

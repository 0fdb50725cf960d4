"""What happens to every request before its handler: log, error shape, host, origin, caller. In this order."""

import time
from typing import Literal

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from bridge.errors import InvalidRequest
from bridge.gateway.access import CALLER
from bridge.gateway.context import GATEWAY, Gateway
from bridge.gateway.proxies import limit_key, resolve
from bridge.gateway.rules import ACTIONS, rule_of
from bridge.gateway.security import API_POLICY, SECURITY_HEADERS, bearer
from bridge.gateway.server import Connection
from bridge.settings import is_loopback

log = structlog.stdlib.get_logger("bridge.http")

CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Avatar-Session, X-Request-ID"
CORS_EXPOSED = "Location, Retry-After, X-Request-ID"
CORS_AGE_S = 600
HSTS_S = 365 * 24 * 3600
SECRET_PARAMETERS = frozenset({"token", "access_token", "api_key", "apikey", "key", "auth", "authorization", "grant"})
SESSION_HEADER = "X-Avatar-Session"
ORIGIN = web.RequestKey("origin", str)
OWN_ORIGIN = web.RequestKey("own_origin", str)
"""The scheme and host that the client called us by."""
ADDRESS = web.RequestKey("address", str)
"""What counts as the client's address in limits."""


@web.middleware
async def access_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log method, route, status and time of a request; no query, no body, no path that leads nowhere."""
    began = time.monotonic()
    if isinstance(request.protocol, Connection):
        request.protocol.head_is_here()
    status = 499  # what a client that has gone is counted as
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else None
        took = round((time.monotonic() - began) * 1000, 1)
        line = log.debug if route in {"/livez", "/readyz"} else log.info
        line("http_request", method=request.method, route=route, status=status, ms=took)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign hosts and origins, and who may not do this; answer OPTIONS."""
    server = request.app[GATEWAY]
    approach = resolve(_peer(request), request.scheme, request.headers, server.settings.server.trusted_proxies)
    host = server.gatekeeper.check_host(approach.host, _local_port(request))
    origin = server.gatekeeper.check_origin(request.method, request.headers, f"{approach.scheme}://{host}")
    if origin is not None:
        request[ORIGIN] = origin
    request[ADDRESS] = limit_key(approach.address)
    request[OWN_ORIGIN] = f"{approach.scheme}://{host}"
    if request.method == hdrs.METH_OPTIONS:
        return await _options(request, handler)
    _authorise(request, server)
    if not approach.proxied:
        return await handler(request)
    server.entrance.requests.enter(request[ADDRESS])
    try:
        return await handler(request)
    finally:
        server.entrance.requests.leave(request[ADDRESS])


def _authorise(request: web.Request, server: Gateway) -> None:
    """Find out who calls, and let pass who may. Raises Unauthorized, TokenExpired, Forbidden, RateLimited."""
    resource = request.match_info.route.resource
    rule = rule_of(request.method, resource.canonical if resource is not None else None, request.path)
    if request.path.startswith("/v1/"):
        _refuse_secrets_in_urls(request)
    token = None if rule == "open" else bearer(request.headers)
    if rule == "open" or (rule == "socket" and token is None):
        if not is_loopback(request[ADDRESS]):
            server.limits.stranger(request[ADDRESS], time.monotonic())
        return
    caller = server.doorkeeper.authenticate(token, time.time(), address=request[ADDRESS], grace=rule == "renew")
    session_id = request.match_info.get("session_id") or request.headers.get(SESSION_HEADER) or caller.session_id
    caller.check_may(ACTIONS[rule], None if rule == "manage" else session_id)
    server.count_request(caller)
    request[CALLER] = caller


def _refuse_secrets_in_urls(request: web.Request) -> None:
    """Raise InvalidRequest for a key in the URL, where logs and histories would keep it."""
    for name in request.query:
        if name.lower() in SECRET_PARAMETERS:
            raise InvalidRequest("keys and tokens do not go into URLs; send the header Authorization: Bearer")


async def _options(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with the methods that the path takes; to a page that may call, with what it may send."""
    try:
        return await handler(request)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted({*error.allowed_methods, hdrs.METH_OPTIONS}))
    headers = {"Allow": allowed}
    if ORIGIN in request:
        headers |= {
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": CORS_HEADERS,
            "Access-Control-Max-Age": str(CORS_AGE_S),
        }
    return web.Response(status=204, headers=headers)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on every answer, and let the pages of allowed origins read it."""
    headers = response.headers
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if (request.app[GATEWAY].gatekeeper.public_origin or "").startswith("https:"):
        headers.setdefault("Strict-Transport-Security", f"max-age={HSTS_S}")
    headers.setdefault("Content-Security-Policy", API_POLICY)
    origin = request.get(ORIGIN)
    headers.add("Vary", "Origin")
    if origin is not None:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = CORS_EXPOSED
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _peer(request: web.Request) -> str:
    return str(_address(request, "peername")[0])


def _local_port(request: web.Request) -> int:
    return int(_address(request, "sockname")[1])


def _address(request: web.Request, end: Literal["peername", "sockname"]) -> tuple[str, int]:
    """Return host and port of one end of the connection."""
    transport = request.transport
    if transport is None:
        raise ConnectionResetError
    return transport.get_extra_info(end)[:2]

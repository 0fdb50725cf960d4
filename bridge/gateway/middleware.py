"""What happens to every request before its handler: log, error shape, host, origin, key. In this order."""

import time

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from bridge.gateway.context import GATEWAY
from bridge.gateway.security import API_POLICY, SECURITY_HEADERS

log = structlog.stdlib.get_logger("bridge.http")

CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID"
CORS_EXPOSED = "Location, Retry-After"
CORS_AGE_S = 600
ORIGIN = web.RequestKey("origin", str)


@web.middleware
async def access_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log method, route, status and time of a request; no query, no body, no path that leads nowhere."""
    began = time.monotonic()
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
    """Refuse foreign hosts and origins, and API calls without the key; answer OPTIONS."""
    gatekeeper = request.app[GATEWAY].gatekeeper
    host = gatekeeper.check_host(request.headers, _local_port(request))
    origin = gatekeeper.check_origin(request.method, request.headers, f"{request.scheme}://{host}")
    if origin is not None:
        request[ORIGIN] = origin
    if request.method == hdrs.METH_OPTIONS:
        return await _options(request, handler)
    if request.path.startswith("/v1/"):
        gatekeeper.check_key(request.headers)
    return await handler(request)


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
    headers.setdefault("Content-Security-Policy", API_POLICY)
    origin = request.get(ORIGIN)
    headers.add("Vary", "Origin")
    if origin is not None:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = CORS_EXPOSED
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _local_port(request: web.Request) -> int:
    transport = request.transport
    if transport is None:
        raise ConnectionResetError
    name = transport.get_extra_info("sockname")
    return int(name[1])

"""Every request, as logs, metrics and traces see it: its id, its route, its status and its time."""

import re
import secrets
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bridge.gateway.context import GATEWAY

HEADER = "X-Request-ID"
REQUEST_ID = web.RequestKey("request_id", str)
LEFT = 499
"""What the request of a client that has gone is counted as."""

_GOOD_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and trace a request, and name its id in every line that is logged for it.

    The id is that of the header X-Request-ID, if it is 1 to 64 letters, digits, `_` and `-`, and otherwise a new one.
    """
    telemetry = request.app[GATEWAY].telemetry
    route = route_of(request)
    given = request.headers.get(HEADER, "")
    request[REQUEST_ID] = given if _GOOD_ID.fullmatch(given) else secrets.token_hex(8)
    began = time.monotonic()
    status = LEFT
    span = telemetry.traces.begin(f"{request.method} {route}" if route else "HTTP", "server", request.headers)
    try:
        with span.current(), structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
            response = await handler(request)
        status = response.status
        return response
    finally:
        telemetry.metrics.request(request.method, route, status, time.monotonic() - began)
        span.set(http__response__status_code=status, avatar__request_id=request[REQUEST_ID])
        if route is not None:
            span.set(http__request__method=request.method, http__route=route)
        if status >= web.HTTPInternalServerError.status_code:
            span.fail(str(status))
        span.end()


def route_of(request: web.Request) -> str | None:
    """Return the pattern that the path fits, or None if it leads nowhere."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else None


async def name_request(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the client the id under which the logs know its request."""
    if REQUEST_ID in request:
        response.headers[HEADER] = request[REQUEST_ID]

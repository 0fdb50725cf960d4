"""`/v1/sessions/{id}/whep`: the picture over WebRTC from our own origin (WHEP, draft-ietf-wish-whep).

Offers go to `playback.whep_url`, and nothing that a caller sends decides where: the resource that an upstream makes
for a viewer is kept here, under a random id.
"""

import secrets
from http import HTTPStatus

import aiohttp
import structlog
from aiohttp import web
from yarl import URL

from bridge.errors import (
    BridgeError,
    CloudProtocolError,
    CloudRefused,
    CloudUnreachable,
    InvalidRequest,
    NoNetworkInterface,
    NoPicture,
    NotFound,
)
from bridge.gateway.context import Gateway, gateway
from bridge.gateway.requests import read_body

log = structlog.stdlib.get_logger("bridge.gateway")

SDP = "application/sdp"
MAX_SDP = 64 * 1024
MAX_VIEWERS = 1024
"""When more are kept the oldest is forgotten: it can no longer say goodbye, and times out upstream."""
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
GOODBYE_TIMEOUT = aiohttp.ClientTimeout(total=3)


async def offer(request: web.Request) -> web.StreamResponse:
    """Hand on a viewer's offer and return the answer. Raises NoPicture, NoNetworkInterface, CloudUnreachable."""
    server = gateway(request)
    session = server.session(request)
    body = await read_body(request, SDP, MAX_SDP)
    if not body.startswith(b"v=0"):
        raise InvalidRequest("the body must be an SDP offer")
    upstream = session.whep_upstream
    if upstream is None:
        raise NoPicture("this session has no picture yet; the event `play` says when it has")
    session.touch()
    sdp, resource = await _post(server.http, URL(upstream), body)
    viewer = secrets.token_urlsafe(12)
    if resource is not None:
        server.viewers[session.session_id, viewer] = resource
        while len(server.viewers) > MAX_VIEWERS:
            server.viewers.popitem(last=False)
    headers = {"Location": f"/v1/sessions/{session.session_id}/whep?viewer={viewer}", "Cache-Control": "no-store"}
    return web.Response(status=201, body=sdp, content_type=SDP, headers=headers)


async def leave(request: web.Request) -> web.StreamResponse:
    """Say goodbye for a viewer. Raises NotFound for one that is not known."""
    server = gateway(request)
    session = server.session(request)
    resource = server.viewers.pop((session.session_id, request.query.get("viewer", "")), None)
    if resource is None:
        raise NotFound("there is no such viewer")
    await _delete(server, resource)
    return web.Response(status=204, headers={"Cache-Control": "no-store"})


async def _post(http: aiohttp.ClientSession, upstream: URL, offer: bytes) -> tuple[bytes, str | None]:
    """Return the SDP answer and the URL of the viewer's resource, if the upstream named one of its own."""
    headers = {"Content-Type": SDP}
    try:
        async with http.post(upstream, data=offer, headers=headers, timeout=TIMEOUT, allow_redirects=False) as response:
            status, location = response.status, response.headers.get("Location")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > MAX_SDP:
                    break
    except TimeoutError:
        raise CloudUnreachable("the picture's server (playback.whep_url) did not answer in time") from None
    except (aiohttp.ClientError, OSError) as error:
        log.warning("whep_unreachable", kind=type(error).__name__)
        raise CloudUnreachable("the picture's server (playback.whep_url) cannot be reached") from None
    if status != HTTPStatus.CREATED:
        raise _refusal(status)
    if len(body) > MAX_SDP or not body.startswith(b"v=0"):
        raise CloudProtocolError("the picture's server (playback.whep_url) answered no SDP")
    return bytes(body), _resource(upstream, location)


def _resource(upstream: URL, location: str | None) -> str | None:
    try:
        resource = upstream.join(URL(location or ""))
        return str(resource) if location and resource.origin() == upstream.origin() else None
    except ValueError:
        return None


def _refusal(status: int) -> BridgeError:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return NoNetworkInterface(
            "the picture's server found no network address to send from; a machine with only loopback has none"
        )
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
        return NoPicture("the picture's server does not have this session's picture, or not yet")
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_ACCEPTABLE}:
        return InvalidRequest("the picture's server cannot answer this SDP offer; it needs a video section to receive")
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return CloudRefused(f"the picture's server refused the offer (HTTP {status})")
    return CloudUnreachable(f"the picture's server (playback.whep_url) answered HTTP {status}")


async def _delete(server: Gateway, resource: str) -> None:
    """Tell the upstream; a viewer that cannot be signed off times out there."""
    try:
        async with server.http.delete(resource, timeout=GOODBYE_TIMEOUT, allow_redirects=False):
            pass
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        log.info("whep_goodbye_failed", kind=type(error).__name__)

"""aiohttp's server with three habits changed.

- What it cannot parse is answered with problem JSON, and nothing of it is echoed or logged.
- An error raised before our middlewares run has the shape of all others.
- A connection tells when it is lost, so that a stream notices its reader's leaving at once.
"""

import asyncio
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_server import Server

from bridge.errors import InvalidRequest
from bridge.gateway import problems
from bridge.gateway.security import SECURITY_HEADERS

log = structlog.stdlib.get_logger("bridge.gateway")


class Connection(RequestHandler):
    """One client's connection; `lost` is done once it is."""

    __slots__ = ("lost",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the connection."""
        self.lost = self._loop.create_future()
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell those who wait for it."""
        if not self.lost.done():
            self.lost.set_result(None)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that could not be parsed, or whose handler failed outside our middlewares."""
        if request.writer.output_size > 0:
            raise ConnectionResetError
        if status == HTTPStatus.BAD_REQUEST:
            log.info("http_malformed", kind=type(exc).__name__)
            response = problems.of_bridge_error(
                InvalidRequest("the request is not well-formed HTTP, or a line is too long")
            )
        else:
            response = problems.of_unexpected(exc or RuntimeError(f"status {status}"))
        response.headers.update(SECURITY_HEADERS)
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer; one of aiohttp's own errors goes out in our shape."""
        if isinstance(resp, web.HTTPException) and resp.status >= HTTPStatus.BAD_REQUEST:
            resp = problems.of_http_error(resp)
            resp.headers.update(SECURITY_HEADERS)
        return await super().finish_response(request, resp, start_time)


class Connections(Server):
    """Makes a `Connection` of every client."""

    def __call__(self) -> RequestHandler:
        """Return the protocol of a new connection."""
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Runs an application on `Connections`."""

    async def _make_server(self) -> Server:
        server = await super()._make_server()
        return Connections(server.request_handler, request_factory=server.request_factory, **self._kwargs)

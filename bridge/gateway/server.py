"""aiohttp's server with some habits changed.

- What it cannot parse is answered with problem JSON, and nothing of it is echoed or logged.
- An error raised before our middlewares run has the shape of all others.
- A connection that is one too many is refused, and one that does not say what it wants within 20 s is closed.
- One that leaves its answers lying for 30 s is broken off.
- A connection tells when it is lost, so that a stream notices its reader's leaving at once.
"""

import asyncio
from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_server import Server

from bridge.errors import BridgeError, InvalidRequest, RequestTimeout
from bridge.gateway import problems, slow
from bridge.gateway.entrance import Entrance, refusal
from bridge.gateway.security import SECURITY_HEADERS

HEAD_S = 20.0

log = structlog.stdlib.get_logger("bridge.gateway")


class Connection(RequestHandler):
    """One client's connection; `lost` is done once it is, `heard_at` is when it last sent something (loop time)."""

    __slots__ = ("_handling", "_head", "_peer", "entrance", "heard_at", "lost")

    entrance: Entrance | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the connection, or refuse it."""
        self.lost = self._loop.create_future()
        self.heard_at = self._loop.time()
        self._peer: str | None = None
        self._head: asyncio.TimerHandle | None = None
        self._handling = False
        peer = str(transport.get_extra_info("peername")[0])
        try:
            if self.entrance is not None:
                self.entrance.enter(peer)
        except BridgeError as error:
            if isinstance(transport, asyncio.WriteTransport):
                transport.write(refusal(error))
            transport.close()
            self.force_close()
            return
        self._peer = peer
        slow.give_up_the_silent(transport)
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell those who wait for it."""
        if not self.lost.done():
            self.lost.set_result(None)
        self._stop_waiting()
        if self._peer is not None and self.entrance is not None:
            self.entrance.leave(self._peer)
            self._peer = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come; once a head has begun its end has to come in time."""
        self.heard_at = self._loop.time()
        RequestHandler.data_received(self, data)  # `super()` costs as much again, for each message
        if not self._handling and self._head is None and not self.lost.done():
            self._expect_head()

    def head_is_here(self) -> None:
        """Note that a request is being handled."""
        self._handling = True
        self._stop_waiting()

    def _expect_head(self) -> None:
        self._head = self._loop.call_later(HEAD_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        if self.transport is not None:
            self.transport.write(refusal(RequestTimeout(f"no request came within {HEAD_S:.0f} s")))
        self.force_close()

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
        self._handling = False
        return await super().finish_response(request, resp, start_time)


class Connections(Server):
    """Makes a `Connection` of every client."""

    entrance: Entrance | None = None

    def __call__(self) -> RequestHandler:
        """Return the protocol of a new connection."""
        connection = Connection(self, loop=self._loop, **self._kwargs)
        connection.entrance = self.entrance
        return connection


class Runner(web.AppRunner):
    """Runs an application on `Connections`; `entrance`, to be set before `setup`, counts them."""

    entrance: Entrance | None = None

    async def _make_server(self) -> Server:
        server = await super()._make_server()
        connections = Connections(server.request_handler, request_factory=server.request_factory, **self._kwargs)
        connections.entrance = self.entrance
        return connections

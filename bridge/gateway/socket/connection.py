"""The shell around a connection's protocol: one task reads and acts, one writes, one timer ticks."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable

import msgspec
import structlog
from aiohttp import WSMsgType, web

from bridge.errors import BridgeError, FloorTaken, InvalidRequest, RateLimited, TokenExpired
from bridge.gateway import slow
from bridge.gateway.access import CALLER, Caller
from bridge.gateway.context import Gateway, gateway
from bridge.gateway.limits import Meter
from bridge.gateway.middleware import ADDRESS
from bridge.gateway.socket.client_socket import CLOSE_S, TURN, ClientSocket, Writer
from bridge.gateway.socket.heartbeat import Heartbeat
from bridge.gateway.socket.messages import (
    CLOSE_CODES,
    MAX_FRAME,
    AudioStart,
    Auth,
    Chat,
    Reply,
    Say,
    SayStart,
    TokenGranted,
    TokenRefresh,
    Welcome,
    ref_of,
)
from bridge.gateway.socket.performer import Performer, Wish
from bridge.gateway.socket.protocol import (
    Authenticate,
    Close,
    Do,
    Effect,
    LoseSound,
    LoseText,
    Protocol,
    Sound,
    Tell,
    error_of,
)
from bridge.gateway.views import session_view
from bridge.session.eventlog import Entry
from bridge.session.session import Session
from bridge.session.subscription import Subscription

log = structlog.stdlib.get_logger("bridge.gateway")

SHUTTING_DOWN = "shutting_down"


class Connection:
    """One client; `run` lasts as long as it is there.

    What goes to an admitted client stands in one queue, that of its subscription: 256 messages. A client that is
    further behind, or leaves what is sent lying for 5 s, is closed with 4008 and may resume.
    """

    __slots__ = (
        "_broken",
        "_caller",
        "_close_code",
        "_early",
        "_ending",
        "_heartbeat",
        "_loop",
        "_meter",
        "_performer",
        "_protocol",
        "_reading",
        "_request",
        "_server",
        "_session",
        "_socket",
        "_subscription",
        "_timer",
        "_transport",
        "_writer",
    )

    def __init__(self, request: web.Request, server: Gateway, session: Session) -> None:
        if request.transport is None:
            raise ConnectionResetError
        self._request = request
        self._transport = request.transport
        self._server = server
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._protocol = Protocol(self._loop.time())
        self._socket = ClientSocket(
            compress=False,
            max_msg_size=MAX_FRAME,
            timeout=CLOSE_S,
            decode_text=False,
            autoping=False,
        )
        self._close_code = 1000
        self._ending = False
        self._broken: Exception | None = None
        self._heartbeat = Heartbeat(request, self._socket, self._transport)
        self._early: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._subscription: Subscription | None = None
        self._caller: Caller | None = None
        self._meter: Meter | None = None
        self._performer: Performer | None = None
        self._writer: Writer | None = None

    async def run(self) -> web.StreamResponse:
        """Serve the client until it leaves, is told to, or the session has ended."""
        await self._socket.prepare(self._request)
        self._socket.headers.clear()  # they are sent, and this lives for hours
        slow.watch(self._transport)
        try:
            async with asyncio.timeout(None) as self._reading:
                self._set_timer()
                self._heartbeat.begin()
                await self._read()
        except TimeoutError:
            if self._broken is not None:
                raise self._broken from None
            # Otherwise `_end` stopped the reading.
        finally:
            await self._leave()
        await self._socket.close(code=self._close_code, message=CLOSE_CODES[self._close_code].encode())
        return self._socket

    async def _read(self) -> None:
        taken = 0
        while True:
            message = await self._socket.receive()
            if message.type is WSMsgType.TEXT:
                self._take(self._protocol.text, message.data)
            elif message.type is WSMsgType.BINARY:
                self._take(self._protocol.binary, message.data)
            elif message.type is WSMsgType.PING:
                await self._echo(message.data)
            elif message.type is not WSMsgType.PONG:
                return
            while self._early:
                await self._socket.send_frame(self._early.pop(0), WSMsgType.TEXT)
            taken += 1
            if taken % TURN == 0:
                # What has arrived already is read without waiting: the others get their turn.
                await asyncio.sleep(0)

    def _hear(self, pcm: bytes) -> None:
        """Take sound the moment it comes; a mistake of ours ends the reading."""
        try:
            size = len(pcm)
            if self._performer is None or not self._protocol.hears(size):
                self._take(self._protocol.binary, pcm)
                return
            if self._meter is not None:
                self._meter.count(size, time.monotonic())
            self._performer.sound(pcm)
        except RateLimited as error:
            self._tell(error_of(error, None))
        except Exception as error:  # noqa: BLE001 - whatever it is, `run` raises it
            self._broken = error
            self._end(1011)

    def _take(self, receive: Callable[[bytes], list[Effect]], data: bytes) -> None:
        """Take a message, or tell the client that it is one too many."""
        try:
            if self._meter is not None:
                self._meter.count(len(data), time.monotonic())
        except RateLimited as error:
            self._tell(error_of(error, ref_of(data)))
            return
        self._carry_out(receive(data))

    async def _echo(self, data: bytes) -> None:
        """Answer a ping; those beyond the client's rate get none."""
        with contextlib.suppress(RateLimited):
            if self._meter is not None:
                self._meter.count(len(data), time.monotonic())
            async with slow.deadline(self._transport, slow.SLOW_S, self.too_slow):
                await self._socket.pong(data)

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Tell(reply):
                    self._tell(reply)
                case Close(code):
                    self._end(code)
                case Authenticate(auth):
                    self._authenticate(auth)
                case Do(message):
                    self._do(message)
                case Sound(pcm):
                    self._perform().sound(pcm)
                case LoseText(ref):
                    self._perform().lose_text(ref)
                case LoseSound():
                    self._perform().lose_sound()

    def _do(self, message: Wish | TokenRefresh) -> None:
        try:
            if isinstance(message, Say | SayStart | Chat | AudioStart):
                self._server.check_accepting()
            reply = self._renew() if isinstance(message, TokenRefresh) else self._perform().do(message)
        except BridgeError as error:
            if isinstance(message, SayStart | AudioStart):
                self._protocol.drop(message.ref)
            reply = error_of(error, getattr(message, "ref", None))
        if reply is not None:
            self._tell(reply)

    def _perform(self) -> Performer:
        """Return who does what this client asks for; one that only watches has none."""
        if self._performer is None:
            assert self._caller is not None
            conversation = self._server.talk.of(self._session)
            self._performer = Performer(self._caller, secrets.token_hex(8), conversation, self._floor_lost, self._tell)
        return self._performer

    def _tell(self, reply: Reply) -> None:
        data = msgspec.json.encode(reply)
        if self._subscription is None:
            self._early.append(data)
        else:
            self._subscription.offer(Entry(0, 0.0, "", data))

    # Who it is.

    def _authenticate(self, auth: Auth) -> None:
        session = self._session
        try:
            caller = self._known(auth.token)
            caller.check_may("watch", session.session_id)
        except BridgeError as error:
            self._tell(error_of(error, None))
            self._end(4005 if isinstance(error, TokenExpired) else 4003)
            return
        self._caller = caller
        self._meter = self._server.meter(caller)
        self._admit(caller.expires_at)
        resume = (auth.resume.epoch, auth.resume.offset) if auth.resume is not None else None
        self._server.telemetry.metrics.watcher_came("websocket")
        subscription = session.subscribe(resume)
        welcome = Welcome(
            epoch=session.log.epoch,
            offset=subscription.start,
            recovered=subscription.recovered,
            role="watcher" if caller.role == "watcher" else "driver",
            session=session_view(session, self._server.talk, self._server.gatekeeper),
        )
        self._subscription = subscription
        self._socket.hear_directly(self._hear)
        self._writer = Writer(
            self._request,
            self._transport,
            self._socket,
            subscription,
            msgspec.json.encode(welcome),
            self,
        )

    def _known(self, token: str | None) -> Caller:
        """Return who this is: whose token came with `auth`, or else with the request."""
        if token is None and CALLER in self._request:
            return self._request[CALLER]
        address = self._request[ADDRESS]
        return self._server.doorkeeper.authenticate(token, time.time(), address=address, grace=True)

    def _admit(self, expires_at: float | None) -> None:
        left = None if expires_at is None else expires_at - time.time()
        self._protocol.admit(None if left is None else self._loop.time() + left)
        self._set_timer()

    def _renew(self) -> Reply:
        caller = self._caller
        if caller is None or caller.role == "operator":
            return TokenGranted(token=None, expires_at=None)
        minted = self._server.doorkeeper.mint(
            caller.role, self._session.session_id, time.time(), client_id=caller.client_id
        )
        self._admit(minted.expires_at)
        return TokenGranted(token=minted.token, expires_at=minted.expires_at)

    def _floor_lost(self, error: FloorTaken) -> None:
        self._carry_out(self._protocol.lose_floor(error))

    # What goes out.

    def too_slow(self) -> None:
        """Count a client whose connection is aborted because it does not read."""
        log.info("socket_slow_reader_dropped", session_id=self._session.session_id)
        self._server.telemetry.metrics.write_aborted("websocket")

    def all_sent(self) -> None:
        """Close: the session has ended, or the client did not keep up."""
        assert self._subscription is not None
        shut_down = self._session.snapshot().reason == SHUTTING_DOWN
        self._end(4008 if self._subscription.lagged else 4001 if shut_down else 1000)

    # Its end.

    def _end(self, code: int) -> None:
        """Stop reading, and close with `code`."""
        if not self._ending:
            self._ending, self._close_code = True, code
            self._reading.reschedule(self._loop.time())

    async def _leave(self) -> None:
        """Give back what the client held."""
        self._ending = True
        self._socket.hear_directly(None)
        await self._heartbeat.aclose()
        if self._timer is not None:
            self._timer.cancel()
        self._carry_out(self._protocol.end())
        if self._performer is not None:
            self._performer.leave()
        if self._subscription is not None:
            self._subscription.close()
            self._server.telemetry.metrics.watcher_left("websocket")
        if self._writer is not None:
            await self._writer.aclose()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._protocol.next_deadline()
        self._timer = None if due is None else self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        self._carry_out(self._protocol.tick(self._loop.time()))
        self._set_timer()


async def serve(request: web.Request) -> web.StreamResponse:
    """`GET /v1/sessions/{id}/ws`."""
    server = gateway(request)
    session = server.session(request)
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise InvalidRequest("this path is a WebSocket; upgrade the connection")
    if "Sec-WebSocket-Protocol" in request.headers:
        raise InvalidRequest("this WebSocket has no subprotocols")
    session.touch()
    return await Connection(request, server, session).run()

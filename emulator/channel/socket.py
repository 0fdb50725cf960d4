"""The command channel's WebSocket: upgrade, frames in, frames out, and the faults between."""

import asyncio
import logging

import msgspec
from aiohttp import ClientConnectionResetError, WSMessage, WSMsgType, web

from emulator.api.connection import abort, ignore
from emulator.api.envelope import refuse
from emulator.api.gate import Gate
from emulator.channel.downlink import Frame
from emulator.channel.frames import Audio, BadFrame, Command, StreamText, Text, decode
from emulator.cloud import Cloud
from emulator.codes import (
    BAD_PARAMETER,
    CODES,
    SESSION_CLOSED,
    SESSION_INACTIVE,
    WRONG_TIMING,
    CloudError,
)
from emulator.faults import Fault
from emulator.session import Session

PATH = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"
MAX_MESSAGE_BYTES = 64 * 1024
OUTBOX_FRAMES = 2048
"""Frames that may wait for a client; one more and the connection is cut, for it does not read."""
CLOSE_SECONDS = 2.0

_log = logging.getLogger(__name__)


class _Close(msgspec.Struct, frozen=True):
    code: int
    reason: str


class ChannelApi:
    """The command channel of the cloud behind `gate`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._cloud = gate.cloud

    def routes(self) -> list[web.RouteDef]:
        """Return the vendor's own path."""
        return [web.get(PATH, self._handle)]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        """Upgrade, or refuse with 401 (signature), 404 (unknown), 403 (not started), 409 (second channel)."""
        try:
            self._gate.verify(request)
        except CloudError as error:
            return refuse(error, status=401)
        try:
            session = self._cloud.session(request.query.get("requestid", ""))
        except CloudError as error:
            return refuse(error, status=404)
        if session.closed:
            return refuse(CloudError(SESSION_CLOSED), status=404)
        if not session.started:
            return refuse(CloudError(SESSION_INACTIVE), status=403)
        faults = self._cloud.faults.strike("connect", user_id=session.order.user_id, session_id=session.id)
        if (refused := await _before_upgrade(request, faults)) is not None:
            return refused
        if session.channel is not None:
            return refuse(CloudError(WRONG_TIMING, "the session has its one channel already"), status=409)
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return refuse(CloudError(BAD_PARAMETER, "this path takes WebSocket upgrades"), status=400)
        channel = CommandChannel(self._cloud, session, request)
        session.attach(channel)
        for fault in faults:
            if fault.name == "close":
                channel.close(int(fault.value), "fault")
        await channel.run()
        return channel.socket


async def _before_upgrade(request: web.Request, faults: list[Fault]) -> web.Response | None:
    for fault in faults:
        match fault.name:
            case "delay":
                await asyncio.sleep(fault.value)
            case "error":
                return refuse(CloudError(CODES[int(fault.value)]), status=503)
            case "drop":
                abort(request)
                return web.Response()
            case "blackhole":
                await ignore(request)
                return web.Response()
            case _:
                pass
    return None


class CommandChannel:
    """One open command channel."""

    def __init__(self, cloud: Cloud, session: Session, request: web.Request) -> None:
        self._cloud = cloud
        self._session = session
        self._request = request
        self._outbox: asyncio.Queue[Frame | _Close] = asyncio.Queue(OUTBOX_FRAMES)
        self._deaf = False
        self._closing = False
        self.socket = web.WebSocketResponse(
            timeout=CLOSE_SECONDS, autoping=False, compress=False, max_msg_size=MAX_MESSAGE_BYTES
        )

    def send(self, frame: Frame) -> None:
        """Queue a frame."""
        self._put(frame)

    def close(self, code: int, reason: str) -> None:
        """Close the channel behind the frames that are queued."""
        self._put(_Close(code, reason))

    def abort(self) -> None:
        """Cut the connection without a word."""
        abort(self._request)

    async def run(self) -> None:
        """Serve the channel until either side ends it."""
        try:
            await self.socket.prepare(self._request)
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write(), name=f"channel-out-{self._session.id}")
                await self._read()
                if not self._closing:
                    writer.cancel()
        finally:
            self._session.detach(self)

    def _put(self, item: Frame | _Close) -> None:
        try:
            self._outbox.put_nowait(item)
        except asyncio.QueueFull:
            abort(self._request)

    async def _write(self) -> None:
        while True:
            item = await self._outbox.get()
            try:
                if isinstance(item, _Close):
                    self._closing = True
                    await self.socket.close(code=item.code, message=item.reason.encode())
                    return
                if await self._suffer(item.step):
                    await self.socket.send_str(item.text)
            except ClientConnectionResetError:
                return

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is WSMsgType.PING and not self._deaf:
                await self.socket.pong(message.data)
            elif message.type in {WSMsgType.TEXT, WSMsgType.BINARY} and not self._deaf:
                await self._hear(message)

    async def _hear(self, message: WSMessage) -> None:
        session = self._session
        if message.type is WSMsgType.BINARY:
            session.heard("")
            session.refuse("", CloudError(BAD_PARAMETER, "frames are text"))
            return
        frame: str = message.data
        session.heard(frame)
        try:
            uplink = decode(frame, lenient=self._cloud.lenient)
        except BadFrame as error:
            session.refuse(error.req_id, error)
            return
        if uplink.session_id != session.id:
            session.refuse(uplink.req_id, CloudError(BAD_PARAMETER, "SessionId is not that of this channel"))
            return
        if await self._suffer(_step(uplink.command), uplink.req_id):
            session.receive(uplink)

    async def _suffer(self, step: str, req_id: str = "") -> bool:
        """Let the faults of `step` strike; return whether the frame goes on."""
        goes_on = True
        user_id = self._session.order.user_id
        for fault in self._cloud.faults.strike(step, user_id=user_id, session_id=self._session.id):
            match fault.name:
                case "delay":
                    await asyncio.sleep(fault.value)
                case "lose":
                    goes_on = False
                case "error":
                    self._session.refuse(req_id, CloudError(CODES[int(fault.value)]))
                    goes_on = False
                case "close":
                    self.close(int(fault.value), "fault")
                    goes_on = False
                case "drop":
                    abort(self._request)
                    goes_on = False
                case _:
                    self._deaf = True
        return goes_on and not self._deaf


def _step(command: Command) -> str:
    match command:
        case Text():
            return "text"
        case StreamText():
            return "stream"
        case Audio():
            return "audio"
        case _:
            return "beat"

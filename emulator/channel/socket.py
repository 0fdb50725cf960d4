"""The command channel's WebSocket: upgrade, frames in, frames out, and the faults between."""

import asyncio
import contextlib

import msgspec
from aiohttp import ClientConnectionResetError, WSMessage, WSMsgType, web

from emulator.api.connection import abort, ignore
from emulator.api.envelope import refuse
from emulator.api.gate import Gate
from emulator.channel.downlink import Downlinks, Frame
from emulator.channel.frames import Audio, BadFrame, Command, StreamText, Text, Uplink, decode
from emulator.channel.line import Fate, Line, worst
from emulator.channel.recorded import Replay, played
from emulator.cloud import Cloud
from emulator.codes import (
    BAD_PARAMETER,
    CODES,
    SESSION_CLOSED,
    SESSION_INACTIVE,
    SESSION_NOT_READY,
    TOO_FREQUENT,
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

_FATES: dict[str, Fate] = {"duplicate": "twice", "reorder": "behind", "lose": "lose"}


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
            return await self._not_started(request, session)
        faults = self._cloud.faults.strike("connect", user_id=session.order.user_id, session_id=session.id)
        if (refused := await _before_upgrade(request, faults, self._cloud)) is not None:
            return refused
        if session.channel is not None and self._cloud.limits.current.second_channel == "reject":
            return refuse(CloudError(WRONG_TIMING, "the session has its one channel already"), status=409)
        if not _is_upgrade(request):
            return refuse(CloudError(BAD_PARAMETER, "this path takes WebSocket upgrades"), status=400)
        if session.channel is not None:
            session.channel.close(1000, "another channel was opened")
        replay = self._cloud.replays.take(session.id, session.order.user_id)
        channel = CommandChannel(self._cloud, session, request, replay)
        session.attach(channel, silent=replay is not None)
        channel.suffer_at_once(faults)
        await channel.run()
        return channel.socket

    async def _not_started(self, request: web.Request, session: Session) -> web.StreamResponse:
        """Refuse the upgrade, or take it, say 110014 and close, as the limits have it."""
        if self._cloud.limits.current.not_started == "refuse" or not _is_upgrade(request):
            return refuse(CloudError(SESSION_INACTIVE), status=403)
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS, compress=False, max_msg_size=MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        with contextlib.suppress(ClientConnectionResetError):
            await socket.send_str(Downlinks(session.id).refusal("", CloudError(SESSION_NOT_READY)).text)
            await socket.close(code=1000, message=b"not started")
        return socket


def _is_upgrade(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def _before_upgrade(request: web.Request, faults: list[Fault], cloud: Cloud) -> web.Response | None:
    for fault in faults:
        match fault.name:
            case "delay":
                await asyncio.sleep(fault.value)
            case "error":
                return refuse(CloudError(CODES[int(fault.value)]), status=503)
            case "restart":
                cloud.restart()
                abort(request)
                return web.Response()
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
    """One open command channel; with a recording it says that, and what comes up is only noted."""

    def __init__(self, cloud: Cloud, session: Session, request: web.Request, replay: Replay | None = None) -> None:
        self._cloud = cloud
        self._session = session
        self._request = request
        self._outbox: asyncio.Queue[Frame | _Close] = asyncio.Queue(OUTBOX_FRAMES)
        self._up: Line[Uplink] = Line()
        self._down: Line[Frame] = Line()
        self._replay = replay
        self._deaf = False
        self._pongs = True
        self._pace = 0.0
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

    def suffer_at_once(self, faults: list[Fault]) -> None:
        """Let the faults strike that an open channel shows."""
        for fault in faults:
            match fault.name:
                case "close":
                    self.close(int(fault.value), "fault")
                case "slow":
                    self._pace = fault.value
                case "no_pong":
                    self._pongs = False
                case _:
                    pass

    async def run(self) -> None:
        """Serve the channel until either side ends it."""
        try:
            await self.socket.prepare(self._request)
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write(), name=f"channel-out-{self._session.id}")
                player = tasks.create_task(self._play(), name=f"channel-replay-{self._session.id}")
                await self._read()
                player.cancel()
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
                await asyncio.sleep(self._pace)
                for frame in self._down.next(item, await self._suffer(item.step)):
                    await self.socket.send_str(frame.text)
            except ClientConnectionResetError:
                return

    async def _play(self) -> None:
        """Say what was recorded at its times."""
        if self._replay is None:
            return
        loop = asyncio.get_running_loop()
        began = loop.time()
        for due, frame in played(self._replay, self._session.id):
            await asyncio.sleep(max(0.0, began + due - loop.time()))
            self._session.say(frame)

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is WSMsgType.PING and self._pongs and not self._deaf:
                await self.socket.pong(message.data)
            elif message.type in {WSMsgType.TEXT, WSMsgType.BINARY} and not self._deaf:
                await asyncio.sleep(self._pace)
                await self._hear(message)

    async def _hear(self, message: WSMessage) -> None:
        session = self._session
        if message.type is WSMsgType.BINARY:
            session.heard("")
            session.refuse("", CloudError(BAD_PARAMETER, "frames are text"))
            return
        frame: str = message.data
        session.heard(frame)
        if self._replay is not None:
            return
        try:
            uplink = decode(frame, lenient=self._cloud.lenient)
        except BadFrame as error:
            session.refuse(error.req_id, error)
            return
        if uplink.session_id != session.id:
            session.refuse(uplink.req_id, CloudError(BAD_PARAMETER, "SessionId is not that of this channel"))
            return
        for command in self._up.next(uplink, await self._suffer(_step(uplink.command), uplink.req_id)):
            await self._take(command)

    async def _take(self, uplink: Uplink) -> None:
        try:
            if early := self._session.early(uplink):
                await asyncio.sleep(early)
        except CloudError as error:
            self._session.refuse(uplink.req_id, error)
            return
        self._session.receive(uplink)

    async def _suffer(self, step: str, req_id: str = "") -> Fate:
        """Let the faults of `step` strike; return what becomes of the frame."""
        user_id = self._session.order.user_id
        struck = self._cloud.faults.strike(step, user_id=user_id, session_id=self._session.id)
        fate = worst([await self._strike(fault, req_id) for fault in struck])
        return "lose" if self._deaf else fate

    async def _strike(self, fault: Fault, req_id: str) -> Fate:
        match fault.name:
            case "delay":
                await asyncio.sleep(fault.value)
                return "go"
            case "slow" | "no_pong":
                self.suffer_at_once([fault])
                return "go"
            case "error" | "rate":
                code = CODES[int(fault.value)] if fault.name == "error" else TOO_FREQUENT
                self._session.refuse(req_id, CloudError(code))
            case "close":
                self.close(int(fault.value), "fault")
            case "drop":
                abort(self._request)
            case "restart":
                self._cloud.restart()
            case "blackhole":
                self._deaf = True
            case _:
                return _FATES[fault.name]
        return "lose"


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

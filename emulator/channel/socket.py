"""An open command channel: frames in, frames out, and the faults between."""

import asyncio

import msgspec
from aiohttp import ClientConnectionResetError, WSMessage, WSMsgType, web

from emulator.api.connection import abort
from emulator.channel.downlink import Frame
from emulator.channel.frames import Audio, BadFrame, Command, StreamText, Text, Uplink, decode
from emulator.channel.line import Fate, Line, worst
from emulator.channel.recorded import Replay, played
from emulator.cloud import Cloud
from emulator.codes import BAD_PARAMETER, CODES, TOO_FREQUENT, CloudError
from emulator.faults import Fault
from emulator.session import Session

MAX_MESSAGE_BYTES = 64 * 1024
OUTBOX_FRAMES = 2048
"""Frames that may wait for a client; one more and the connection is cut, for it does not read."""
CLOSE_SECONDS = 2.0

_FATES: dict[str, Fate] = {"duplicate": "twice", "reorder": "behind", "lose": "lose"}


class _Close(msgspec.Struct, frozen=True):
    code: int
    reason: str


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
        self._held_up = asyncio.Event()
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
                releaser = tasks.create_task(self._release(), name=f"channel-in-{self._session.id}")
                await self._read()
                player.cancel()
                releaser.cancel()
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
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout_at(self._down.next_deadline()):
                    item = await self._outbox.get()
            except TimeoutError:
                item = None
            try:
                if isinstance(item, _Close):
                    self._closing = True
                    await self.socket.close(code=item.code, message=item.reason.encode())
                    return
                await asyncio.sleep(self._pace)
                fate = None if item is None else await self._suffer(item.step)
                now = loop.time()
                going = self._down.tick(now) if item is None or fate is None else self._down.next(item, fate, now)
                for frame in going:
                    await self.socket.send_str(frame.text)
            except ClientConnectionResetError:
                return

    async def _release(self) -> None:
        """Take what was held back on its way up and for which no other frame came."""
        loop = asyncio.get_running_loop()
        while True:
            await self._held_up.wait()
            self._held_up.clear()
            while (deadline := self._up.next_deadline()) is not None:
                await asyncio.sleep(deadline - loop.time())
                for command in self._up.tick(loop.time()):
                    await self._take(command)

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
        try:
            self._cloud.limits.check_req_id(uplink.req_id)
        except CloudError as error:
            session.refuse(uplink.req_id, error)
            return
        if uplink.session_id != session.id:
            session.refuse(uplink.req_id, CloudError(BAD_PARAMETER, "SessionId is not that of this channel"))
            return
        fate = await self._suffer(_step(uplink.command), uplink.req_id)
        going = self._up.next(uplink, fate, asyncio.get_running_loop().time())
        if fate == "behind":
            self._held_up.set()
        for command in going:
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

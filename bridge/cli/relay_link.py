"""Carries live sound to a session over the WebSocket of its server, however often that breaks."""

import asyncio
import contextlib
import random
import secrets
import time
from collections import deque
from typing import Final

import aiohttp
import msgspec

from audio.pcm import HOUSE_RATE, SAMPLE_BYTES
from bridge.cli.api import Server, ServerNotThere, line_of
from bridge.cli.relay_meter import Meter
from bridge.errors import BridgeError, FloorTaken
from bridge.session.events import Problem
from bridge.session.reconnect import Backoff

WAITING_BYTES = HOUSE_RATE * SAMPLE_BYTES
"""A second of sound may wait for the connection; of more the oldest is dropped and counted."""
GHOST_S = 30.0
"""For so long the server may still think that our broken connection has the microphone's floor."""
CLOSE_S = 2.0
END_S = 15.0
"""How long the end of what was sent may take to be spoken and told."""
FATAL_CODES = {1000: "the session has ended", 4003: "this client is not allowed in", 4005: "the token has expired"}
ENDS: Final = frozenset({"ended", "interrupted", "failed"})


class NotRelayed(BridgeError):
    """The sound cannot be relayed, or not any longer."""


class Broken(Exception):
    """The connection is gone; another one may do."""


class _Session(msgspec.Struct):
    state: str = ""


class _Message(msgspec.Struct):
    """What matters here of the messages of the server."""

    type: str
    ref: str | None = None
    session: _Session | None = None
    state: str = ""
    utterance_id: str | None = None
    status: str = ""
    code: str = ""
    message: str = ""
    dropped_ms: int = 0
    error: Problem | None = None


class Link:
    """One relay's way to the avatar: `send` what is recorded, `end` it, while `run` runs."""

    def __init__(self, server: Server, session_id: str, meter: Meter, *, take: bool, again: bool) -> None:
        """`take` the floor from whoever has it; begin `again` after somebody has interrupted."""
        self.is_live = asyncio.Event()
        self._server = server
        self._session_id = session_id
        self._meter = meter
        self._take = take
        self._again = again
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._news = asyncio.Event()
        self._ending = False
        self._end_sent = False
        self._was_there = False
        self._ref: str | None = None
        self._utterance_id: str | None = None
        self._begun = False
        self._lost_floor_at: float | None = None

    def send(self, pcm: bytes) -> None:
        """Have the next piece spoken; without a connection the last second waits for one."""
        self._pieces.append(pcm)
        self._waiting += len(pcm)
        while self._waiting > WAITING_BYTES:
            lost = len(self._pieces.popleft())
            self._waiting -= lost
            self._meter.dropped_s += lost / SAMPLE_BYTES / HOUSE_RATE
        self._news.set()

    def end(self) -> None:
        """Take note that nothing follows."""
        self._ending = True
        self._news.set()

    async def run(self) -> str:
        """Return how the sound ended: `ended`, or `interrupted` by somebody. Raises NotRelayed, ServerNotThere."""
        backoff = Backoff(free=1)
        while True:
            try:
                return await self._connect(backoff)
            except (Broken, ServerNotThere) as error:
                if not self._was_there:
                    raise
                if self._ending:
                    raise NotRelayed("the connection was lost, and with it how the sound ended") from None
                self._meter.enter("reconnecting", str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(backoff.next(random.random())):  # noqa: S311 - spreads out, hides nothing
                    while not self._ending:
                        self._news.clear()
                        await self._news.wait()

    async def _connect(self, backoff: Backoff) -> str:
        socket = await self._server.connect(self._session_id)
        writing: asyncio.Task[None] | None = None
        try:
            await self._greet(socket)
            backoff.reset()
            writing = asyncio.create_task(self._write(socket), name="relay-write")
            return await self._read(socket)
        finally:
            if self._ref is not None and not self._end_sent:
                self._lost_floor_at = time.monotonic()
            self._ref = self._utterance_id = None
            self._begun = False
            if writing is not None:
                writing.cancel()
                await asyncio.wait({writing})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await socket.close()

    async def _greet(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await _tell(socket, "auth")
        while (message := await _next(socket)).type != "welcome":
            if message.type == "error":
                raise NotRelayed(f"{message.message} ({message.code})")
        self._was_there = True
        if message.session is not None:
            self._enter(message.session.state)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Send what waits; the reader notices when the connection is gone."""
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            while not self.is_live.is_set() and not self._ending:
                self._news.clear()
                await self._news.wait()
            while not self._end_sent:
                self._news.clear()
                while self._pieces:
                    await self._begin(socket)
                    piece = self._pieces.popleft()
                    self._waiting -= len(piece)
                    await socket.send_bytes(piece)
                    self._meter.sent(piece)
                if self._ending:
                    await self._finish(socket)
                else:
                    await self._news.wait()

    async def _begin(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take the floor with the first piece; what had it before is ended."""
        if self._begun:
            return
        if self._ref is not None:
            await _tell(socket, "audio.end", ref=self._ref)
        self._begun = True
        self._ref = f"relay-{secrets.token_hex(6)}"
        lost = self._lost_floor_at is not None and time.monotonic() - self._lost_floor_at < GHOST_S
        form = {"sample_rate": HOUSE_RATE, "channels": 1, "encoding": "s16le"}
        await _tell(socket, "audio.start", ref=self._ref, purpose="drive", take=self._take or lost, **form)

    async def _finish(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._end_sent = True
        self._meter.enter("ending")
        if self._begun:
            await _tell(socket, "audio.end", ref=self._ref)
        else:
            await socket.close()  # nothing was begun whose end could be waited for

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        ends_at: asyncio.Timeout
        try:
            async with asyncio.timeout(None) as ends_at:
                while True:
                    if self._end_sent and ends_at.when() is None:
                        ends_at.reschedule(asyncio.get_running_loop().time() + END_S)
                    status = self._hear(await _next(socket))
                    if status is not None:
                        return status
        except Broken:
            if self._end_sent and not self._begun:
                return "ended"
            raise
        except TimeoutError:
            raise NotRelayed(f"the end was not told within {END_S:.0f} s") from None

    def _hear(self, message: _Message) -> str | None:
        """Take a message; return how the sound ended, if that is what it tells. Raises NotRelayed."""
        match message.type:
            case "session.state":
                self._enter(message.state)
            case "ack" if message.ref == self._ref:
                self._utterance_id = self._meter.utterance_id = message.utterance_id
                self._meter.enter("on_air")
            case "error" if message.ref == self._ref:
                hint = "; --take takes it" if message.code == FloorTaken.code and self._utterance_id is None else ""
                raise NotRelayed(f"{message.message} ({message.code}){hint}")
            case "audio.dropped" if message.utterance_id == self._utterance_id:
                self._meter.dropped_s += message.dropped_ms / 1000
            case "utterance" if message.utterance_id == self._utterance_id and message.status in ENDS:
                return self._end_of(message)
            case _:
                pass
        return None

    def _end_of(self, message: _Message) -> str | None:
        """Return how the utterance ended; None if the next piece begins another one."""
        failed = message.status == "failed"
        may_go_on = (message.error is not None and message.error.retryable) if failed else self._again
        if may_go_on and not self._ending:
            self._begun, self._utterance_id = False, None
            self._meter.enter("waiting", message.error.message if message.error else message.status)
            return None
        if failed:
            raise NotRelayed(line_of(message.error) if message.error else "it was not spoken")
        return message.status

    def _enter(self, state: str) -> None:
        if state == "live":
            self.is_live.set()
            self._news.set()
            if self._utterance_id is not None:
                self._meter.enter("on_air")
        elif state in {"closing", "closed", "failed"}:
            raise NotRelayed(FATAL_CODES[1000])
        else:
            self._meter.enter("waiting", f"the session is {state}")


async def _tell(socket: aiohttp.ClientWebSocketResponse, kind: str, **rest: object) -> None:
    await socket.send_str(msgspec.json.encode({"type": kind, **rest}).decode())


async def _next(socket: aiohttp.ClientWebSocketResponse) -> _Message:
    """Return the next message. Raises Broken, or NotRelayed where another connection would not help."""
    message = await socket.receive()
    if message.type is aiohttp.WSMsgType.TEXT:
        return msgspec.json.decode(message.data, type=_Message)
    if socket.close_code in FATAL_CODES:
        raise NotRelayed(FATAL_CODES[socket.close_code])
    raise Broken("the connection to the server was lost")

"""One connection of the command channel: a socket, its heartbeat, and nothing that decides.

Manual: "Creating a Long Connection Channel", "Heartbeat Instruction".
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidState, InvalidStatus

HEARTBEAT_S = 45.0
PING_S = 8.0
OPEN_LIMIT_S = 10.0
SEND_LIMIT_S = 5.0
OUTBOX = 2 << 20
"""Bytes that may wait to be written; when there are more the connection is broken off, for the cloud reads no more."""
BUSY = 32 * 1024
"""So many may lie there for longer than 5 s; when there are more, the cloud reads no more, either."""
LOOK_S = 1.0
"""How often that is looked after."""
INBOX = 16
"""Frames that may wait to be taken; when one more comes the socket is not read until there is room again."""
MESSAGE_BYTES = 1 << 20
"""A longer message ends the connection before it is in memory."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds between heartbeats, and between pings; a ping that is not answered within `ping_s` ends the channel."""

    heartbeat_s: float = HEARTBEAT_S
    ping_s: float = PING_S


USUAL = Timing()


class ChannelBroken(Exception):
    """The connection ended or could not be made; a `status` and `body` if the cloud answered and did not want it.

    The message never holds the URL, which is signed.
    """

    def __init__(self, message: str, *, status: int | None = None, body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class _Connect(connect):
    """The library's connect, but a redirect (of a captive portal, say) is a refusal and is not followed."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Return `exc` as it is."""
        return exc


class Channel:
    """One connection to `url`; `heartbeat` makes the frame that keeps it alive."""

    def __init__(self, url: str, heartbeat: Callable[[], str], timing: Timing = USUAL) -> None:
        self._url = url
        self._heartbeat = heartbeat
        self._timing = timing
        self._socket: ClientConnection | None = None
        self._early: list[str] = []
        self.unread = False
        """Whether it was broken off because the cloud did not read what it was sent."""

    def send(self, frame: str) -> None:
        """Write `frame`, after those before it; before the connection is open they wait, and after its end are lost.

        Written at once, and not by a task: that would cost more than all the rest of a frame's way.
        """
        socket = self._socket
        if socket is None:
            self._early.append(frame)
            return
        try:
            socket.protocol.send_text(frame.encode())
        except InvalidState:
            return  # `run` ends, too
        socket.send_data()
        if socket.transport.get_write_buffer_size() > OUTBOX:
            self._break_off(socket)

    async def run(self, on_open: Callable[[], None], on_frame: Callable[[str | bytes], None]) -> None:
        """Connect, call `on_open`, then `on_frame` for each frame until the end; always ends with ChannelBroken."""
        try:
            async with _Connect(
                self._url,
                compression=None,
                max_size=MESSAGE_BYTES,
                max_queue=INBOX,
                open_timeout=OPEN_LIMIT_S,
                close_timeout=2,
                ping_interval=self._timing.ping_s,
                ping_timeout=self._timing.ping_s,
                proxy=None,
                user_agent_header="avatar-bridge",
            ) as socket:
                on_open()
                await self._serve(socket, on_frame)
        except InvalidStatus as error:
            response = error.response
            raise ChannelBroken(
                f"refused with HTTP {response.status_code}", status=response.status_code, body=bytes(response.body)
            ) from None
        except (InvalidHandshake, ConnectionClosed, OSError, TimeoutError) as error:
            raise ChannelBroken(type(error).__name__) from None
        raise ChannelBroken("closed by the cloud")

    async def _serve(self, socket: ClientConnection, on_frame: Callable[[str | bytes], None]) -> None:
        self._socket = socket
        for frame in self._early:
            self.send(frame)
        tending = asyncio.create_task(self._tend(socket), name="channel-tend")
        try:
            async for frame in socket:
                on_frame(frame)
                await asyncio.sleep(0)  # a flood on this channel must not hold up the others
        except asyncio.CancelledError:
            await socket.close()  # going away on purpose is no error to the cloud
            raise
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)

    async def _tend(self, socket: ClientConnection) -> None:
        """Send heartbeats, and break off when what was written lies there."""
        clock = asyncio.get_running_loop().time
        read_at = clock()
        beat_at = read_at + self._timing.heartbeat_s
        while True:
            await asyncio.sleep(min(LOOK_S, beat_at - clock()))
            now = clock()
            if socket.transport.get_write_buffer_size() <= BUSY:
                read_at = now
            elif now >= read_at + SEND_LIMIT_S:
                self._break_off(socket)
            if now >= beat_at:
                beat_at = now + self._timing.heartbeat_s
                self.send(self._heartbeat())

    def _break_off(self, socket: ClientConnection) -> None:
        self.unread = True
        socket.transport.abort()

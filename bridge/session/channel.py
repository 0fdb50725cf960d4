"""One connection of the command channel: a socket, its heartbeat, and nothing that decides.

Manual: "Creating a Long Connection Channel", "Heartbeat Instruction".
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

HEARTBEAT_S = 45.0
PING_S = 8.0
OPEN_LIMIT_S = 10.0
SEND_LIMIT_S = 5.0
OUTBOX = 256
"""Frames that may wait to be written; when one more comes the connection is broken off, for the cloud reads no more."""
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
        self._outbox: asyncio.Queue[str] = asyncio.Queue(OUTBOX)
        self._full = asyncio.Event()
        self.unread = False
        """Whether it was broken off because the cloud did not read what it was sent."""

    def send(self, frame: str) -> None:
        """Queue `frame` to be written in order."""
        try:
            self._outbox.put_nowait(frame)
        except asyncio.QueueFull:
            self._full.set()

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
        loops = [
            asyncio.create_task(self._write(socket), name="channel-write"),
            asyncio.create_task(self._beat(), name="channel-heartbeat"),
            asyncio.create_task(self._watch_outbox(socket), name="channel-outbox"),
        ]
        try:
            async for frame in socket:
                on_frame(frame)
                await asyncio.sleep(0)  # a flood on this channel must not hold up the others
        except asyncio.CancelledError:
            await socket.close()  # going away on purpose is no error to the cloud
            raise
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    async def _write(self, socket: ClientConnection) -> None:
        try:
            while True:
                frame = await self._outbox.get()
                async with asyncio.timeout(SEND_LIMIT_S):
                    await socket.send(frame)
        except (TimeoutError, ConnectionClosed) as error:
            self.unread = self.unread or isinstance(error, TimeoutError)
            socket.transport.abort()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._timing.heartbeat_s)
            self.send(self._heartbeat())

    async def _watch_outbox(self, socket: ClientConnection) -> None:
        await self._full.wait()
        self.unread = True
        socket.transport.abort()

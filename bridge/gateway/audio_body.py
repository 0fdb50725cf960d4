"""A body of sound, piece by piece, within limits of size and time."""

import asyncio
from collections.abc import AsyncGenerator

from aiohttp import web

from bridge.errors import AudioTooLarge, BridgeError, RequestTimeout, SourceLost
from bridge.gateway.access import CALLER
from bridge.gateway.context import gateway

MAX_BYTES = 256 * 1024 * 1024
PAUSE_S = 60.0
"""A body of which nothing came for so long is given up."""


class AudioBody:
    """The body of `request`; `error` is why its pieces ended before it did."""

    def __init__(self, request: web.Request) -> None:
        """Read nothing yet. Raises AudioTooLarge if its head says that it is."""
        self.error: BridgeError | None = None
        self._request = request
        self._server = gateway(request)
        self._caller = request.get(CALLER)
        self._size = 0
        self._taken = asyncio.Event()
        if (request.content_length or 0) > MAX_BYTES:
            raise _too_large()

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the pieces, once. Raises AudioTooLarge, RequestTimeout, RateLimited, SourceLost."""
        try:
            while piece := await self._next():
                yield piece
        except BridgeError as error:
            self.error = error
            raise
        finally:
            self._taken.set()

    async def taken_or(self, over: asyncio.Event) -> None:
        """Return when the pieces have ended, or nobody wants any more."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._taken, over)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(PAUSE_S):
                piece = await self._request.content.readany()
        except TimeoutError:
            raise RequestTimeout(f"nothing of the body came for {PAUSE_S:.0f} s") from None
        except (OSError, web.RequestPayloadError):
            raise SourceLost("the sound stopped arriving before its end; what came of it was spoken") from None
        self._size += len(piece)
        if self._size > MAX_BYTES:
            raise _too_large()
        if self._caller is not None:
            self._server.count_bytes(self._caller, len(piece))
        return piece


def _too_large() -> AudioTooLarge:
    return AudioTooLarge(f"the sound has more than {MAX_BYTES} bytes; what came of it was spoken")

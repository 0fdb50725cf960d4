"""What a demuxer opens on its way through a playlist, fetched by ourselves: FFmpeg opens no connection of its own."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress

from aiohttp.abc import AbstractResolver

from audio.addresses import Network
from audio.errors import AddressRefused, AudioError
from audio.fetch import open_url
from audio.streaming import LoopReader


class Fetcher:
    """Opens what a playlist names, in the demuxer's thread; each address is checked and fetched in the event loop.

    `error` is why the latest address gave nothing. After one that is refused nothing is opened any more.
    """

    def __init__(self, allow: Sequence[Network] = (), lookup: AbstractResolver | None = None) -> None:
        """Belong to the running loop; allow the public internet and the networks in `allow`."""
        self.error: AudioError | None = None
        self._allow = allow
        self._lookup = lookup
        self._loop = asyncio.get_running_loop()
        self._open: set[Fetched] = set()
        self._closed = False

    def open(self, address: str, flags: int, options: Mapping[str, str]) -> "Fetched":
        """Return what stands at `address`, of any scheme: what is no `http` or `https` is refused and empty."""
        over = self._closed or isinstance(self.error, AddressRefused)
        fetched = Fetched(self, self._nothing() if over else self._pieces(address), self._loop)
        self._open.add(fetched)
        return fetched

    def close(self) -> None:
        """End all reading, in the loop. May be called twice."""
        self._closed = True
        for fetched in set(self._open):
            fetched.stop()

    def let_go(self, fetched: "Fetched") -> None:
        """Forget one that is closed."""
        self._open.discard(fetched)

    async def _pieces(self, address: str) -> AsyncGenerator[bytes]:
        async with open_url(address, allow=self._allow, lookup=self._lookup) as pieces:
            async for piece in pieces:
                self.error = None
                yield piece

    async def _nothing(self) -> AsyncGenerator[bytes]:
        return
        yield b""


class Fetched:
    """One file of a playlist, for the thread of the demuxer; it ends where it fails."""

    def __init__(self, owner: Fetcher, pieces: AsyncGenerator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._pieces = pieces
        self._loop = loop
        self._reader = LoopReader(pieces, loop)

    def read(self, size: int) -> bytes:
        """Return what comes next, none at the end or after a failure, which the fetcher keeps."""
        try:
            return self._reader.read(size)
        except AudioError as error:
            self._owner.error = error
            return b""

    def close(self) -> None:
        """Break off the connection, in the demuxer's thread."""
        self._owner.let_go(self)
        # One that was stopped in the middle has closed itself.
        with suppress(CancelledError, RuntimeError):
            asyncio.run_coroutine_threadsafe(self._pieces.aclose(), self._loop).result()

    def stop(self) -> None:
        """End the reading, in the loop."""
        self._reader.close()

"""Decoding for an event loop: a thread of its own decodes one block whenever one is asked for.

Nothing is read ahead, so whoever does not ask holds the source back. Closing ends the thread, even in mid-read.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from audio.decode import Decoder
from audio.loudness import Loudness
from audio.pcm import PcmFormat, Samples
from audio.source import Reader


class Blocks(Iterator[Samples], Protocol):
    """What a thread iterates over."""

    def close(self) -> None:
        """Let go of everything."""
        ...


BlocksT = TypeVar("BlocksT", bound=Blocks)


class Stoppable(Protocol):
    """What keeps a thread waiting, and can be told not to."""

    def close(self) -> None:
        """End the waiting, in the loop. May be called twice."""
        ...


class LoopReader:
    """Lets a thread read what arrives in an event loop, piece by piece; no piece waits here but the one being read."""

    def __init__(self, pieces: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        """Read `pieces` in `loop`."""
        self._pieces = pieces
        self._loop = loop
        self._rest = b""
        self._closed = False
        self._asked: Future[bytes] | None = None

    def read(self, size: int) -> bytes:
        """Return what comes next, in the thread; raises what the pieces raise. None after the end or `close`."""
        while not self._rest:
            if self._closed:
                return b""
            self._asked = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            if self._closed:
                self._asked.cancel()
            try:
                self._rest = self._asked.result()
            except (CancelledError, StopAsyncIteration):
                return b""
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def close(self) -> None:
        """End the reading, in the loop. May be called twice."""
        self._closed = True
        if self._asked is not None:
            self._asked.cancel()

    async def _next(self) -> bytes:
        async for piece in self._pieces:
            if piece:
                return piece
        self._closed = True
        return b""


class AsyncDecoder(Generic[BlocksT]):
    """Gives the blocks of `blocks` to one task of an event loop; `async with` it, or call `aclose`."""

    def __init__(self, blocks: BlocksT, reader: Stoppable | None = None) -> None:
        """Iterate in a thread; `reader`, if given, is what `blocks` wait for."""
        self.blocks = blocks
        self._reader = reader
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, thread_name_prefix="audio-decode")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Samples:
        """Return the next block. Raises an AudioError, OSError, or what the source raised."""
        if self._thread is None:
            raise StopAsyncIteration
        block = await asyncio.get_running_loop().run_in_executor(self._thread, next, self.blocks, None)
        if block is None:
            raise StopAsyncIteration
        return block

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the source and the thread, then let go of everything. May be called twice."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self._reader is not None:
            self._reader.close()
        try:
            await asyncio.get_running_loop().run_in_executor(thread, self.blocks.close)
        finally:
            thread.shutdown(wait=False)


def decode_async(
    origin: Path | Reader | AsyncIterator[bytes], *, raw: PcmFormat | None = None, loudness: Loudness | None = None
) -> AsyncDecoder[Decoder]:
    """Return a decoder of `origin`, also of bytes that are still arriving; its `blocks` are a `Decoder` of the same."""
    if isinstance(origin, AsyncIterator):
        reader = LoopReader(origin, asyncio.get_running_loop())
        return AsyncDecoder(Decoder(reader, raw=raw, loudness=loudness), reader)
    return AsyncDecoder(Decoder(origin, raw=raw, loudness=loudness))

"""Where the sound of `play` comes from: a file, an address on the web, standard input."""

import asyncio
import os
import stat
import struct
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from audio.addresses import Network
from audio.decode import Decoder
from audio.errors import AudioError
from audio.fetch import open_url
from audio.pcm import HOUSE_RATE
from bridge.errors import BridgeError
from bridge.talk.voice_errors import of_audio

PIECE = 65_536
UNKNOWN = 0xFFFF_FFFF


class NotPlayed(BridgeError):
    """The sound was not spoken to its end, or cannot be had."""


class Source:
    """The pieces of a sound; `error` is why they ended before it did."""

    def __init__(self, pieces: AsyncIterator[bytes], head: bytes = b"") -> None:
        self.error: NotPlayed | None = None
        self._pieces = pieces
        self._head = head

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield the pieces, once. Raises NotPlayed."""
        try:
            if self._head:
                yield self._head
            async for piece in self._pieces:
                yield piece
        except (AudioError, OSError) as error:
            self.error = _told(error)
            raise self.error from None


@asynccontextmanager
async def opened(place: str, raw: int | None, allow: Sequence[Network]) -> AsyncGenerator[Source]:
    """Give the sound at `place`; `raw` says that it is 16-bit mono PCM of so many Hz. Raises NotPlayed."""
    head = wave_head(raw) if raw is not None else b""
    if place == "-":
        yield Source(_standard_input(), head)
    elif place.startswith(("http://", "https://")):
        try:
            async with open_url(place, allow=allow) as pieces:
                yield Source(pieces, head)
        except AudioError as error:
            raise _told(error) from None
    else:
        try:
            file = Path(place).open("rb")  # noqa: ASYNC230, SIM115 - it does not wait; closed below
        except OSError as error:
            raise NotPlayed(f"{place}: cannot be read ({error.strerror})") from None
        with file:
            yield Source(_file(file), head)


def wave_head(rate: int) -> bytes:
    """Return the head of a WAV file of 16-bit mono PCM whose length is not known."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", UNKNOWN, b"WAVE") + form + struct.pack("<4sI", b"data", UNKNOWN)


class Length:
    """How long a file is: found out in a thread, because only decoding tells it for every kind of file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopped = False

    async def find(self) -> float | None:
        """Return the seconds; None for what cannot be decoded."""
        try:
            return await asyncio.to_thread(self._count)
        finally:
            self._stopped = True

    def _count(self) -> float | None:
        try:
            with Decoder(self._path) as decoder:
                for _ in decoder:
                    if self._stopped:
                        return None
                return decoder.samples / HOUSE_RATE
        except (AudioError, OSError):
            return None


def _told(error: AudioError | OSError) -> NotPlayed:
    if isinstance(error, AudioError):
        ours = of_audio(error)
        return NotPlayed(f"{ours.message} ({ours.code})")
    return NotPlayed(f"the sound cannot be read ({error.strerror or type(error).__name__})")


async def _file(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece


async def _standard_input() -> AsyncIterator[bytes]:
    """Yield what comes; a thread that waits for a pipe could not be broken off, so the loop does."""
    file = sys.stdin.buffer
    kind = os.fstat(file.fileno()).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or file.isatty()):
        async for piece in _file(file):
            yield piece
        return
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), file
    )
    try:
        while piece := await reader.read(PIECE):
            yield piece
    finally:
        transport.close()

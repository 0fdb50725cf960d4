"""Where a decoder reads from: a file, anything with `read`, with or without `seek`."""

import tempfile
from contextlib import ExitStack
from io import SEEK_END
from pathlib import Path
from typing import Protocol, runtime_checkable

from audio.errors import AudioTooLarge

SPOOL_BYTES = 256 * 1024 * 1024
_CHUNK = 65_536
_HEAD = 12


class Reader(Protocol):
    """Gives bytes: at most `size`, fewer when no more are there yet, none at the end."""

    def read(self, size: int, /) -> bytes:
        """Return what comes next; may wait for it."""
        ...


@runtime_checkable
class Seekable(Reader, Protocol):
    """A reader that can be read from any place."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place, as `io.IOBase.seek` does."""
        ...

    def tell(self) -> int:
        """Return the place."""
        ...

    def seekable(self) -> bool:
        """Whether it really can."""
        ...


class Source:
    """What the demuxer reads: it counts the bytes, and a reader that fails has ended, with its `error` kept.

    An MP4 file whose index stands at its end, and a CAF file, can only be read with `seek`: from a pipe they are first
    written to a temporary file, of at most `spool_bytes`; AudioTooLarge beyond.
    """

    def __init__(self, origin: Path | Reader, *, spool_bytes: int = SPOOL_BYTES) -> None:
        """Read from `origin`; a path is opened and closed here, a reader stays the caller's."""
        self.error: Exception | None = None
        self.head = b""
        self._owned = ExitStack()
        self._reader = self._owned.enter_context(origin.open("rb")) if isinstance(origin, Path) else origin
        self._seekable = isinstance(self._reader, Seekable) and self._reader.seekable()
        self._ahead = b""
        self._count = 0
        try:
            self._look(spool_bytes)
        except BaseException:
            self.close()
            raise

    @property
    def bytes_seen(self) -> int:
        """How many bytes there were; of a source with `seek`, how many there are."""
        if self._seekable and isinstance(self._reader, Seekable):
            place = self._reader.tell()
            size = self._reader.seek(0, SEEK_END)
            self._reader.seek(place)
            return size
        return self._count

    def read(self, size: int) -> bytes:
        """Return what comes next, none after a failure."""
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return self._read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; only where `seekable`."""
        assert isinstance(self._reader, Seekable)
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        """Return the place; only where `seekable`."""
        assert isinstance(self._reader, Seekable)
        return self._reader.tell()

    def seekable(self) -> bool:
        """Whether `seek` and `tell` may be used."""
        return self._seekable

    def close(self) -> None:
        """Close what was opened here. May be called twice."""
        self._owned.close()

    def _read(self, size: int) -> bytes:
        if self.error is not None:
            return b""
        try:
            piece = self._reader.read(size)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told after what came before it
            self.error = error
            return b""
        self._count += len(piece)
        return piece

    def _look(self, spool_bytes: int) -> None:
        """Look at the head, and spool what cannot be read without `seek`."""
        if self._seekable:
            self.head = self._read(_HEAD)
            self.seek(-len(self.head), 1)
            return
        self._peek(_HEAD)
        self.head = self._ahead[:_HEAD]
        if self.head[:4] == b"caff" or (self.head[4:8] == b"ftyp" and not self._index_comes_first()):
            self._spool(spool_bytes)

    def _peek(self, size: int) -> bool:
        """Have `size` bytes ahead; return whether there are as many."""
        while len(self._ahead) < size and (piece := self._read(_CHUNK)):
            self._ahead += piece
        return len(self._ahead) >= size

    def _index_comes_first(self) -> bool:
        """Walk over the boxes of an MP4 file until its index or its sound begins."""
        place = 0
        while place < 2 * _CHUNK and self._peek(place + 8):
            size, kind = int.from_bytes(self._ahead[place : place + 4]), self._ahead[place + 4 : place + 8]
            if kind in (b"moov", b"moof", b"sidx"):
                return True
            if kind == b"mdat" or size < 8:
                return False
            place += size
        return False

    def _spool(self, limit: int) -> None:
        spool = self._owned.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the source
        piece = self._ahead
        while piece:
            if spool.tell() + len(piece) > limit:
                raise AudioTooLarge(
                    f"this kind of file must be there as a whole and is larger than {limit} bytes; "
                    "write an MP4 with its index first (faststart), or bring another format"
                )
            spool.write(piece)
            piece = self._read(_CHUNK)
        spool.seek(0)
        self._ahead, self._reader, self._seekable = b"", spool, True

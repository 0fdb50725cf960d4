"""Any sound into the house format, as a stream: nothing is held but what is being decoded.

One decoder for every container, so that a file, a pipe and a body that is still arriving are read the same way.
"""

from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from audio.container import Track, open_source
from audio.convert import Converter, PcmConverter
from audio.errors import EmptyAudio, NotAudio
from audio.loudness import Loudness
from audio.pcm import HOUSE_RATE, PcmFormat, Samples, from_bytes
from audio.source import Reader, Source

BLOCK = 2_560
"""A block has at least so many samples, except for the last one."""
_TOLERANCE_S = 0.25
_RAW_BYTES = 16_384


class Decoder:
    """Iterates over the blocks of one sound; read and write happen in the calling thread.

    What is cut short or partly damaged gives all that can be read; afterwards `damaged` counts the packets that could
    not be, and `truncated` says that less came than the container had promised (MP3, Ogg and AAC promise nothing). A
    reader that fails gives all that came before; then its exception is raised.
    """

    def __init__(
        self, origin: Path | Reader, *, raw: PcmFormat | None = None, loudness: Loudness | None = None
    ) -> None:
        """Decode `origin`, which is opened with the first block; `raw` says that it is `s16le` PCM without a header."""
        self.truncated = False
        self.damaged = 0
        self.samples = 0
        self._origin = origin
        self._raw = raw
        self._loudness = loudness
        self._blocks = self._decode()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Samples:
        """Return the next block. Raises an AudioError, OSError, or what the reader raised."""
        return next(self._blocks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything. May be called twice."""
        self._blocks.close()

    def _decode(self) -> Generator[Samples, None, None]:
        source = Source(self._origin)
        try:
            pieces = self._container(source) if self._raw is None else self._plain(source, self._raw)
            for block in joined(pieces):
                self.samples += block.size
                yield block
            if source.error is not None:
                raise source.error
            if not self.samples:
                raise EmptyAudio("there is nothing to hear in it")
        finally:
            source.close()

    def _plain(self, source: Source, form: PcmFormat) -> Iterator[Samples]:
        converter = PcmConverter(form)
        while piece := source.read(_RAW_BYTES):
            yield from_bytes(converter.push(piece))
        yield from_bytes(converter.flush())

    def _container(self, source: Source) -> Iterator[Samples]:
        try:
            track = open_source(source)
        except NotAudio:
            if source.error is not None:
                raise source.error from None
            if not source.bytes_seen:
                raise EmptyAudio("there is nothing in it") from None
            raise
        try:
            yield from decode_track(track, self._loudness)
            self.damaged = track.damaged
            stated = track.stated_s()
            lacking = stated is not None and self.samples / HOUSE_RATE < stated - _TOLERANCE_S
            self.truncated = lacking or _wave_lacks(source)
        finally:
            track.close()


def decode_track(track: Track, loudness: Loudness | None = None) -> Iterator[Samples]:
    """Yield the sound of `track`; rate and channels may change within it. Raises NotAudio, ProtectedAudio."""
    converter: Converter | None = None
    now: tuple[int, tuple[str, ...]] | None = None
    for sound in track.sounds():
        if converter is None or now != (sound.rate, sound.channels):
            if converter is not None:
                yield converter.flush()
            now = (sound.rate, sound.channels)
            converter = Converter(sound.rate, len(sound.channels), sound.channels, loudness=loudness)
        yield converter.push(sound.samples)
    if converter is not None:
        yield converter.flush()
    elif track.damaged:
        raise NotAudio("the sound is damaged beyond reading")


def joined(pieces: Iterator[Samples]) -> Iterator[Samples]:
    """Join small pieces into blocks."""
    waiting: list[Samples] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += piece.size
        if size >= BLOCK:
            yield np.concatenate(waiting)
            waiting, size = [], 0
    if size:
        yield np.concatenate(waiting)


def _wave_lacks(source: Source) -> bool:
    """Whether a WAV file is shorter than its head says; 0 and all ones stand for a length that was not known."""
    head = source.head
    stated = int.from_bytes(head[4:8], "little")
    return head[:4] == b"RIFF" and 0 < stated < 0xFFFF_FF00 and stated + 8 > source.bytes_seen + 1

"""Sound that somebody edits with pydub. pydub itself is not needed here, and ffmpeg and ffprobe are not."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from audio.convert import Converter
from audio.pcm import Samples

_WIDTHS = {1: ("i1", 128.0), 2: ("<i2", 32_768.0), 4: ("<i4", 2_147_483_648.0)}
_CHUNK_FRAMES = 16_384


class PydubSegment(Protocol):
    """What is used of a `pydub.AudioSegment`: interleaved signed PCM of `sample_width` bytes."""

    frame_rate: int
    channels: int
    sample_width: int

    @property
    def raw_data(self) -> bytes:
        """The bytes of all samples."""
        ...


def from_pydub(segment: PydubSegment) -> Iterator[Samples]:
    """Yield `segment` in the house format. Raises TooManyChannels; ValueError for a width that pydub never has."""
    if segment.sample_width not in _WIDTHS:
        raise ValueError("samples of pydub have 1, 2 or 4 bytes")
    kind, scale = _WIDTHS[segment.sample_width]
    converter = Converter(segment.frame_rate, segment.channels)
    data = memoryview(segment.raw_data)
    size = _CHUNK_FRAMES * segment.channels * segment.sample_width
    for start in range(0, len(data), size):
        sound = np.frombuffer(data[start : start + size], kind).reshape(-1, segment.channels)
        yield converter.push((sound / np.float64(scale)).astype(np.float32))
    yield converter.flush()

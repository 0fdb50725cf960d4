"""Plain PCM: mono samples of 16 bits as numpy arrays, their sample rate, and WAV files of them."""

import io
import wave

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""Mono PCM, one `int16` per sample."""

SAMPLE_BYTES = 2


def resample(samples: Samples, source: int, target: int) -> Samples:
    """Return `samples` of rate `source` Hz at `target` Hz, aligned in time with the original.

    For a whole signal at hand; `Resampler` takes one that arrives in pieces.
    """
    if source == target or samples.size == 0:
        return samples
    return soxr.resample(samples, source, target, quality="HQ")


class Resampler:
    """Changes the rate of a signal that arrives in pieces, without a seam between them."""

    def __init__(self, source: int, target: int) -> None:
        """Convert from `source` Hz to `target` Hz."""
        self._stream = soxr.ResampleStream(source, target, 1, dtype="int16", quality="HQ")

    def push(self, samples: Samples, *, last: bool = False) -> Samples:
        """Return what is ready after `samples`; with `last` also all that was held back."""
        return self._stream.resample_chunk(samples, last)


def from_bytes(data: bytes) -> Samples:
    """Return the samples in little-endian `data`; a torn sample at the end raises ValueError."""
    if len(data) % SAMPLE_BYTES:
        raise ValueError("PCM of 16 bits has an even number of bytes")
    return np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)


def to_wav(samples: Samples, rate: int) -> bytes:
    """Return a WAV file of `samples` at `rate` Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(rate)
        writer.writeframes(samples.astype("<i2", copy=False).tobytes())
    return file.getvalue()

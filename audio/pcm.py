"""Plain PCM: mono samples of 16 bits as numpy arrays, their sample rate, and WAV files of them.

The house format is signed 16 bits, little-endian, mono, 16 kHz. Lengths are samples or whole microseconds.
"""

import io
import wave
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""Mono PCM, one `int16` per sample."""

SAMPLE_BYTES = 2
HOUSE_RATE = 16_000
MAX_CHANNELS = 8
LIVE_RATES = range(8_000, 48_001)
"""The sample rates in Hz that are taken from a microphone."""
RATES = range(4_000, 768_001)
"""The sample rates in Hz that sound may have at all: a rate of 1 would turn a second of it into hours."""


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """Interleaved `s16le` PCM: `rate` in Hz, `channels` in the order of WAV."""

    rate: int = HOUSE_RATE
    channels: int = 1

    def __post_init__(self) -> None:
        """Raise ValueError for what no PCM of ours can be."""
        if self.rate not in RATES:
            raise ValueError(f"a sample rate is between {RATES[0]} and {RATES[-1]} Hz")
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise ValueError(f"PCM has 1 to {MAX_CHANNELS} channels")

    @property
    def frame_bytes(self) -> int:
        """The bytes of one sample of every channel."""
        return SAMPLE_BYTES * self.channels


HOUSE = PcmFormat()


def duration_us(samples: int, rate: int = HOUSE_RATE) -> int:
    """Return how long `samples` at `rate` Hz last, in whole microseconds, rounded down."""
    return samples * 1_000_000 // rate


def samples_in(milliseconds: int, rate: int = HOUSE_RATE) -> int:
    """Return how many samples at `rate` Hz last `milliseconds`, rounded down."""
    return milliseconds * rate // 1_000


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


def to_bytes(samples: Samples) -> bytes:
    """Return `samples` as little-endian bytes."""
    return samples.astype("<i2", copy=False).tobytes()


def to_wav(samples: Samples, rate: int) -> bytes:
    """Return a WAV file of `samples` at `rate` Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(SAMPLE_BYTES)
        writer.setframerate(rate)
        writer.writeframes(to_bytes(samples))
    return file.getvalue()

"""Another sample rate for a signal that arrives in pieces."""

import numpy as np
import soxr
from numpy.typing import NDArray

from audio.pcm import HOUSE_RATE

Signal = NDArray[np.float32]
"""Mono, full scale is ±1; a value beyond it is still to be limited."""


class StreamResampler:
    """Changes the rate of a signal in pieces; the result does not depend on where they were cut.

    After `flush` exactly `samples_out` samples were returned: those of `samples_in` at the new rate, rounded.
    """

    def __init__(self, source: int, target: int = HOUSE_RATE) -> None:
        """Convert from `source` Hz to `target` Hz."""
        self.samples_in = 0
        self.samples_out = 0
        self._stream = None if source == target else soxr.ResampleStream(source, target, 1, dtype="float32")

    def push(self, signal: Signal) -> Signal:
        """Return what is ready after `signal`; some of it is held back for the samples to come."""
        return self._convert(signal, last=False)

    def flush(self) -> Signal:
        """Return all that was held back. Nothing may be pushed afterwards."""
        return self._convert(np.empty(0, np.float32), last=True)

    def _convert(self, signal: Signal, *, last: bool) -> Signal:
        done = signal if self._stream is None else self._stream.resample_chunk(signal, last)
        self.samples_in += signal.size
        self.samples_out += done.size
        return done

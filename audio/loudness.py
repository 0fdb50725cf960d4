"""One loudness for sources of different ones. Streaming, pure numpy; put a `Limiter` behind it."""

import numpy as np

from audio.pcm import HOUSE_RATE
from audio.resample import Signal

GATE_DB = -50.0
"""A block below this is a pause: it says nothing about how loud somebody speaks."""
BLOCK_S = 0.100
MEMORY_BLOCKS = 30


class Loudness:
    """Brings the mean level of what sounds to `target_db` below full scale, by at most `most_db` up or down.

    The level is the gated mean square of about the last 3 s; the gain changes smoothly from block to block of 100 ms.
    """

    def __init__(self, target_db: float = -20.0, most_db: float = 12.0, rate: int = HOUSE_RATE) -> None:
        """Level a signal of `rate` Hz."""
        self._target = 10 ** (target_db / 10)
        self._most = 10 ** (most_db / 20)
        self._block = int(BLOCK_S * rate)
        self._rest = np.empty(0, np.float32)
        self._power: float | None = None
        self._gain = 1.0

    def push(self, signal: Signal) -> Signal:
        """Return the whole blocks so far at their new level."""
        signal = np.concatenate([self._rest, signal])
        whole = signal.size - signal.size % self._block
        self._rest = signal[whole:]
        blocks = [self._level(block) for block in signal[:whole].reshape(-1, self._block)]
        return np.concatenate(blocks) if blocks else np.empty(0, np.float32)

    def flush(self) -> Signal:
        """Return the last, shorter block."""
        rest, self._rest = self._rest, np.empty(0, np.float32)
        return self._level(rest) if rest.size else rest

    def _level(self, block: Signal) -> Signal:
        power = float(np.mean(np.square(block)))
        before = self._gain
        if power > 10 ** (GATE_DB / 10):
            first = self._power is None
            self._power = power if self._power is None else self._power + (power - self._power) / MEMORY_BLOCKS
            self._gain = min(max((self._target / self._power) ** 0.5, 1 / self._most), self._most)
            before = self._gain if first else before
        return (block * np.linspace(before, self._gain, block.size, endpoint=False)).astype(np.float32)

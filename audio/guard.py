"""Keeps a signal within full scale, and on request at one loudness. Streaming, pure numpy."""

import numpy as np

from audio.pcm import HOUSE_RATE, Samples
from audio.resample import Signal

CEILING = 32_767 / 32_768
"""No sample of the result is larger: full scale of 16 bits."""
ATTACK_S = 0.005
HOLD_S = 0.050
_EMPTY = np.empty(0, np.float32)


def to_samples(signal: Signal) -> Samples:
    """Return `signal` as 16 bits, rounded; beyond full scale it is cut off."""
    return np.clip(np.rint(signal * 32_768), -32_768, 32_767).astype(np.int16)


def _lowest(values: Signal, width: int) -> Signal:
    """Return the minimum of every `width` neighbours; `width` - 1 values fewer."""
    done = 1
    while done * 2 <= width:
        values = np.minimum(values[:-done], values[done:])
        done *= 2
    left = width - done
    return np.minimum(values[:-left], values[left:]) if left else values


class Limiter:
    """Turns the gain down before a peak comes and holds it for a while; a signal within the ceiling stays as it is.

    As many samples come out as went in, 5 ms later; the result does not depend on where the pieces were cut.
    """

    def __init__(self, rate: int = HOUSE_RATE) -> None:
        """Guard a signal of `rate` Hz."""
        self._ahead = int(ATTACK_S * rate)
        self._behind = int(HOLD_S * rate) + self._ahead
        self._signal = _EMPTY
        self._allowed = np.ones(self._behind, np.float32)

    def push(self, signal: Signal) -> Signal:
        """Return what is safe by now."""
        return self._limit(signal, keep=self._ahead)

    def flush(self) -> Signal:
        """Return what was held back; a new signal may follow."""
        done = self._limit(_EMPTY, keep=0)
        self._allowed = np.ones(self._behind, np.float32)
        return done

    def _limit(self, signal: Signal, *, keep: int) -> Signal:
        """Return all but the last `keep` samples, each with the gain that the peaks around it allow.

        The gain is the mean over the attack of the lowest that is allowed within the hold before and the attack after;
        each of these minima includes the sample's own, so their mean is not above it.
        """
        peaks = np.maximum(np.abs(signal), CEILING)
        self._signal = np.concatenate([self._signal, signal])
        self._allowed = np.concatenate([self._allowed, (CEILING / peaks).astype(np.float32)])
        ready = self._signal.size - keep
        if ready <= 0:
            return _EMPTY
        done, self._signal = self._signal[:ready], self._signal[ready:]
        allowed = self._allowed
        if keep == 0:
            allowed = np.concatenate([allowed, np.ones(self._ahead, np.float32)])
        self._allowed = self._allowed[ready:]
        if allowed.min() >= 1:
            return done
        lowest = _lowest(allowed, self._behind + 1)
        sums = np.cumsum(np.concatenate([[0.0], lowest]))
        gain = (sums[self._ahead + 1 :] - sums[: -self._ahead - 1]) / (self._ahead + 1)
        return (done * gain[:ready]).astype(np.float32)

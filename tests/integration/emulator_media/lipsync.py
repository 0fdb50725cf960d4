"""How far lips and sound are apart, from what a viewer sees and hears."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOUTH: Final = (slice(400, 500), slice(220, 320))
"""Where the lips are in the picture: rows and columns."""

DARK: Final = 75
"""What is darker than this is the inside of the mouth."""

WINDOW: Final = 0.01
"""The step in which sound is measured, in seconds."""

REACH: Final = 0.4
"""Lips and sound that are farther apart, in seconds, are not of the same syllable."""

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Times and values."""


@dataclass(frozen=True, slots=True)
class Lag:
    """One start of speech: when the sound came, and how much later the lips did (negative: earlier), in seconds."""

    at: float
    lips: float


def openness(times: list[float], pictures: list[NDArray[np.int16]], rest: NDArray[np.int16]) -> Curve:
    """Return how much more of the dark of the mouth each picture shows than `rest`: planes of shape (960, 540)."""
    values = [float((p[MOUTH] < DARK).sum()) - float((rest[MOUTH] < DARK).sum()) for p in pictures]
    return np.asarray(times), np.clip(np.asarray(values), 0.0, None)


def loudness(times: list[float], sounds: list[NDArray[np.int16]], rate: int = 48_000) -> Curve:
    """Return the loudness in steps of `WINDOW`; `sounds` are mono, and start at `times`."""
    step = round(rate * WINDOW)
    at: list[float] = []
    values: list[float] = []
    for begin, sound in zip(times, sounds, strict=True):
        for first in range(0, len(sound) - step + 1, step):
            at.append(begin + (first + step / 2) / rate)
            values.append(float(np.sqrt(np.square(sound[first : first + step].astype(np.float64)).mean())))
    return np.asarray(at), np.asarray(values)


def starts(curve: Curve, quiet: float = 0.3) -> list[float]:
    """Return when the curve rises over a fifth of its height after at least `quiet` seconds below it."""
    times, values = curve
    line = 0.2 * float(np.quantile(values, 0.98))
    found: list[float] = []
    below_since = times[0]
    for (before, low), (now, high) in pairwise(zip(times.tolist(), values.tolist(), strict=True)):
        if low < line <= high:
            if before - below_since >= quiet:
                found.append(before + (now - before) * (line - low) / (high - low))
        elif high < line <= low:
            below_since = now
    return found


def lags(lips: Curve, sound: Curve) -> list[Lag]:
    """Return, for every start of sound, the nearest start of the lips, unless none is within `REACH`."""
    moves = starts(lips)
    found = [Lag(at, min((move - at for move in moves), key=abs, default=np.inf)) for at in starts(sound)]
    return [lag for lag in found if abs(lag.lips) <= REACH]


def offset(lips: Curve, sound: Curve, reach: float = REACH) -> float:
    """Return by how much the lips come later than the sound as a whole: where the two curves agree best."""
    step = 0.005
    first, last = max(lips[0][0], sound[0][0]), min(lips[0][-1], sound[0][-1])
    grid = np.arange(first + reach, last - reach, step)
    loud = np.convolve(sound[1], np.ones(5) / 5, mode="same")
    heard = np.interp(grid, sound[0], np.sqrt(loud))
    shifts = np.arange(-reach, reach + step, step)
    fits = [float(np.corrcoef(heard, np.interp(grid + shift, *lips))[0, 1]) for shift in shifts]
    return float(shifts[int(np.argmax(fits))])

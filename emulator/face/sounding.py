"""The mouth that a sound asks for when no phonemes are known: recorded speech that moves the lips by itself."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.face.mouth_pose import MouthPose
from emulator.performance import SAMPLE_RATE

BEFORE: Final = 0.05
"""How much sound before the moment is listened to, in seconds."""

AFTER: Final = 0.07
"""How much sound after it, in seconds: lips are a little ahead of what they say."""

FLOOR_DB: Final = -48.0
"""Sound below this level, in dB of full scale, leaves the mouth at rest."""

LOUD_DB: Final = -16.0
"""Sound at this level opens it fully."""

_SIZE = 1024
_HOP = 512


def sounding(sound: NDArray[np.int16]) -> MouthPose | None:
    """Return the mouth for `sound`, mono samples at 48 kHz from `BEFORE` to `AFTER`, or None when it is silent.

    Loudness opens the mouth; hissing closes the teeth; dark sound rounds the lips, bright sound spreads them.
    """
    if not sound.any():
        return None
    windows = np.lib.stride_tricks.sliding_window_view(sound.astype(np.float64) / 32768.0, _SIZE)[::_HOP]
    taper = np.hanning(_SIZE)
    weights = np.hanning(len(windows) + 2)[1:-1]
    power = weights @ (np.abs(np.fft.rfft(windows * taper, axis=1)) ** 2) / weights.sum()
    level = 10.0 * np.log10(power.sum() / (np.square(taper).sum() * _SIZE / 2) + 1e-12)
    loud = float(np.clip((level - FLOOR_DB) / (LOUD_DB - FLOOR_DB), 0.0, 1.0))
    if loud == 0.0:
        return None
    low, middle, bright, hiss = (_share(power, *band) for band in _BANDS)
    teeth = float(np.clip(2.2 * hiss - 0.5, 0.0, 1.0))
    width = float(np.clip(1.8 * (bright - 0.12) - 1.3 * (low - middle - 0.15), -0.9, 0.8))
    opening = loud * (0.45 + 0.55 * min(1.0, 2.0 * middle)) * (1.0 - 0.75 * teeth)
    return MouthPose(opening, width * (1.0 - 0.4 * teeth), teeth, smile=max(0.0, 1.0 - 4.0 * loud))


_BANDS: Final = ((80.0, 480.0), (480.0, 1300.0), (1300.0, 3400.0), (3400.0, 24_000.0))


def _share(power: NDArray[np.float64], low: float, high: float) -> float:
    first, last = (round(edge * _SIZE / SAMPLE_RATE) for edge in (low, high))
    return float(power[first:last].sum() / power.sum())

"""Several channels into one. Pure numpy.

The weights are those of ITU-R BS.775: the mean of the standard stereo downmix. What they add up to above full scale is
left to the limiter.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audio.errors import TooManyChannels
from audio.pcm import MAX_CHANNELS
from audio.resample import Signal

_HALF = 0.5
_MINUS_3_DB = math.sqrt(0.5)
_WEIGHTS = {
    "FL": _HALF,
    "FR": _HALF,
    "FC": _MINUS_3_DB,
    "LFE": 0.0,
    "BL": _HALF * _MINUS_3_DB,
    "BR": _HALF * _MINUS_3_DB,
    "SL": _HALF * _MINUS_3_DB,
    "SR": _HALF * _MINUS_3_DB,
    "BC": _HALF,
    "FLC": _HALF,
    "FRC": _HALF,
}
LAYOUTS: dict[int, tuple[str, ...]] = {
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
"""What so many channels are when nothing says it: the order of WAV."""


def weights(channels: int, names: Sequence[str] = ()) -> Signal:
    """Return the weight of each channel; `names` as FFmpeg has them (FL, FR, FC, LFE…), if known. TooManyChannels."""
    if not 1 <= channels <= MAX_CHANNELS:
        raise TooManyChannels(f"the sound has {channels} channels; bring at most {MAX_CHANNELS}")
    if channels == 1:
        return np.ones(1, np.float32)
    known = len(names) == channels and all(name in _WEIGHTS for name in names)
    found = [_WEIGHTS[name] for name in (names if known else LAYOUTS[channels])]
    if not any(found):
        found = [1 / channels] * channels
    return np.array(found, np.float32)


def downmix(sound: NDArray[np.float32], mix: Signal) -> Signal:
    """Return `sound`, of shape (samples, channels), as one channel."""
    return sound[:, 0] if mix.size == 1 else sound @ mix

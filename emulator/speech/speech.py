"""A text as sound."""

from dataclasses import dataclass

from audio.pcm import Samples
from emulator.performance import Phoneme


@dataclass(frozen=True, slots=True)
class Speech:
    """PCM at 48 kHz and its phonemes, which are timed in seconds from the first sample."""

    pcm48: Samples
    phonemes: tuple[Phoneme, ...]

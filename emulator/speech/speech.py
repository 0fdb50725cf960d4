"""A text as sound."""

from dataclasses import dataclass

from audio.pcm import Samples
from emulator.performance import Phoneme


@dataclass(frozen=True, slots=True)
class Speech:
    """PCM at 48 kHz, its phonemes, and when the character acts, in seconds from the first sample."""

    pcm48: Samples
    phonemes: tuple[Phoneme, ...]
    actions: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """How a text is spoken: `speed` in per cent of the usual one, `volume` in dB above the usual one."""

    speed: float = 100.0
    volume: int = 0

"""Performances to watch: a tone, and a text at a known time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from emulator.performance import SAMPLE_RATE, Phoneme, Scene
from emulator.speech.speech import Speech

FIRST_SCENE = Scene()


@dataclass
class Clock:
    """A media clock that starts now and may be put ahead."""

    began: float = field(default_factory=time.perf_counter)

    def now(self) -> float:
        return time.perf_counter() - self.began

    def scene(self) -> Scene:
        return FIRST_SCENE

    def skip(self, seconds: float) -> None:
        self.began -= seconds


@dataclass
class Tone(Clock):
    """Somebody who hums one tone: never silent, no phonemes."""

    frequency: float = 440.0

    def audio(self, start: int, count: int) -> NDArray[np.int16]:
        at = np.arange(start, start + count)
        return np.rint(12_000 * np.sin(2 * np.pi * self.frequency * at / SAMPLE_RATE)).astype(np.int16)

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        return ()


@dataclass
class Silent(Clock):
    """Somebody who says nothing."""

    def audio(self, start: int, count: int) -> NDArray[np.int16]:
        return np.zeros(count, np.int16)

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        return ()


class Spoken(Silent):
    """Somebody who says `speech` from `at` seconds on."""

    def __init__(self, speech: Speech, at: float) -> None:
        super().__init__()
        self._first = round(at * SAMPLE_RATE)
        self._pcm = np.asarray(speech.pcm48, np.int16)
        self._phonemes = [replace(p, start=p.start + at, end=p.end + at) for p in speech.phonemes]

    @property
    def end(self) -> float:
        """Return when the last sample has been said."""
        return (self._first + len(self._pcm)) / SAMPLE_RATE

    def audio(self, start: int, count: int) -> NDArray[np.int16]:
        sound = np.zeros(count, np.int16)
        low, high = max(start, self._first), min(start + count, self._first + len(self._pcm))
        if low < high:
            sound[low - start : high - start] = self._pcm[low - self._first : high - self._first]
        return sound

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        return [p for p in self._phonemes if p.end > start and p.start < end]

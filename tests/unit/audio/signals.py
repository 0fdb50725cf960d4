"""Signals for the tests of `audio`."""

import numpy as np

from audio.resample import Signal


def tone(frequency: float, rate: int, seconds: float, level: float = 0.5) -> Signal:
    return (level * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def noise(size: int, level: float = 0.3, seed: int = 0) -> Signal:
    return (np.random.default_rng(seed).standard_normal(size) * level).astype(np.float32)


def loudest_pitch(signal: Signal, rate: int = 16_000) -> float:
    """The frequency in Hz with the most energy."""
    spectrum = np.abs(np.fft.rfft(signal * np.hanning(signal.size)))
    return float(np.argmax(spectrum) * rate / signal.size)

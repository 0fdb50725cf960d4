"""Chance that is a function of a seed and of time, so that every moment can be drawn by itself, and again."""

import math

_MASK = (1 << 64) - 1


def chance(seed: int, *keys: int) -> float:
    """Return a number in [0, 1) that `seed` and `keys` decide (SplitMix64)."""
    state = seed & _MASK
    for key in keys:
        state = (state + 0x9E3779B97F4A7C15 + (key & _MASK) * 0xD1342543DE82EF95) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return (state >> 11) / (1 << 53)


def drift(seed: int, channel: int, t: float, period: float) -> float:
    """Return smooth noise in [-1, 1] at `t`, which wanders to a new place every `period` seconds."""
    place = t / period
    step = math.floor(place)
    part = place - step
    part = part * part * part * (part * (6.0 * part - 15.0) + 10.0)
    here, there = chance(seed, channel, step), chance(seed, channel, step + 1)
    return 2.0 * (here + (there - here) * part) - 1.0

"""The mouth at a moment as a pure function of the phonemes around it: co-articulation by weighted smoothing."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from emulator.face.english import ENGLISH
from emulator.face.mandarin import MANDARIN
from emulator.face.mouth_pose import MouthPose
from emulator.face.visemes import BITE, PRESS, REST, SCHWA, Viseme
from emulator.performance import Language, Phoneme

REACH: Final = 0.5
"""How far before and after a moment its phonemes matter, in seconds."""

SPREAD: Final = 0.07
"""Half the width of the smoothing, in seconds."""

LEAD: Final = 0.02
"""How much earlier than the sound the lips move, in seconds."""

TOUCH: Final = 0.03
"""Lips that touch do so at least this long before and after the middle of the sound: one video frame falls into it."""

APPROACH: Final = 0.05
"""How long lips that will touch or have touched are on their way, in seconds."""

SETTLE: Final = 0.4
"""How long before and after speech a smile fades, in seconds."""

WAYS: Final[dict[Language, dict[str, tuple[tuple[Viseme, float], ...]]]] = {"en": ENGLISH, "cmn": MANDARIN}
UNKNOWN: Final = ((SCHWA, 1.0),)
"""The way through a symbol that no mapping knows, as a newer synthesiser may give: a mouth a little open."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One shape and when the sound asks for it, in seconds."""

    viseme: Viseme
    start: float
    end: float


def segments(phonemes: Sequence[Phoneme]) -> Iterator[Segment]:
    """Yield the shapes of `phonemes` in turn."""
    for phoneme in phonemes:
        start, length = phoneme.start, phoneme.end - phoneme.start
        for viseme, share in WAYS[phoneme.language].get(phoneme.symbol, UNKNOWN):
            yield Segment(viseme, start, start + length * share)
            start += length * share


def speaking(phonemes: Sequence[Phoneme], t: float) -> float:
    """Return how much the face is busy with speech around `t`: 0 in silence, 1 amid speech."""
    share = sum(_mass(phoneme.start - t, phoneme.end - t, SETTLE) for phoneme in phonemes)
    return min(1.0, 1.6 * share)


def mouth_at(phonemes: Sequence[Phoneme], t: float) -> MouthPose:
    """Return the mouth at `t`, seconds on the clock of `phonemes`, which have to cover `REACH` on both sides.

    Without a phoneme within `SETTLE` it is exactly at rest.
    """
    at = t + LEAD
    parts: list[tuple[float, MouthPose]] = []
    quiet, press, bite = 1.0, 0.0, 0.0
    for segment in segments(phonemes):
        share = _mass(segment.start - at, segment.end - at, SPREAD)
        if share > 0.0:
            quiet -= share
            parts.append((share * segment.viseme.dominance, replace(segment.viseme.pose, press=0.0, bite=0.0)))
        if segment.viseme is PRESS:
            press = max(press, _touch(segment, at))
        elif segment.viseme is BITE:
            bite = max(bite, _touch(segment, at))
    if quiet > 1e-9 or not parts:
        parts.append((max(quiet, 1e-9) * REST.dominance, REST.pose))
    mixed = MouthPose.mix(parts)
    calm = 1.0 - speaking(phonemes, t)
    return replace(
        mixed,
        opening=mixed.opening * (1.0 - max(press, bite)),
        press=press,
        bite=bite,
        smile=min(mixed.smile, calm),
    )


def _touch(segment: Segment, at: float) -> float:
    """Return how far the lips of a touching sound have come together: 1 around the middle of the sound."""
    middle = (segment.start + segment.end) / 2
    half = max(TOUCH, (segment.end - segment.start) / 2 - APPROACH / 2)
    away = abs(at - middle) - half
    return 1.0 - _ease(min(1.0, max(0.0, away) / APPROACH))


def _ease(part: float) -> float:
    return part * part * (3.0 - 2.0 * part)


def _mass(start: float, end: float, spread: float) -> float:
    """Return the part of a raised cosine, centred at 0 and `spread` wide to each side, within [start, end)."""
    return max(0.0, _sum(end / spread) - _sum(start / spread))


def _sum(u: float) -> float:
    if u <= -1.0:
        return 0.0
    return 1.0 if u >= 1.0 else 0.5 * (1.0 + u + math.sin(math.pi * u) / math.pi)

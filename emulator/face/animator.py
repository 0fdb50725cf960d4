"""The life of a face: what it does at each moment, as a pure function of a seed, the time and the speech around."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from emulator.face.articulation import mouth_at, speaking
from emulator.face.face_pose import FacePose
from emulator.face.mouth_pose import MouthPose
from emulator.face.noise import chance, drift
from emulator.performance import Phoneme

BLINK_SLOT: Final = 3.8
"""One blink falls into every slot of so many seconds."""

CLOSE_SECONDS, SHUT_SECONDS, OPEN_SECONDS = 0.07, 0.04, 0.16
DOUBLE_BLINKS: Final = 0.14
BREATH_SECONDS: Final = 4.4
GLANCE_SLOT: Final = 1.3
REST_LID: Final = 0.94

STRESSED: Final = 0.11
"""A vowel at least this long may be nodded to, in seconds."""

BOW_SECONDS, BOW_PIXELS = 0.8, 7.0
"""How long and how deep an action of the text lets the head nod."""

_SWAY, _NOD, _TURN, _TILT, _BLINK, _DOUBLE, _GLANCE, _WHERE, _STRESS = range(9)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a head at rest moves: pixels, and radians of tilt. Speech doubles it."""

    sway: float = 0.7
    nod: float = 0.4
    turn: float = 0.5
    tilt: float = 0.004
    breath: float = 1.3


LIMITS: Final = Limits()


class Animator:
    """The life of one face; two with the same seed live alike."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def pose(
        self, t: float, phonemes: Sequence[Phoneme], sounding: MouthPose | None = None, nods: Sequence[float] = ()
    ) -> FacePose:
        """Return the face at `t`, in seconds; `phonemes` have to cover half a second before and after `t`.

        `sounding` is the mouth that sound without phonemes asks for; it is used where no phoneme is near. At `nods`
        the head begins a nod that nobody misses.
        """
        busy = speaking(phonemes, t)
        mouth = mouth_at(phonemes, t)
        if sounding is not None and busy == 0.0:
            mouth, busy = sounding, 1.0 - sounding.smile
        gaze_x, gaze_y = self._gaze(t)
        vigour = 1.0 + busy
        return FacePose(
            mouth=mouth,
            lid=self._lid(t),
            gaze_x=gaze_x,
            gaze_y=gaze_y,
            sway=LIMITS.sway * vigour * self._wander(_SWAY, t, 3.1),
            nod=LIMITS.nod * vigour * self._wander(_NOD, t, 2.3) + 2.2 * self._nods(phonemes, t) + _bow(nods, t),
            turn=LIMITS.turn * vigour * self._wander(_TURN, t, 4.3),
            tilt=LIMITS.tilt * vigour * self._wander(_TILT, t, 3.7),
            breath=LIMITS.breath * _breath(t),
            brow=busy * (1.2 + 1.2 * self._nods(phonemes, t)),
        )

    def _wander(self, channel: int, t: float, period: float) -> float:
        slow, quick = drift(self._seed, channel, t, period), drift(self._seed, channel + 100, t, period / 2.7)
        return 0.75 * slow + 0.25 * quick

    def _lid(self, t: float) -> float:
        slot = math.floor(t / BLINK_SLOT)
        return REST_LID * (1.0 - max(self._blink(number, t) for number in (slot - 1, slot)))

    def _blink(self, slot: int, t: float) -> float:
        """Return how far the blink of `slot` has shut the eyes, 0..1."""
        start = BLINK_SLOT * (slot + 0.1 + 0.75 * chance(self._seed, _BLINK, slot))
        shut = _lid_shut(t - start)
        if chance(self._seed, _DOUBLE, slot) < DOUBLE_BLINKS:
            shut = max(shut, _lid_shut(t - start - 0.34))
        return shut

    def _gaze(self, t: float) -> tuple[float, float]:
        """Return where the eyes look: mostly at the viewer, now and then a little beside, and back at once."""
        slot = math.floor(t / GLANCE_SLOT)
        begin = GLANCE_SLOT * (slot + 0.5 * chance(self._seed, _GLANCE, slot))
        if t < begin:
            slot -= 1
        pick, where = chance(self._seed, _WHERE, slot), chance(self._seed, _WHERE, slot, 1)
        if pick < 0.62:
            return 0.0, 0.0
        return (-0.5, 0.5, -0.5, 0.5, -1.0, 1.0)[int(where * 6)], 0.0 if pick < 0.9 else 1.0

    def _nods(self, phonemes: Sequence[Phoneme], t: float) -> float:
        """Return the nod with the long vowels around `t`, 0..1; not every one is nodded to."""
        nod = 0.0
        for phoneme in phonemes:
            length = phoneme.end - phoneme.start
            if length >= STRESSED and chance(self._seed, _STRESS, round(phoneme.start * 1000)) < 0.45:
                away = (t - (phoneme.start + phoneme.end) / 2) / 0.22
                if abs(away) < 1.0:
                    nod = max(nod, 0.5 + 0.5 * math.cos(math.pi * away))
        return nod


def _bow(nods: Sequence[float], t: float) -> float:
    """Return by how many pixels the head is bowed by the nods around `t`."""
    parts = ((t - begin) / BOW_SECONDS for begin in nods)
    return max((BOW_PIXELS * math.sin(math.pi * part) ** 2 for part in parts if 0.0 < part < 1.0), default=0.0)


def _lid_shut(since: float) -> float:
    """Return how far a blink that began `since` seconds ago has shut the eyes: quickly shut, slowly opened."""
    if since <= 0.0:
        return 0.0
    if since < CLOSE_SECONDS:
        return since / CLOSE_SECONDS
    opening = (since - CLOSE_SECONDS - SHUT_SECONDS) / OPEN_SECONDS
    return 1.0 - min(1.0, max(0.0, opening)) ** 0.8


def _breath(t: float) -> float:
    """Return how far the chest is lifted, 0..1: in quicker than out."""
    part = t / BREATH_SECONDS % 1.0
    lifted = part / 0.42 if part < 0.42 else (1.0 - part) / 0.58
    return 0.5 - 0.5 * math.cos(math.pi * lifted)

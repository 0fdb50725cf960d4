"""The shapes that a speaking mouth passes through, and how strongly each holds its own against its neighbours."""

from dataclasses import dataclass
from typing import Final

from emulator.face.mouth_pose import MouthPose


@dataclass(frozen=True, slots=True)
class Viseme:
    """One shape of the mouth; `dominance` is its weight where two sounds meet, 1 for an ordinary vowel."""

    name: str
    pose: MouthPose
    dominance: float = 1.0


def _open(name: str, opening: float, width: float, dominance: float = 1.0) -> Viseme:
    return Viseme(name, MouthPose(opening, width, smile=0.0), dominance)


def _inside(
    name: str, opening: float, width: float, dominance: float, *, teeth: float = 0, tip: float = 0, between: float = 0
) -> Viseme:
    return Viseme(name, MouthPose(opening, width, teeth, tip, between, smile=0.0), dominance)


REST: Final = Viseme("rest", MouthPose(), 0.7)

# Lips and teeth that touch. `articulation` brings the touch itself; here stands how the mouth is on the way.
PRESS: Final = Viseme("press", MouthPose(0.0, 0.0, press=1.0, smile=0.0), 0.8)
BITE: Final = Viseme("bite", MouthPose(0.08, 0.1, bite=1.0, smile=0.0), 0.8)

# The tongue and the teeth.
DENTAL: Final = _inside("dental", 0.2, 0.1, 1.3, between=1.0)
RIDGE: Final = _inside("ridge", 0.2, 0.15, 0.8, tip=0.85)
LATERAL: Final = _inside("lateral", 0.34, 0.1, 1.0, tip=1.0)
HISS: Final = _inside("hiss", 0.13, 0.55, 1.2, teeth=1.0)
HUSH: Final = _inside("hush", 0.22, -0.6, 1.3, teeth=1.0)
VELAR: Final = _open("velar", 0.24, 0.05, 0.45)
ARHOTIC: Final = _inside("r", 0.2, -0.5, 1.0, tip=0.3)
BREATH: Final = _open("breath", 0.34, 0.0, 0.2)

# Vowels, from spread over open to round.
EE: Final = _open("ee", 0.2, 0.95)
IH: Final = _open("ih", 0.28, 0.5, 0.8)
EH: Final = _open("eh", 0.46, 0.45)
AE: Final = _open("ae", 0.68, 0.4)
AH: Final = _open("ah", 0.92, 0.0)
UH: Final = _open("uh", 0.5, 0.0)
SCHWA: Final = _open("schwa", 0.3, 0.0, 0.5)
ER: Final = _inside("er", 0.32, -0.35, 0.9, tip=0.25)
AW: Final = _open("aw", 0.66, -0.5)
OH: Final = _open("oh", 0.46, -0.8)
UU: Final = _open("uu", 0.28, -0.62, 0.9)
OO: Final = _open("oo", 0.2, -0.95)
GLIDE_W: Final = _open("w", 0.1, -1.0, 1.3)

# Mandarin has shapes of its own.
PALATAL: Final = _inside("palatal", 0.16, 0.75, 1.2, teeth=0.9)
RETROFLEX: Final = _inside("retroflex", 0.24, -0.4, 1.3, teeth=0.8)
APICAL_FRONT: Final = _inside("apical-front", 0.12, 0.65, 1.2, teeth=1.0)
APICAL_BACK: Final = _inside("apical-back", 0.2, 0.1, 1.1, teeth=0.65)
UNROUNDED: Final = _open("unrounded", 0.42, 0.25)
RHOTIC: Final = _inside("rhotic", 0.46, -0.1, 1.0, tip=0.75)
YU: Final = _open("yu", 0.12, -1.0, 1.2)

VISEMES: Final = (
    REST, PRESS, BITE, DENTAL, RIDGE, LATERAL, HISS, HUSH, VELAR, ARHOTIC, BREATH, EE, IH, EH, AE, AH, UH, SCHWA, ER,
    AW, OH, UU, OO, GLIDE_W, PALATAL, RETROFLEX, APICAL_FRONT, APICAL_BACK, UNROUNDED, RHOTIC, YU,
)  # fmt: skip

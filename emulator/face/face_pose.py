"""The state of the whole face at one moment."""

from dataclasses import dataclass, field

from emulator.face.mouth_pose import MouthPose


@dataclass(frozen=True, slots=True)
class FacePose:
    """One moment of the face. Lengths are pixels of the picture, `tilt` is radians, the rest 0..1 or -1..1.

    `sway` and `nod` move the head to the right and down, `turn` moves the nose to the right against the ears,
    `breath` lifts the chest, `brow` lifts the brows.
    """

    mouth: MouthPose = field(default_factory=MouthPose)
    lid: float = 1.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0
    sway: float = 0.0
    nod: float = 0.0
    turn: float = 0.0
    tilt: float = 0.0
    breath: float = 0.0
    brow: float = 0.0

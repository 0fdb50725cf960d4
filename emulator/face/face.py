"""A living face: what stage and tests ask for a picture of a moment."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.face.animator import Animator
from emulator.face.articulation import REACH
from emulator.face.atlas import Picture, load_atlas
from emulator.face.compositor import Compositor
from emulator.face.sounding import AFTER, BEFORE, sounding
from emulator.performance import SAMPLE_RATE, Performance, Phoneme

WIDTH: Final = 540
HEIGHT: Final = 960
RATE: Final = 25
"""Pictures a second."""


class Face:
    """One character with one atlas and a life of its own; not thread-safe."""

    def __init__(self, seed: int = 0) -> None:
        """Load the atlas; raise `AtlasError` when it is damaged."""
        self._animator = Animator(seed)
        self._compositor = Compositor(load_atlas())

    def draw(
        self, t: float, phonemes: Sequence[Phoneme], sound: NDArray[np.int16], nods: Sequence[float] = ()
    ) -> Picture:
        """Return the picture of `t` in planar YUV 4:2:0, shape (1440, 540), not to be written to.

        `phonemes` and `sound` are those around `t`, as `around` gives them; `nods` are times to nod at.
        """
        heard = None if phonemes else sounding(sound)
        return self._compositor.draw(self._animator.pose(t, phonemes, heard, nods))

    def matte(self) -> Picture:
        """Return what of the last picture is the character, 0 to 255, of shape (960, 540); not to be written to."""
        return self._compositor.matte()


def around(performance: Performance, t: float) -> tuple[Sequence[Phoneme], NDArray[np.int16]]:
    """Return what a picture of `t` needs of a performance: its phonemes and its sound around `t`."""
    first = round((t - BEFORE) * SAMPLE_RATE)
    sound = performance.audio(max(0, first), round((BEFORE + AFTER) * SAMPLE_RATE))
    return performance.phonemes(t - REACH, t + REACH), sound

"""What an emulated avatar is saying, as the picture and the sound see it: the seam between speech and media."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
"""Rate of `Performance.audio`, the rate of Opus on WebRTC."""

Language = Literal["en", "cmn"]


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One sounded unit of speech, timed by the synthesiser.

    `symbol` is espeak-ng's own name of the phoneme within `language`; `start` and `end` are seconds, in a
    `Performance` on the session's media clock.
    """

    symbol: str
    language: Language
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """How the picture is put together; `position` and `vertical` are fractions of it, to the right and upwards.

    `background` is planar YUV 4:2:0 of shape (height * 3 / 2, width), None for the room that comes with the character.
    `nods` are the seconds of the media clock at which the character nods. With `alpha` the alpha picture stands beside
    the coloured one.
    """

    background: NDArray[np.uint8] | None = None
    position: float = 0.0
    vertical: float = 0.0
    zoom: float = 1.0
    nods: tuple[float, ...] = ()
    alpha: bool = False


class Performance(Protocol):
    """One session's speech on its media clock, which starts at 0 with the session and never stops."""

    def now(self) -> float:
        """Return the media clock in seconds."""
        ...

    def audio(self, start: int, count: int) -> NDArray[np.int16]:
        """Return `count` mono samples at 48 kHz from sample `start` of the media clock, zeros where it is silent."""
        ...

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        """Return the phonemes that overlap [start, end) on the media clock, in order; may look into the future."""
        ...

    def scene(self) -> Scene:
        """Return how the picture is put together; the very object of the last call while nothing changes."""
        ...

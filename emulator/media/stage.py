"""One session's picture, drawn once a frame however many watch it."""

import asyncio
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.face.alpha import whole_width
from emulator.face.atlas import Picture
from emulator.face.face import RATE, WIDTH, Face, around
from emulator.face.staging import Staging
from emulator.performance import SAMPLE_RATE, Performance, Phoneme, Scene

SAMPLES_PER_PICTURE: Final = SAMPLE_RATE // RATE


class Stage:
    """Draws a performance. Pictures are drawn in a worker thread, one at a time, and shared."""

    def __init__(self, performance: Performance, seed: int) -> None:
        self.performance = performance
        self._face = Face(seed)
        self._staging = Staging()
        self._guard = threading.Lock()
        self._drawn: tuple[int, Picture] | None = None

    @property
    def width(self) -> int:
        """Return the width of the pictures; their height is that of the face."""
        return whole_width(WIDTH) if self.performance.scene().alpha else WIDTH

    async def picture(self, tick: int) -> Picture:
        """Return the picture of `tick`, counted in pictures of the media clock; a newer one if that is drawn."""
        drawn = self._drawn
        if drawn is not None and drawn[0] >= tick:
            return drawn[1]
        phonemes, sound = around(self.performance, tick / RATE)
        return await asyncio.to_thread(self._draw, tick, phonemes, sound, self.performance.scene())

    def sound(self, start: int, count: int) -> NDArray[np.int16]:
        """Return `count` samples from sample `start` of the media clock."""
        return self.performance.audio(start, count)

    async def until(self, seconds: float) -> None:
        """Wait for a time of the media clock."""
        ahead = seconds - self.performance.now()
        if ahead > 0:
            await asyncio.sleep(ahead)

    def _draw(self, tick: int, phonemes: Sequence[Phoneme], sound: NDArray[np.int16], scene: Scene) -> Picture:
        with self._guard:
            if self._drawn is not None and self._drawn[0] >= tick:
                return self._drawn[1]
            drawn = self._face.draw(tick / RATE, phonemes, sound, scene.nods)
            picture = self._staging.put(drawn, scene, self._face.matte)
            self._drawn = (tick, picture)
            return picture


class Stages:
    """The stages somebody watches: one for each performance, for as long as it has viewers."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[Stage, int]] = {}
        self._opened = 0

    @contextmanager
    def watch(self, performance: Performance) -> Generator[Stage]:
        """Give the stage of `performance` to one more viewer."""
        key = id(performance)  # the stage holds the performance, so that its id stays its own
        if key not in self._open:
            self._opened += 1
            self._open[key] = (Stage(performance, seed=self._opened), 0)
        stage, watching = self._open[key]
        self._open[key] = (stage, watching + 1)
        try:
            yield stage
        finally:
            stage, watching = self._open[key]
            if watching == 1:
                del self._open[key]
            else:
                self._open[key] = (stage, watching - 1)

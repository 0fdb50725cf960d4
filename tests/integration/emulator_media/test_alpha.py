"""AlphaChannelEnable as a viewer sees it: the coloured picture, 4 pixels of padding, the alpha picture."""

import asyncio
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from emulator.media import Viewers
from emulator.performance import Scene
from tests.integration.emulator_media.performances import Silent
from tests.integration.emulator_media.receiver import watching

WIDTH, LEFT, WHOLE = 540, 544, 1084
HEIGHT = 960
EYES = slice(300, 320)
"""Rows in which the sides of the head are upright."""
GREEN = np.array([145.0, 54.0, 34.0])

Plane = NDArray[np.float64]


@dataclass
class Moving(Silent):
    """Somebody silent who may be put elsewhere."""

    place: Scene = field(default_factory=lambda: Scene(alpha=True))

    def scene(self) -> Scene:
        return self.place


def matte(picture: NDArray[np.int16]) -> Plane:
    """Return the alpha of a decoded picture, 0 to 1."""
    return np.asarray(np.clip((picture[:HEIGHT, LEFT:] - 16.0) / 219.0, 0.0, 1.0), np.float64)


def coloured(picture: NDArray[np.int16]) -> Plane:
    """Return the coloured picture as (height, width, 3) in YUV."""
    colours = picture[HEIGHT:].reshape(2, HEIGHT // 2, WHOLE // 2)[:, :, : WIDTH // 2]
    planes = [picture[:HEIGHT, :WIDTH], *(np.repeat(np.repeat(plane, 2, 0), 2, 1) for plane in colours)]
    return np.stack(planes, axis=-1).astype(np.float64)


def side(marked: NDArray[np.bool_]) -> int:
    """Return the column in which the head begins."""
    return int(np.argmax(marked[EYES].mean(axis=0) > 0.5))


def like_the_room(picture: Plane) -> NDArray[np.bool_]:
    """Return which pixels have the room's bright grey."""
    return (picture[..., 0] > 175) & (np.abs(picture[..., 1:] - 128).max(axis=-1) < 16)


async def test_the_alpha_picture_beside_the_coloured_one_for_a_viewer() -> None:
    viewers, performance = Viewers(), Moving()
    async with watching(viewers, performance) as viewer:
        async with asyncio.timeout(20):
            await viewer.frames(video=25)
            performance.place = Scene(position=0.2, alpha=True)
            await viewer.frames(video=len(viewer.video.frames) + 25)
    await viewers.aclose()
    pictures = [picture for _, picture in viewer.video.frames]
    assert {picture.shape for picture in pictures} == {(HEIGHT * 3 // 2, WHOLE)}
    for picture, moved in ((pictures[20], 0), (pictures[-1], round(0.2 * WIDTH))):
        alpha = matte(picture)
        assert alpha[:80].max() < 0.1
        assert alpha[250:600, 180 + moved : 360 + moved].min() > 0.9
        assert np.abs(picture[:HEIGHT, WIDTH + 1 : LEFT - 1] - 16).mean() < 12
        begins = side(alpha > 0.5)
        assert abs(begins - 117 - moved) <= 3
        assert abs(side(~like_the_room(coloured(picture))) - begins) <= 3
    over_green_nothing_of_the_room_is_left(pictures[20])


def over_green_nothing_of_the_room_is_left(picture: NDArray[np.int16]) -> None:
    alpha, person = matte(picture)[..., None], coloured(picture)
    over = alpha * person + (1.0 - alpha) * GREEN
    around = (slice(0, 500), slice(0, 140))
    assert like_the_room(person[around]).mean() > 0.8
    assert not like_the_room(over[around]).any()
    assert np.abs(over[:90] - GREEN).max() < 25
    assert np.abs(over[200:600, :60] - GREEN).max() < 25
    assert np.abs(over[300:560, 200:340] - person[300:560, 200:340]).mean() < 3

"""Puts the character into a scene: another background, another place, another size."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from emulator.face.alpha import beside
from emulator.face.atlas import FOLDER, ROOM, AtlasError, Picture, planar
from emulator.face.compositor import Planes
from emulator.performance import Scene

MAX_PIXELS: Final = 8192 * 8192
FORMATS: Final = ("JPEG", "PNG")


class BadImageError(ValueError):
    """What was given as a background is no picture."""


def background(data: bytes, width: int, height: int) -> Picture:
    """Return a JPEG or PNG stretched to `width` x `height`, planar YUV 4:2:0; raises BadImageError."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadImageError("the image is too large")
            picture = image.convert("RGB").resize((width, height))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise BadImageError("the image cannot be read") from error
    return planar(picture).reshape(height * 3 // 2, width)


class Staging:
    """Puts one character into scenes; not thread-safe."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Take the room from `folder` when it is first needed."""
        self._folder = folder
        self._room: Picture | None = None
        self._last: tuple[Scene, Picture, Picture] | None = None

    def put(self, picture: Picture, scene: Scene, matte: Callable[[], Picture]) -> Picture:
        """Return `picture` in `scene`: `picture` itself where the scene is the first one, without alpha.

        `matte` gives what of the picture is the character, 0 to 255, of shape (height, width).
        """
        placed = scene.background is not None or _moved(scene)
        if not placed and not scene.alpha:
            return picture
        if self._last is not None and self._last[0] is scene and self._last[1] is picture:
            return self._last[2]
        cut = _move(Image.fromarray(matte()), scene)
        staged = self._compose(picture, scene, cut) if placed else picture
        if scene.alpha:
            staged = beside(staged, np.asarray(cut))
        staged.flags.writeable = False
        self._last = scene, picture, staged
        return staged

    def _compose(self, picture: Picture, scene: Scene, cut: Image.Image) -> Picture:
        canvas = (self._empty_room(picture) if scene.background is None else scene.background).copy()
        source, target, half = Planes.of(picture), Planes.of(canvas), cut.reduce(2)
        for plane, ground, mask in ((source.y, target.y, cut), (source.u, target.u, half), (source.v, target.v, half)):
            moved = _move(Image.fromarray(np.ascontiguousarray(plane)), scene)
            ground[:] = np.asarray(Image.composite(moved, Image.fromarray(ground), mask))
        return canvas

    def _empty_room(self, picture: Picture) -> Picture:
        if self._room is None:
            self._room = _load_room(self._folder, picture.shape[1], picture.shape[0] * 2 // 3)
        return self._room


def _load_room(folder: Path, width: int, height: int) -> Picture:
    try:
        with Image.open(folder / ROOM) as opened:
            room = opened.convert("RGB")
    except OSError as error:
        raise AtlasError("the room cannot be read") from error
    if room.size != (width, height):
        raise AtlasError("the room has another size than the plate")
    return planar(room).reshape(height * 3 // 2, width)


def _moved(scene: Scene) -> bool:
    return (scene.position, scene.vertical, scene.zoom) != (0.0, 0.0, 1.0)


def _move(image: Image.Image, scene: Scene) -> Image.Image:
    """Return `image` zoomed around the middle of its foot and moved; what comes in from outside is black."""
    if not _moved(scene):
        return image
    width, height = image.size
    scale = 1.0 / scene.zoom
    right = width / 2 - scale * (width / 2 + scene.position * width)
    down = height - scale * (height - scene.vertical * height)
    return image.transform(
        image.size, Image.Transform.AFFINE, (scale, 0.0, right, 0.0, scale, down), Image.Resampling.BILINEAR
    )

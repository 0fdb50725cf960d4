"""Puts the character into a scene: another background, another place, another size."""

from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from emulator.face.atlas import FOLDER, MATTE, ROOM, AtlasError, Picture, planar
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
        """Take the room and the matte from `folder` when they are first needed."""
        self._folder = folder
        self._cut: tuple[Picture, Image.Image] | None = None
        self._scene: Scene | None = None
        self._ground: Picture | None = None
        self._mattes: tuple[Image.Image, Image.Image] | None = None
        self._last: tuple[Picture, Picture] | None = None

    def put(self, picture: Picture, scene: Scene) -> Picture:
        """Return `picture` in `scene`, of the same shape; `picture` itself where the scene is the first one."""
        if scene.background is None and (scene.position, scene.vertical, scene.zoom) == (0.0, 0.0, 1.0):
            return picture
        if scene is not self._scene:
            self._prepare(picture, scene)
        elif self._last is not None and self._last[0] is picture:
            return self._last[1]
        assert self._ground is not None
        assert self._mattes is not None
        canvas = self._ground.copy()
        source, target = Planes.of(picture), Planes.of(canvas)
        whole, half = self._mattes
        for plane, ground, matte in (
            (source.y, target.y, whole),
            (source.u, target.u, half),
            (source.v, target.v, half),
        ):
            moved = _move(Image.fromarray(np.ascontiguousarray(plane)), scene)
            ground[:] = np.asarray(Image.composite(moved, Image.fromarray(ground), matte))
        canvas.flags.writeable = False
        self._last = picture, canvas
        return canvas

    def _prepare(self, picture: Picture, scene: Scene) -> None:
        width, height = picture.shape[1], picture.shape[0] * 2 // 3
        if self._cut is None:
            self._cut = _cut_out(self._folder, width, height)
        room, matte = self._cut
        self._ground = room if scene.background is None else scene.background
        whole = _move(matte, scene)
        self._mattes = whole, whole.reduce(2)
        self._scene, self._last = scene, None


def _cut_out(folder: Path, width: int, height: int) -> tuple[Picture, Image.Image]:
    try:
        with Image.open(folder / ROOM) as opened:
            room = opened.convert("RGB")
        with Image.open(folder / MATTE) as opened:
            matte = opened.convert("L")
    except OSError as error:
        raise AtlasError("the room or the matte cannot be read") from error
    if room.size != (width, height) or matte.size != (width, height):
        raise AtlasError("the room and the matte have another size than the plate")
    return planar(room).reshape(height * 3 // 2, width), matte


def _move(image: Image.Image, scene: Scene) -> Image.Image:
    """Return `image` zoomed around the middle of its foot and moved; what comes in from outside is black."""
    width, height = image.size
    scale = 1.0 / scene.zoom
    right = width / 2 - scale * (width / 2 + scene.position * width)
    down = height - scale * (height - scene.vertical * height)
    return image.transform(
        image.size, Image.Transform.AFFINE, (scale, 0.0, right, 0.0, scale, down), Image.Resampling.BILINEAR
    )

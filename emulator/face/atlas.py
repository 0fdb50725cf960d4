"""The drawn character as it ships: a plate, the mouths and the eyes, with an index that says where each stands."""

import hashlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.face.mouth_pose import GRID, Family, Sprite

FOLDER: Final = Path(__file__).with_name("atlas")

ROOM: Final = "room.webp"
"""The picture without the character."""
MATTE: Final = "matte.png"
"""What of the picture is the character, from 0 (the room) to 255."""

Picture = NDArray[np.uint8]

LID_STEPS: Final = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.88, 1.0)
GAZE_X_STEPS: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)
GAZE_Y_STEPS: Final = (-1.0, 0.0, 1.0)


class Box(msgspec.Struct, frozen=True, array_like=True):
    """A rectangle in pixels of the picture; all four are even, so that it covers whole samples of colour."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Return its width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Return its height in pixels."""
        return self.bottom - self.top


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of equal cells in rows of `columns`; each cell replaces `box` of the picture."""

    file: str
    sha256: str
    box: Box
    columns: int
    count: int


class AtlasIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `index.json` says."""

    plate: Sheet
    mouths: Sheet
    eyes: Sheet


class AtlasError(Exception):
    """The atlas does not fit its index; it has to be built again with `python -m emulator.face.build`."""


def mouth_order() -> list[Sprite]:
    """Return the mouths in the order of their cells."""
    families: list[Family] = list(GRID)
    return [
        (family, row, column)
        for family in families
        for row in range(len(GRID[family][0]))
        for column in range(len(GRID[family][1]))
    ]


def eye_order() -> list[tuple[int, int, int]]:
    """Return the eyes, as steps of lid, gaze to the side and gaze down, in the order of their cells."""
    return [
        (lid, x, y) for lid in range(len(LID_STEPS)) for x in range(len(GAZE_X_STEPS)) for y in range(len(GAZE_Y_STEPS))
    ]


@dataclass(frozen=True, slots=True)
class Atlas:
    """The atlas in memory, as planar YUV 4:2:0 in BT.601 studio range.

    `plate` has shape (height * 3 / 2, width). `mouths` and `eyes` hold one flat cell a row: Y, then U, then V. `matte`
    has shape (height, width): what of the plate is the character, from 0 to 255.
    """

    plate: Picture
    matte: Picture
    mouths: Picture
    eyes: Picture
    mouth_box: Box
    eye_box: Box


def planar(image: Image.Image) -> Picture:
    """Return an image of even size as flat planar YUV 4:2:0 in BT.601 studio range."""
    luma, *chroma = (np.asarray(plane, np.float32) for plane in image.convert("YCbCr").split())
    height, width = luma.shape
    planes = [16.0 + luma * (219.0 / 255.0)]
    for plane in chroma:
        small = plane.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        planes.append(128.0 + (small - 128.0) * (224.0 / 255.0))
    return np.concatenate([np.rint(plane).astype(np.uint8).ravel() for plane in planes])


def load_index(folder: Path = FOLDER) -> AtlasIndex:
    """Return the index of the atlas in `folder`; raise `AtlasError` when it is missing or malformed."""
    try:
        return msgspec.json.decode((folder / "index.json").read_bytes(), type=AtlasIndex)
    except (OSError, msgspec.MsgspecError) as error:
        raise AtlasError(f"the atlas' index cannot be read: {error}") from error


def load_cells(sheet: Sheet, folder: Path = FOLDER) -> list[Image.Image]:
    """Return the cells of `sheet` as RGB images; raise `AtlasError` when the file is not the one indexed."""
    data = (folder / sheet.file).read_bytes()
    if hashlib.sha256(data).hexdigest() != sheet.sha256:
        raise AtlasError(f"{sheet.file} is not the file that the index describes")
    with Image.open(BytesIO(data)) as opened:
        image = opened.convert("RGB")
    width, height = sheet.box.width, sheet.box.height
    rows = -(-sheet.count // sheet.columns)
    if image.size != (width * sheet.columns, height * rows):
        raise AtlasError(f"{sheet.file} has {image.size[0]}x{image.size[1]} pixels, its index says otherwise")
    corners = ((i % sheet.columns * width, i // sheet.columns * height) for i in range(sheet.count))
    return [image.crop((x, y, x + width, y + height)) for x, y in corners]


def load_matte(folder: Path = FOLDER) -> Picture:
    """Return the matte in `folder`, of shape (height, width); raise `AtlasError` when it cannot be read."""
    try:
        with Image.open(folder / MATTE) as opened:
            return np.asarray(opened.convert("L"))
    except OSError as error:
        raise AtlasError("the matte cannot be read") from error


@cache
def load_atlas() -> Atlas:
    """Return the atlas that ships with the package, loaded once; raise `AtlasError` when it is damaged."""
    index = load_index()
    if index.mouths.count != len(mouth_order()) or index.eyes.count != len(eye_order()):
        raise AtlasError("the atlas holds other sprites than this version asks for")
    (plate,) = load_cells(index.plate)
    matte = load_matte()
    if matte.shape != (plate.height, plate.width):
        raise AtlasError("the matte has another size than the plate")
    return Atlas(
        plate=planar(plate).reshape(plate.height * 3 // 2, plate.width),
        matte=matte,
        mouths=np.stack([planar(cell) for cell in load_cells(index.mouths)]),
        eyes=np.stack([planar(cell) for cell in load_cells(index.eyes)]),
        mouth_box=index.mouths.box,
        eye_box=index.eyes.box,
    )

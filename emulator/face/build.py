"""Draws the atlas from the art: `python -m emulator.face.build`. Needs resvg-py, at release time only."""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec
import resvg_py
from PIL import Image

from emulator.face.art.eyes import Eyes
from emulator.face.art.mouth import Inside, Mouth
from emulator.face.art.portrait import HEIGHT, WIDTH, portrait
from emulator.face.atlas import (
    FOLDER,
    GAZE_X_STEPS,
    GAZE_Y_STEPS,
    LID_STEPS,
    MATTE,
    ROOM,
    AtlasIndex,
    Box,
    Sheet,
    eye_order,
    mouth_order,
)
from emulator.face.mouth_pose import GRID, Family, Sprite

PLATE_BOX: Final = Box(0, 0, WIDTH, HEIGHT)
MOUTH_BOX: Final = Box(158, 384, 382, 528)
EYE_BOX: Final = Box(166, 280, 374, 360)
"""Cells are whole blocks of 16 pixels, so that compression does not carry one into its neighbours."""
COLUMNS: Final = 12
SPEAKING_SMILE: Final = 0.5
"""How much of the smile stays on the lips of a mouth that speaks."""

_INSIDES: Final[dict[Family, Inside]] = {"plain": "plain", "teeth": "teeth", "tip": "tip", "between": "between"}


def mouth_of(sprite: Sprite) -> Mouth:
    """Return the drawing's parameters of a sprite."""
    family, row, column = sprite
    first, width = GRID[family][0][row], GRID[family][1][column]
    match family:
        case "smile":
            return Mouth(smile=SPEAKING_SMILE + (1.0 - SPEAKING_SMILE) * first)
        case "bite":
            return Mouth(opening=0.2 - 0.12 * first, width=width, bite=first, smile=SPEAKING_SMILE)
        case "press":
            return Mouth(width=width, press=2.0 * first - 1.0, smile=SPEAKING_SMILE)
        case _:
            return Mouth(opening=first, width=width, inside=_INSIDES[family], smile=SPEAKING_SMILE)


def eyes_of(steps: tuple[int, int, int]) -> Eyes:
    """Return the drawing's parameters of a cell of the eyes."""
    lid, x, y = steps
    return Eyes(LID_STEPS[lid], GAZE_X_STEPS[x], GAZE_Y_STEPS[y])


def rasterise(mouth: Mouth, eyes: Eyes, box: Box, zoom: int = 1) -> Image.Image:
    """Return `box` of the picture in RGB, `zoom` times as large."""
    svg = portrait(mouth, eyes, (box.left, box.top, box.right, box.bottom))
    png = resvg_py.svg_to_bytes(
        svg_string=svg, width=box.width * zoom, height=box.height * zoom, skip_system_fonts=True
    )
    with Image.open(BytesIO(bytes(png))) as image:
        return image.convert("RGB")


def cut_out() -> tuple[Image.Image, Image.Image]:
    """Return the empty room in RGB, and what of the picture is the character, 0 to 255."""
    whole = portrait(Mouth(smile=1.0), Eyes())
    begin = whole.index('<g id="background">')
    end = whole.index('<g id="hair-back">')
    room = whole[:end] + "</svg>"
    person = whole[:begin] + whole[end:]
    pictures: list[Image.Image] = []
    for svg, mode in ((room, "RGB"), (person, "RGBA")):
        png = resvg_py.svg_to_bytes(svg_string=svg, width=WIDTH, height=HEIGHT, skip_system_fonts=True)
        with Image.open(BytesIO(bytes(png))) as image:
            pictures.append(image.convert(mode))
    return pictures[0], pictures[1].getchannel("A")


def mouth_cells() -> Iterator[Image.Image]:
    """Yield the mouths in the atlas' order."""
    return (rasterise(mouth_of(sprite), Eyes(), MOUTH_BOX) for sprite in mouth_order())


def eye_cells() -> Iterator[Image.Image]:
    """Yield the eyes in the atlas' order."""
    return (rasterise(Mouth(smile=1.0), eyes_of(steps), EYE_BOX) for steps in eye_order())


def _sheet(folder: Path, file: str, box: Box, cells: Sequence[Image.Image]) -> Sheet:
    columns = min(COLUMNS, len(cells))
    rows = -(-len(cells) // columns)
    image = Image.new("RGB", (columns * box.width, rows * box.height))
    for number, cell in enumerate(cells):
        image.paste(cell, (number % columns * box.width, number // columns * box.height))
    image.save(folder / file, "WEBP", quality=95, method=6)
    digest = hashlib.sha256((folder / file).read_bytes()).hexdigest()
    return Sheet(file, digest, box, columns, len(cells))


def build(folder: Path = FOLDER) -> AtlasIndex:
    """Draw the whole atlas into `folder` and return its index."""
    folder.mkdir(parents=True, exist_ok=True)
    index = AtlasIndex(
        plate=_sheet(folder, "plate.webp", PLATE_BOX, [rasterise(Mouth(smile=1.0), Eyes(), PLATE_BOX)]),
        mouths=_sheet(folder, "mouths.webp", MOUTH_BOX, list(mouth_cells())),
        eyes=_sheet(folder, "eyes.webp", EYE_BOX, list(eye_cells())),
    )
    room, matte = cut_out()
    room.save(folder / ROOM, "WEBP", quality=90, method=6)
    matte.save(folder / MATTE, "PNG", optimize=True)
    (folder / "index.json").write_bytes(msgspec.json.format(msgspec.json.encode(index)) + b"\n")
    return index


if __name__ == "__main__":
    done = build()
    sys.stdout.write(f"{done.mouths.count} mouths and {done.eyes.count} eyes in {FOLDER}\n")

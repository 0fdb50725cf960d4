"""The whole picture as one SVG for a given mouth and pair of eyes."""

from pathlib import Path
from typing import Final

from emulator.face.art import eyes as eye_art
from emulator.face.art import jaw
from emulator.face.art import mouth as mouth_art
from emulator.face.art.eyes import Eyes
from emulator.face.art.mouth import Mouth

WIDTH, HEIGHT = 540, 960
_SIZE: Final = 'viewBox="0 0 540 960" width="540" height="960"'


def portrait(mouth: Mouth, eyes: Eyes, box: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)) -> str:
    """Return the SVG of what lies inside `box`: left, top, right and bottom in pixels of the picture."""
    left, top, right, bottom = box
    size = f'viewBox="{left} {top} {right - left} {bottom - top}" width="{right - left}" height="{bottom - top}"'
    return (
        Path(__file__)
        .with_name("portrait.svg")
        .read_text(encoding="utf-8")
        .replace(_SIZE, size)
        .replace("<!--defs-->", jaw.defs(mouth.jaw) + mouth_art.defs(mouth) + eye_art.defs(eyes))
        .replace("<!--face-->", jaw.drawing(mouth.jaw))
        .replace("<!--mouth-->", mouth_art.drawing(mouth))
        .replace("<!--eyes-->", eye_art.drawing(eyes))
    )

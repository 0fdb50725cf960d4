"""Still pictures of the character for pages and documents: `python -m emulator.face.pictures`, at release time."""

from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

from emulator.face.art.eyes import Eyes
from emulator.face.art.mouth import Mouth
from emulator.face.atlas import Box
from emulator.face.build import PLATE_BOX, rasterise

ROOT: Final = Path(__file__).resolve().parents[2]
BUST: Final = Box(50, 60, 490, 680)
GAP: Final = 20
RADIUS: Final = 28

EXPRESSIONS: Final = (
    (Mouth(smile=1.0), Eyes(lid=0.94)),
    (Mouth(opening=0.45, width=0.4, smile=0.9), Eyes(lid=1.0, gaze_x=0.5)),
    (Mouth(opening=0.22, width=0.8, smile=0.9), Eyes(lid=0.94, gaze_x=-0.5)),
)


def poster(path: Path) -> None:
    """Draw the character at rest, as it stands there before the stream comes."""
    rasterise(Mouth(smile=1.0), Eyes(lid=0.94), PLATE_BOX).save(path, "WEBP", quality=88, method=6)


def expressions(path: Path) -> None:
    """Draw the character in three expressions side by side."""
    width = len(EXPRESSIONS) * (BUST.width + GAP) - GAP
    picture = Image.new("RGBA", (width, BUST.height))
    corners = Image.new("L", (4 * BUST.width, 4 * BUST.height))
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, corners.width - 1, corners.height - 1), 4 * RADIUS, fill=255)
    mask = corners.resize((BUST.width, BUST.height), Image.Resampling.LANCZOS)
    for number, (mouth, eyes) in enumerate(EXPRESSIONS):
        picture.paste(rasterise(mouth, eyes, BUST), (number * (BUST.width + GAP), 0), mask)
    picture.save(path, "PNG", optimize=True)


if __name__ == "__main__":
    (ROOT / "docs" / "img").mkdir(parents=True, exist_ok=True)
    poster(ROOT / "demo_web" / "poster.webp")
    expressions(ROOT / "docs" / "img" / "avatar.png")

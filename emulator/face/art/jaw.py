"""The shape of the face, whose lower half follows the jaw."""

from typing import Final

from emulator.face.art.svg import clip, clipped, element, fill, path, soft, symmetric

X: Final = 270.0
SHADE, LIGHT = "#c67f5c", "#fff1e4"


def outline(jaw: float) -> str:
    """Return the contour of the face; `jaw` runs from 0 (shut) to 1 (dropped)."""
    chin, cheek = 13.0 * jaw, 7.0 * jaw
    return symmetric(
        X,
        (X, 160),
        ((335, 160), (380, 205), (386, 282)),
        ((389, 326), (385, 366), (372, 402)),
        ((362, 430), (346 - 1.5 * jaw, 454 + cheek), (326, 474 + chin * 0.8)),
        ((307, 493 + chin), (288, 498 + chin), (X, 498 + chin)),
    )


def defs(jaw: float) -> str:
    """Return the clip of the face."""
    return clip("face-clip", outline(jaw))


def drawing(jaw: float) -> str:
    """Return the skin of the face, shaded, without its features."""
    chin = 13.0 * jaw
    side = path((386, 250), ((392, 350), (380, 420), (330, 480)), ((X, 500 + chin),), ((420, 520),), ((420, 240),))
    below = path((200, 470 + 0.7 * chin), ((X, 512 + chin), (340, 470 + 0.7 * chin)), ((340, 540),), ((200, 540),))
    return fill(outline(jaw), "url(#skin)") + clipped(
        "face-clip",
        fill(side, SHADE, opacity=0.38, filter=soft(14)),
        fill(below, SHADE, opacity=0.32, filter=soft(8)),
        element("ellipse", cx=268, cy=478 + chin, rx=16, ry=8, fill=LIGHT, opacity=0.38, filter=soft(5)),
    )

"""The eyes, drawn from the openness of the lids and the direction of the gaze."""

from dataclasses import dataclass
from typing import Final

from emulator.face.art.svg import clip, clipped, element, fill, gradient, path, soft, stroke

LEFT_X, RIGHT_X, Y = 215.5, 324.5, 328.0
HALF: Final = 32.0
"""Half the width of one eye."""

LASH, CREASE, SHADE = "#2a1613", "#b06a4a", "#c98767"


@dataclass(frozen=True, slots=True)
class Eyes:
    """Both eyes; `lid` runs from 0 (shut) to 1 (open), the gaze from -1 to 1 (right and down in the picture)."""

    lid: float = 1.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0


@dataclass(frozen=True, slots=True)
class Lids:
    """The curves of one eye's lids as path data; `lash` is the closed shape of the upper lashes."""

    opening: str
    lower: str
    lash: str
    crease: str
    shade: str


def lids_of(x: float, side: int, lid: float) -> Lids:
    """Return the lids of the eye centred at `x` whose outer corner lies on `side` (-1 left, 1 right)."""
    shut = 1.0 - lid
    inner, outer = (x - side * HALF * 0.94, Y + 7.0), (x + side * HALF, Y - 1.0 + 5.5 * shut)
    shut_y = Y + 13.0
    top = shut_y + (Y - 18.8 - shut_y) * lid
    low = shut_y + (Y + 17.0 - shut_y) * min(1.0, lid * 1.2)

    def at(dx: float, y: float) -> tuple[float, float]:
        return x + side * dx, y

    def beside(
        corner: tuple[float, float], dx: float, height: float, part: float, up: float = 0.0
    ) -> tuple[float, float]:
        return corner[0] + side * dx, corner[1] + (height - corner[1]) * part - up

    upper = (
        (beside(inner, 8, top, 0.72), at(-13, top + 0.6), at(2, top)),
        (at(17, top - 0.2 + 2.4 * lid), beside(outer, -6, top, 0.55), outer),
    )
    lower = (
        (beside(outer, -5, low, 0.72), at(14, low), at(1, low)),
        (at(-13, low), beside(inner, 7, low, 0.6), inner),
    )
    thick = 4.6 - 1.0 * shut
    wing = outer[0] + side * 8.0, outer[1] - 6.5 + 4.0 * shut
    back = (
        ((outer[0] + side * 3, outer[1] - 1.5), wing),
        (
            (outer[0], outer[1] - 5.5 + 1.5 * shut),
            beside(outer, -5, top, 0.62, thick),
            at(17, top + 2.2 * lid - thick - 0.4),
        ),
        (at(9, top - thick + 0.4), at(-3, top - thick + 0.6), at(-10, top + 1.2 - thick * 0.7)),
        (at(-19, top + (inner[1] - top) * 0.2 - 1.6), beside(inner, 5, top, 0.42), inner),
    )
    fold = Y - 30.0 + 9.0 * shut
    crease = (at(-24, fold + 11), (at(-12, fold - 1), at(14, fold - 2), at(31, fold + 15)))
    return Lids(
        opening=path(inner, *upper, *lower, close=True),
        lower=path(outer, *lower),
        lash=path(inner, *upper, *back, close=True),
        crease=path(*crease),
        shade=path(*crease, (beside(outer, 3, outer[1], 0),), (at(20, top), at(-14, top), inner), close=True),
    )


def defs(eyes: Eyes) -> str:
    """Return the gradient of the whites and the clips of both openings."""
    return (
        clip("eye-l", lids_of(LEFT_X, -1, eyes.lid).opening)
        + clip("eye-r", lids_of(RIGHT_X, 1, eyes.lid).opening)
        + gradient("sclera", Y - 22, Y + 17, (0, "#d6cccb"), (0.4, "#fcf9f6"), (1, "#f5eee9"))
    )


def _ball(x: float, side: int, lids: Lids, eyes: Eyes) -> tuple[str, ...]:
    ix, iy = x + eyes.gaze_x * 4.5, Y - 2.0 + eyes.gaze_y * 3.0
    glow = path((ix - 10, iy + 7.5), ((ix - 5, iy + 13.5), (ix + 5, iy + 13.5), (ix + 10, iy + 7.5)))
    return (
        fill(lids.opening, "url(#sclera)"),
        element("circle", cx=x - side * HALF * 0.88, cy=Y + 7.5, r=4.5, fill="#e59a8c", opacity=0.8, filter=soft(1)),
        element("circle", cx=ix, cy=iy, r=17.6, fill="url(#iris)"),
        element("circle", cx=ix, cy=iy, r=16.9, fill="none", stroke="#2c1a10", stroke_width=1.6, opacity=0.7),
        stroke(glow, "#f0bd7c", 3.6, opacity=0.6, filter=soft(1)),
        element("circle", cx=ix, cy=iy, r=7.8, fill="#1a0f0b"),
        fill(lids.lash, LASH, stroke="#4a2b22", stroke_width=9, opacity=0.3, filter=soft(3)),
        element("circle", cx=ix - 5.8, cy=iy - 6.2, r=4.6, fill="#ffffff", opacity=0.97),
        element("circle", cx=ix + 6, cy=iy + 5.8, r=2.2, fill="#ffffff", opacity=0.7),
    )


def _eye(name: str, x: float, side: int, eyes: Eyes) -> str:
    lids = lids_of(x, side, eyes.lid)
    ball = clipped(name, *_ball(x, side, lids, eyes)) if eyes.lid > 0.04 else ""
    return (
        fill(lids.shade, SHADE, opacity=0.34 - 0.12 * eyes.lid, filter=soft(1))
        + ball
        + stroke(lids.lower, "#a9664d", 1.4, opacity=0.6)
        + fill(lids.lash, LASH, stroke=LASH, stroke_width=0.8, stroke_linejoin="round")
        + stroke(lids.crease, CREASE, 1.8, opacity=0.55)
    )


def drawing(eyes: Eyes) -> str:
    """Return both eyes as SVG."""
    return _eye("eye-l", LEFT_X, -1, eyes) + _eye("eye-r", RIGHT_X, 1, eyes)

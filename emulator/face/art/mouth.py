"""The mouth, drawn from a handful of numbers."""

from dataclasses import dataclass
from typing import Final, Literal

from emulator.face.art.svg import (
    clip,
    clipped,
    element,
    fill,
    gradient,
    path,
    soft,
    stroke,
    symmetric,
)  # fmt: skip

Inside = Literal["plain", "teeth", "tip", "between"]
"""What stands in the opening: nothing special, closed teeth, a raised tongue tip, or the tongue between the teeth."""

X: Final = 270.0
"""The axis of the face."""

SEAM: Final = 428.0
"""Where closed lips meet."""

DARK: Final = "#3a0d14"


@dataclass(frozen=True, slots=True)
class Mouth:
    """One mouth to draw. `opening`, `bite`, `press` and `smile` run 0..1, `width` from -1 (rounded) to 1 (spread)."""

    opening: float = 0.0
    width: float = 0.0
    inside: Inside = "plain"
    bite: float = 0.0
    press: float = 0.0
    smile: float = 0.3

    @property
    def rounded(self) -> float:
        """Return how rounded the lips are, 0..1."""
        return max(0.0, -self.width)

    @property
    def spread(self) -> float:
        """Return how spread the lips are, 0..1."""
        return max(0.0, self.width)

    @property
    def jaw(self) -> float:
        """Return how far the jaw has dropped, 0..1."""
        return max(0.0, self.opening - 0.2 * self.bite)


@dataclass(frozen=True, slots=True)
class Lips:
    """The outline of the lips: half widths from the axis, and heights in the picture."""

    half: float
    inner_half: float
    corner: float
    top: float
    dip: float
    upper: float
    lower: float
    bottom: float

    @property
    def gap(self) -> float:
        """Return the height of the opening."""
        return self.lower - self.upper


def lips_of(mouth: Mouth) -> Lips:
    """Return the outline of `mouth`."""
    rounded, spread, smile = mouth.rounded, mouth.spread, mouth.smile
    opening = mouth.opening * (1.0 - 0.35 * rounded)
    half = 38.0 + 7.0 * spread - 12.5 * rounded + 8.0 * smile * (1 - rounded) - 2.5 * mouth.opening + 2.0 * mouth.press
    upper = SEAM - 1.0 - 6.0 * opening - 1.5 * rounded * min(1.0, 4 * opening) - 5.0 * mouth.bite
    lower = SEAM - 1.0 + 40.0 * opening + 2.0 * mouth.bite
    thick_top = 12.5 + 2.0 * rounded - 1.5 * spread - 6.5 * mouth.press - 0.3 * smile
    thick_bottom = 17.0 + 2.5 * rounded - 2.0 * spread - 8.5 * mouth.press - 5.0 * mouth.bite - 1.5 * smile
    return Lips(
        half=half,
        inner_half=half * (0.87 - 0.2 * rounded),
        corner=SEAM - 1.0 - 6.8 * smile * (1 - 0.7 * rounded) - 2.0 * spread + 11.0 * opening,
        top=upper - thick_top,
        dip=upper - thick_top + 3.0 - 1.4 * rounded,
        upper=upper,
        lower=lower,
        bottom=lower + thick_bottom,
    )


def outer(mouth: Mouth, lips: Lips) -> str:
    """Return the outer contour of both lips."""
    h, c, round_ = lips.half, lips.corner, mouth.rounded
    bow = 10.0 - 2.5 * round_
    rise, fall = lips.top - c, lips.bottom - c
    return symmetric(
        X,
        (X, lips.dip),
        ((X + bow * 0.4, lips.dip), (X + bow * 0.55, lips.top), (X + bow, lips.top)),
        (
            (X + bow + h * (0.2 + 0.14 * round_), lips.top),
            (X + h * (0.72 + 0.25 * round_), c + rise * (0.5 + 0.22 * round_)),
            (X + h, c),
        ),
        (
            (X + h * (0.88 + 0.1 * round_), c + fall * (0.6 + 0.06 * round_)),
            (X + h * (0.6 + 0.08 * round_), lips.bottom),
            (X, lips.bottom),
        ),
    )


def inner(mouth: Mouth, lips: Lips) -> str:
    """Return the contour of the opening between the lips."""
    h, edge, round_ = lips.inner_half, lips.corner + 0.6, mouth.rounded
    rise, fall = lips.upper - edge, lips.lower - edge
    return symmetric(
        X,
        (X, lips.upper + 0.8 * (1 - round_)),
        (
            (X + h * (0.3 + 0.25 * round_), lips.upper - 0.6 * (1 - round_)),
            (X + h * (0.7 + 0.25 * round_), edge + rise * (0.8 - 0.1 * round_)),
            (X + h, edge),
        ),
        (
            (X + h * (0.87 + 0.09 * round_), edge + fall * 0.74),
            (X + h * (0.58 + 0.1 * round_), lips.lower),
            (X, lips.lower),
        ),
    )


def _teeth(mouth: Mouth, lips: Lips) -> str:
    """Return the rows of teeth; the upper row stands still in the skull, the lower one moves with the jaw."""
    closed = mouth.inside == "teeth"
    edge = SEAM + 3.5 - mouth.bite - (0.0 if closed else 5.5 * mouth.rounded)
    low = edge + (1.2 if closed else 4.5 + 25.0 * mouth.opening)
    half = 27.0
    upper = symmetric(
        X,
        (X, lips.top),
        ((X + half, lips.top),),
        ((X + half, edge - 4),),
        ((X + half - 2, edge - 0.5), (X + 15, edge)),
        ((X + 8, edge + 1.2), (X, edge + 1.2)),
    )
    lower = symmetric(X, (X, low), ((X + 14, low), (X + 22, low + 3)), ((X + 24, low + 22),), ((X, low + 22),))
    gaps = "".join(
        stroke(path((X + dx, edge - 9), ((X + dx, edge + 0.5),)), "#d3c3b6", 0.8, opacity=0.5)
        for dx in (-17.0, -8.5, 0.0, 8.5, 17.0)
    )
    return fill(lower, "#efe5dc", opacity=1.0 if closed else 0.82) + fill(upper, "url(#teeth)") + gaps


def _low_tongue(mouth: Mouth, lips: Lips) -> str:
    low, top = lips.lower, SEAM + 9.0 + 17.0 * mouth.opening
    shape = symmetric(X, (X, top + 1.5), ((X + 12, top), (X + 24, top + 5), (X + 23, low + 10)), ((X, low + 10),))
    return fill(shape, "url(#tongue)") + stroke(path((X, top + 4), ((X, low),)), "#9c3f45", 1.6, opacity=0.4)


def _raised_tongue(lips: Lips) -> str:
    low, top = lips.lower, SEAM + 1.0
    shape = symmetric(X, (X, top), ((X + 13, top), (X + 20, top + 10), (X + 22, low + 8)), ((X, low + 8),))
    tip = path((X - 9, top + 4), ((X, top + 1.5), (X + 9, top + 4)))
    return (
        fill(shape, "url(#tongue)")
        + stroke(tip, "#f6bdb4", 2.0, opacity=0.85)
        + stroke(path((X, top + 7), ((X, low),)), "#a8464a", 1.6, opacity=0.5)
    )


def _tongue_between(lips: Lips) -> str:
    low, top = lips.lower, SEAM + 1.0
    shape = symmetric(
        X, (X, top), ((X + 10, top), (X + 19, top + 1), (X + 18, low + 1)), ((X + 10, low + 4), (X, low + 4))
    )
    light = path((X - 10, low - 3.5), ((X, low - 1), (X + 10, low - 3.5)))
    return fill(shape, "url(#tongue)") + stroke(light, "#fbcfc7", 2.4, opacity=0.8, filter=soft(1))


def defs(mouth: Mouth) -> str:
    """Return the gradients of the mouth and the clip of its opening."""
    lips = lips_of(mouth)
    return (
        clip("mouth-opening", inner(mouth, lips))
        + gradient("cavity", SEAM - 8, SEAM + 40, (0, DARK), (1, "#6a1f27"))
        + gradient("teeth", SEAM - 10, SEAM + 5, (0, "#d9cbc1"), (0.6, "#fbf5ee"), (1, "#ffffff"))
        + gradient("tongue", SEAM, lips.lower + 8, (0, "#e88e87"), (1, "#bd595e"))
        + gradient("lip", lips.top, lips.bottom, (0, "#d6746c"), (0.42, "#c25a59"), (0.58, "#d06c68"), (1, "#db7e75"))
    )


def _opening(mouth: Mouth, lips: Lips) -> str:
    contour = inner(mouth, lips)
    depth = min(1.0, lips.gap / 14.0)
    under_lip = symmetric(X, (X, lips.upper - 16), ((X + 50, lips.upper - 16),), ((X + 50, lips.upper + 1),),
                          ((X + 25, lips.upper + 3.5), (X, lips.upper + 3.5)))  # fmt: skip
    inside = {
        "plain": _low_tongue(mouth, lips) + _teeth(mouth, lips),
        "teeth": _teeth(mouth, lips),
        "tip": _teeth(mouth, lips) + _raised_tongue(lips),
        "between": _teeth(mouth, lips) + _tongue_between(lips),
    }[mouth.inside]
    return fill(contour, "url(#cavity)") + clipped(
        "mouth-opening",
        inside,
        fill(under_lip, DARK, opacity=0.2 + 0.25 * depth, filter=soft(1)),
        stroke(contour, DARK, 4, opacity=0.18 + 0.2 * depth, filter=soft(1)),
    )


def _seam(mouth: Mouth, lips: Lips) -> str:
    h, c, u = lips.half, lips.corner, lips.upper
    lift = c + (u - c) * 0.85 + 1
    line = path(
        (X - h + 2.5, c),
        ((X - h * 0.55, lift), (X - 14, u - 0.4), (X, u + 1.2 - 0.8 * mouth.rounded)),
        ((X + 14, u - 0.4), (X + h * 0.55, lift), (X + h - 2.5, c)),
    )
    return stroke(line, "#7c2c33", 1.8 if lips.gap < 2.5 else 1.0 - 0.5 * mouth.rounded)


def _around(mouth: Mouth, lips: Lips) -> str:
    """Return what lips do to the skin: the shade below them, dimples, and the folds of the cheeks."""
    h, c = lips.half, lips.corner
    fold = 0.07 + 0.13 * mouth.smile + 0.1 * mouth.spread + 0.08 * mouth.opening - 0.08 * mouth.rounded
    parts = [
        element("ellipse", cx=X, cy=lips.bottom + 6, rx=h * 0.55, ry=5, fill="#b56a4c", opacity=0.4, filter=soft(3))
    ]
    for side in (-1, 1):
        corner = X + side * (h + 1)
        dimple = path((corner, c + 2), ((corner + side * 3, c - 1), (corner + side * 2.5, c - 5)))
        parts.append(stroke(dimple, "#b0654c", 2.6, opacity=0.16 + 0.2 * mouth.smile, filter=soft(1)))
        cheek = path(
            (X + side * 33, 400), ((X + side * (h + 9), 408), (X + side * (h + 13), c), (X + side * (h + 9), c + 12))
        )
        parts.append(stroke(cheek, "#b96b4c", 4.5, opacity=max(0.0, fold), filter=soft(3)))
    return "".join(parts)


def drawing(mouth: Mouth) -> str:
    """Return the mouth as SVG: the skin around it, lips, opening, teeth, tongue and highlights."""
    lips = lips_of(mouth)
    shine = element(
        "ellipse",
        cx=X - 3,
        cy=lips.lower + (lips.bottom - lips.lower) * 0.42,
        rx=lips.half * 0.34,
        ry=2.6 + 0.8 * mouth.rounded - 1.2 * mouth.press,
        fill="#ffdcd3",
        opacity=0.5 - 0.25 * mouth.press,
        filter=soft(1),
    )
    bow = path((X - 9, lips.top + 2), ((X - 5, lips.top + 0.6), (X - 1, lips.dip + 1)))
    return "".join(
        (
            _around(mouth, lips),
            fill(outer(mouth, lips), "url(#lip)"),
            _opening(mouth, lips) if lips.gap > 1.6 else "",
            _seam(mouth, lips),
            shine,
            stroke(bow, "#f0a79d", 1.5, opacity=0.6),
        )
    )

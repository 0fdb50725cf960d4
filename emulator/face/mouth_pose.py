"""The state of a mouth as numbers, between all shapes, and which drawn sprites come nearest to it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final, Literal, Self

Family = Literal["plain", "teeth", "tip", "between", "bite", "press", "smile"]
"""A kind of mouth the atlas draws: see `GRID` for its two axes."""


@dataclass(frozen=True, slots=True)
class MouthPose:
    """One mouth; every number runs 0..1 but `width`, which runs from -1 (rounded) to 1 (spread).

    `opening` is the jaw, `teeth` how closed they are behind parted lips, `tip` a tongue tip raised to the ridge,
    `between` a tongue between the teeth, `bite` the lower lip under the upper teeth, `press` lips pressed
    together, `smile` the raised corners of a closed mouth. The default is the mouth at rest.
    """

    opening: float = 0.0
    width: float = 0.0
    teeth: float = 0.0
    tip: float = 0.0
    between: float = 0.0
    bite: float = 0.0
    press: float = 0.0
    smile: float = 1.0

    @classmethod
    def mix(cls, parts: Iterable[tuple[float, Self]]) -> Self:
        """Return the weighted mean of `parts`, whose weights need not sum to 1 but must not all be 0."""
        weighted = list(parts)
        total = sum(weight for weight, _ in weighted)
        return cls(
            *(sum(weight * getattr(pose, name) for weight, pose in weighted) / total for name in _NAMES),
        )


_NAMES: Final = tuple(field.name for field in fields(MouthPose))

REST: Final = MouthPose()
"""The mouth of someone silent: closed, with a gentle smile."""

_FINE: Final = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
_COARSE: Final = (-1.0, -0.5, 0.0, 0.5, 1.0)

GRID: Final[dict[Family, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "plain": (tuple(step / 12 for step in range(13)), _FINE),
    "teeth": ((0.0, 0.12, 0.24, 0.36), _FINE),
    "tip": ((0.0, 0.2, 0.4, 0.6), _COARSE),
    "between": ((0.1, 0.25, 0.4), _COARSE),
    "bite": ((0.5, 0.75, 1.0), _COARSE),
    "press": ((0.5, 0.75, 1.0), _COARSE),
    "smile": ((0.5, 1.0), (0.0,)),
}
"""What the atlas holds: per family the steps of its first axis and of `width`.

The first axis is the opening of plain, teeth, tip and between, and the strength of bite, press and smile.
"""

Sprite = tuple[Family, int, int]
"""A sprite by its family and its steps on both axes."""


def sprites(pose: MouthPose) -> list[tuple[Sprite, float]]:
    """Return the sprites whose weighted sum draws `pose`; the weights sum to 1.

    Lips that touch something (bite, press) are never faded: half-transparent lips look wrong, so the stronger
    half of the movement shows the touching family and the weaker half the open mouth that leads to it.
    """
    touch: Family = "press" if pose.press >= pose.bite else "bite"
    strength = max(pose.press, pose.bite)
    if strength >= 0.5:
        return _cells(touch, strength, pose.width, 1.0)
    opening = pose.opening * (1.0 - strength)
    inside: list[tuple[Family, float]] = [("teeth", pose.teeth), ("tip", pose.tip), ("between", pose.between)]
    total = max(1.0, sum(weight for _, weight in inside))
    found: list[tuple[Sprite, float]] = []
    for family, weight in inside:
        if weight > 0.02:
            found += _cells(family, opening, pose.width, weight / total)
    plain = 1.0 - sum(weight for _, weight in found)
    smile = pose.smile * max(0.0, 1.0 - 12.0 * opening) * max(0.0, 1.0 - abs(pose.width))
    if plain > 0.0:
        found += _smiling(opening, pose.width, plain, smile)
    return found


def _smiling(opening: float, width: float, weight: float, smile: float) -> list[tuple[Sprite, float]]:
    steps = GRID["smile"][0]
    if smile <= 0.0:
        return _cells("plain", opening, width, weight)
    if smile < steps[0]:
        part = smile / steps[0]
        return [*_cells("plain", opening, width, weight * (1.0 - part)), (("smile", 0, 0), weight * part)]
    return _cells("smile", smile, 0.0, weight)


def _cells(family: Family, first: float, width: float, weight: float) -> list[tuple[Sprite, float]]:
    rows, columns = GRID[family]
    return [
        ((family, row, column), weight * a * b)
        for row, a in _neighbours(rows, first)
        for column, b in _neighbours(columns, width)
        if a * b > 0.0
    ]


def _neighbours(steps: tuple[float, ...], value: float) -> list[tuple[int, float]]:
    """Return the steps on both sides of `value` with their share; one of them where it stands on or beyond a step."""
    if value <= steps[0]:
        return [(0, 1.0)]
    for index, (low, high) in enumerate(pairwise(steps)):
        if value < high:
            part = (value - low) / (high - low)
            return [(index, 1.0 - part), (index + 1, part)]
    return [(len(steps) - 1, 1.0)]

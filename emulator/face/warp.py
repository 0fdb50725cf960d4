"""How the head and the chest move: a mesh over the flat picture whose corners are displaced a few pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from emulator.face.atlas import Box, Picture
from emulator.face.face_pose import FacePose

HEAD_BOX: Final = Box(60, 92, 480, 640)
CHEST_BOX: Final = Box(0, 640, 540, 880)
PIVOT: Final = (270.0, 548.0)
"""Where the neck turns."""

STEP: Final = 0.1
"""What has moved by less than this since it was drawn, in pixels, need not be drawn again."""

MARGIN: Final = 10
"""How far a detail may be displaced, in pixels."""

_HEAD_COLUMNS: Final = (60, 102, 144, 186, 228, 270, 312, 354, 396, 438, 480)
_HEAD_ROWS: Final = (92, 136, 190, 234, 262, 286, 312, 360, 410, 460, 510, 556, 600, 640)
_CHEST_COLUMNS: Final = (0, 90, 180, 270, 360, 450, 540)
_CHEST_ROWS: Final = (640, 700, 780, 880)

Corners = NDArray[np.float64]


def _ramp(value: Corners, low: float, high: float) -> Corners:
    """Return a smooth step from 0 at `low` to 1 at `high`; `low` may lie above `high`."""
    part = np.clip((value - low) / (high - low), 0.0, 1.0)
    return part * part * (3.0 - 2.0 * part)


@dataclass(frozen=True, slots=True)
class Fields:
    """How far each corner of a mesh follows each movement; every array has the shape of the mesh."""

    x: Corners
    y: Corners
    head: Corners
    depth: Corners
    chest: Corners
    brows: Corners

    @classmethod
    def over(cls, columns: Sequence[int], rows: Sequence[int]) -> "Fields":
        """Return the fields over the mesh with these lines."""
        x, y = np.meshgrid(np.asarray(columns, np.float64), np.asarray(rows, np.float64))
        sides = _ramp(x, 60, 124) * _ramp(x, 480, 416)
        head = sides * _ramp(y, 92, 150) * _ramp(y, 640, 500)
        bulge = 1.0 - ((x - 270.0) / 150.0) ** 2 - ((y - 360.0) / 230.0) ** 2
        chest = _ramp(x, 10, 80) * _ramp(x, 530, 460) * _ramp(y, 560, 680) * _ramp(y, 880, 720)
        arcs = np.exp(-(((x - 270.0) / 95.0) ** 4)) * np.interp(y, (200, 262, 286, 312), (0.0, 1.0, 0.7, 0.0))
        return cls(x, y, head, np.clip(bulge, 0.0, None), chest, arcs)

    def shift(self, pose: FacePose) -> Corners:
        """Return how far each corner moves, in pixels: to the right, and down."""
        right = self.head * (pose.sway - pose.tilt * (self.y - PIVOT[1])) + self.depth * self.head * pose.turn
        down = self.head * (pose.nod * (0.6 + 0.6 * self.depth) + pose.tilt * (self.x - PIVOT[0]))
        down = down - pose.breath * (self.chest + 0.45 * self.head) - pose.brow * self.brows
        return np.stack([right, down])


Window = tuple[slice, slice]
"""Some cells of a mesh, by the lines around and between them: rows and columns."""


class Mesh:
    """One part of the picture that moves; keeps nothing of a picture."""

    def __init__(self, columns: Sequence[int], rows: Sequence[int]) -> None:
        self._columns, self._rows = columns, rows
        self._fields = Fields.over(columns, rows)
        self.whole: Window = (slice(0, len(rows)), slice(0, len(columns)))

    def around(self, box: Box) -> Window:
        """Return the cells that show `box` of the flat picture, wherever it has moved."""
        return (
            _covering(self._rows, box.top - MARGIN, box.bottom + MARGIN),
            _covering(self._columns, box.left - MARGIN, box.right + MARGIN),
        )

    def shift(self, pose: FacePose) -> Corners:
        """Return the displacement of the corners, of shape (2, rows, columns), to compare with another moment's."""
        return self._fields.shift(pose)

    def draw(self, source: Picture, target: Picture, shift: Corners, window: Window, scale: int) -> None:
        """Draw the plane `source`, displaced, into the cells of `target`; `scale` is 2 for planes of half size."""
        x = (self._fields.x[window] / scale).astype(int)
        y = (self._fields.y[window] / scale).astype(int)
        from_x, from_y = x - shift[0][window] / scale, y - shift[1][window] / scale
        left, top, right, bottom = int(x[0, 0]), int(y[0, 0]), int(x[-1, -1]), int(y[-1, -1])
        around = [(slice(None, -1), slice(None, -1)), (slice(1, None), slice(None, -1))]
        around += [(slice(1, None), slice(1, None)), (slice(None, -1), slice(1, None))]
        quads = np.stack([part[at] for at in around for part in (from_x, from_y)], axis=-1).reshape(-1, 8)
        boxes = np.stack([x[:-1, :-1] - left, y[:-1, :-1] - top, x[1:, 1:] - left, y[1:, 1:] - top], axis=-1)
        cells = [
            ((box[0], box[1], box[2], box[3]), tuple(quad))
            for box, quad in zip(boxes.reshape(-1, 4).tolist(), quads.tolist(), strict=True)
        ]
        moved = Image.fromarray(source).transform(
            (right - left, bottom - top), Image.Transform.MESH, cells, Image.Resampling.BILINEAR
        )
        target[top:bottom, left:right] = np.asarray(moved)


def _covering(lines: Sequence[int], low: int, high: int) -> slice:
    """Return the lines from the last at or before `low` to the first at or after `high`."""
    first = max((number for number, line in enumerate(lines) if line <= low), default=0)
    last = min((number for number, line in enumerate(lines) if line >= high), default=len(lines) - 1)
    return slice(first, last + 1)


def head_mesh() -> Mesh:
    """Return the mesh of the head, down to the shoulders."""
    return Mesh(_HEAD_COLUMNS, _HEAD_ROWS)


def chest_mesh() -> Mesh:
    """Return the mesh of the chest, which only breathes."""
    return Mesh(_CHEST_COLUMNS, _CHEST_ROWS)

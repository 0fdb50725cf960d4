"""Draws a face in a pose as one planar picture, doing again only what has changed since the last one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emulator.face.atlas import GAZE_X_STEPS, GAZE_Y_STEPS, LID_STEPS, Atlas, Box, Picture, mouth_order
from emulator.face.face_pose import FacePose
from emulator.face.mouth_pose import MouthPose, Sprite, sprites
from emulator.face.warp import STEP, Corners, Mesh, chest_mesh, head_mesh

WEIGHT_STEP: Final = 1 / 16
"""Shares of blended mouths are rounded to this, so that a mouth that hardly moves need not be drawn again."""


@dataclass(frozen=True, slots=True)
class Planes:
    """Views of one planar picture: brightness, and the two colours at half size."""

    y: Picture
    u: Picture
    v: Picture

    @classmethod
    def of(cls, canvas: Picture) -> "Planes":
        """Return the planes of `canvas`, of shape (height * 3 / 2, width); they share its memory."""
        width = canvas.shape[1]
        height = canvas.shape[0] * 2 // 3
        colours = canvas[height:].reshape(2, height // 2, width // 2)
        return cls(canvas[:height], colours[0], colours[1])

    def paste(self, cell: Picture, box: Box) -> None:
        """Copy one flat cell of the atlas over `box`."""
        area, part = box.width * box.height, box.width * box.height // 4
        half = (slice(box.top // 2, box.bottom // 2), slice(box.left // 2, box.right // 2))
        self.y[box.top : box.bottom, box.left : box.right] = cell[:area].reshape(box.height, box.width)
        self.u[half] = cell[area : area + part].reshape(box.height // 2, box.width // 2)
        self.v[half] = cell[area + part :].reshape(box.height // 2, box.width // 2)


class Compositor:
    """Draws poses with one atlas. Not thread-safe: one picture at a time."""

    def __init__(self, atlas: Atlas) -> None:
        self._atlas = atlas
        self._cells = {sprite: number for number, sprite in enumerate(mouth_order())}
        self._flat = atlas.plate.copy()
        self._source = Planes.of(self._flat)
        self._canvas = atlas.plate.copy()
        self._target = Planes.of(self._canvas)
        self._head, self._chest = head_mesh(), chest_mesh()
        self._drawn: dict[Mesh, Corners] = {}
        self._mouth: dict[Sprite, int] = {}
        self._eyes = -1
        self._picture: Picture | None = None
        self._cut = atlas.matte.copy()
        self._cut_out: dict[Mesh, Corners] = {}
        self._matte: Picture | None = None

    def draw(self, pose: FacePose) -> Picture:
        """Return the picture of `pose`, planar YUV 4:2:0 of shape (height * 3 / 2, width), not to be written to.

        The very array of the last call comes back when nothing has changed.
        """
        changed = [box for box in (self._look(pose), self._speak(pose.mouth)) if box is not None]
        self._draw(self._head, pose, changed)
        self._draw(self._chest, pose, ())
        if self._picture is None:
            self._picture = self._canvas.copy()
            self._picture.flags.writeable = False
        return self._picture

    def matte(self) -> Picture:
        """Return what of the last picture is the character, 0 to 255, of shape (height, width); not to be written to.

        The very array of the last call comes back while nothing moves.
        """
        for mesh, shift in self._drawn.items():
            if self._cut_out.get(mesh) is not shift:
                mesh.draw(self._atlas.matte, self._cut, shift, mesh.whole, 1)
                self._cut_out[mesh], self._matte = shift, None
        if self._matte is None:
            self._matte = self._cut.copy()
            self._matte.flags.writeable = False
        return self._matte

    def _draw(self, mesh: Mesh, pose: FacePose, changed: Sequence[Box]) -> None:
        """Draw what has moved or `changed` of one part."""
        shift, last = mesh.shift(pose), self._drawn.get(mesh)
        if last is None or float(np.abs(shift - last).max()) >= STEP:
            self._drawn[mesh] = last = shift
            windows = [mesh.whole]
        else:
            windows = [mesh.around(box) for box in changed]
        for window in windows:
            self._picture = None
            mesh.draw(self._source.y, self._target.y, last, window, 1)
            mesh.draw(self._source.u, self._target.u, last, window, 2)
            mesh.draw(self._source.v, self._target.v, last, window, 2)

    def _look(self, pose: FacePose) -> Box | None:
        lid = _nearest(LID_STEPS, pose.lid)
        x, y = _nearest(GAZE_X_STEPS, pose.gaze_x), _nearest(GAZE_Y_STEPS, pose.gaze_y)
        number = (lid * len(GAZE_X_STEPS) + x) * len(GAZE_Y_STEPS) + y
        if number == self._eyes:
            return None
        self._eyes = number
        self._source.paste(self._atlas.eyes[number], self._atlas.eye_box)
        return self._atlas.eye_box

    def _speak(self, mouth: MouthPose) -> Box | None:
        shares: dict[Sprite, int] = {}
        for sprite, weight in sprites(mouth):
            share = round(weight / WEIGHT_STEP)
            if share:
                shares[sprite] = shares.get(sprite, 0) + share
        if shares == self._mouth:
            return None
        self._mouth = shares
        self._source.paste(self._blend(shares), self._atlas.mouth_box)
        return self._atlas.mouth_box

    def _blend(self, shares: dict[Sprite, int]) -> Picture:
        cells = self._atlas.mouths
        if len(shares) == 1:
            return cells[self._cells[next(iter(shares))]]
        total = sum(shares.values())
        mixed = np.zeros(cells.shape[1], np.uint16)
        for sprite, share in shares.items():
            mixed += cells[self._cells[sprite]] * np.uint16(share)
        return (mixed // np.uint16(total)).astype(np.uint8)


def _nearest(steps: tuple[float, ...], value: float) -> int:
    return min(range(len(steps)), key=lambda number: abs(steps[number] - value))

"""The alpha picture beside the coloured one (manual, ExtraInfo.AlphaChannelEnable)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.face.atlas import Picture

BLOCK: Final = 16

_LUMA: Final = np.rint(16.0 + np.arange(256) * (219.0 / 255.0)).astype(np.uint8)
"""Brightness in studio range of each value of a matte."""


def alpha_left(width: int) -> int:
    """Return where the alpha picture begins beside one of `width` pixels: at a whole block of 16."""
    return width + (BLOCK - width % BLOCK) % BLOCK


def whole_width(width: int) -> int:
    """Return the width of both pictures with the padding between them."""
    return alpha_left(width) + width


def beside(picture: Picture, matte: NDArray[np.uint8]) -> Picture:
    """Return `picture`, planar YUV 4:2:0, with `matte` to its right in greys; between them it is black.

    `matte` has the shape (height, width) of the picture, 0 where it is see-through and 255 where it is not.
    """
    height, width = matte.shape
    left = alpha_left(width)
    whole = np.full((height * 3 // 2, left + width), 128, np.uint8)
    whole[:height, :width] = picture[:height]
    whole[:height, width:left] = _LUMA[0]
    np.take(_LUMA, matte, out=whole[:height, left:])
    colours = whole[height:].reshape(2, height // 2, (left + width) // 2)
    colours[:, :, : width // 2] = picture[height:].reshape(2, height // 2, width // 2)
    return whole

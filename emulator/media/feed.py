"""What goes through the pipe to the process that pushes: an order, then one picture after the other with its sound.

The order is one line of JSON. A picture is `HEAD`, then planar YUV 4:2:0, then samples. The process answers with lines:
`LIVE` once it is connected, and at its end why it ends: `NOT_ALLOWED`, or the name of what went wrong.
"""

import struct

import msgspec
import numpy as np
from numpy.typing import NDArray

from emulator.face.atlas import Picture

HEAD = struct.Struct(">II")
"""Pictures since the first one, and how many samples of sound there are, mono at 48 kHz, as int16."""

LIVE, NOT_ALLOWED = b"live\n", b"not allowed\n"


class PushOrder(msgspec.Struct, frozen=True):
    """Where to push; `anywhere` or only to machines nearby. `width` and `height` are those of every picture."""

    url: str
    width: int
    height: int
    anywhere: bool


def packed(number: int, picture: Picture, sound: NDArray[np.int16]) -> bytes:
    """Return one picture, the `number`-th after the first, with its sound for the pipe."""
    return HEAD.pack(number, len(sound)) + picture.tobytes() + sound.tobytes()

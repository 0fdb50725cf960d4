from os import PathLike
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

def write(
    file: str | PathLike[str] | BinaryIO,
    data: NDArray[np.int16] | NDArray[np.float32],
    samplerate: int,
    subtype: str | None = None,
    endian: str | None = None,
    format: str | None = None,
) -> None: ...

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Quality: TypeAlias = Literal["QQ", "LQ", "MQ", "HQ", "VHQ"]

def resample(
    x: NDArray[np.int16], in_rate: float, out_rate: float, quality: Quality = "HQ"
) -> NDArray[np.int16]: ...

class ResampleStream:
    def __init__(
        self,
        in_rate: float,
        out_rate: float,
        num_channels: int,
        dtype: Literal["int16"] = ...,
        quality: Quality = "HQ",
    ) -> None: ...
    def resample_chunk(self, x: NDArray[np.int16], last: bool = False) -> NDArray[np.int16]: ...

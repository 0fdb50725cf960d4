from typing import Generic, Literal, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Quality: TypeAlias = Literal["QQ", "LQ", "MQ", "HQ", "VHQ"]
_Sample = TypeVar("_Sample", np.int16, np.float32)

def resample(
    x: NDArray[_Sample], in_rate: float, out_rate: float, quality: Quality = "HQ"
) -> NDArray[_Sample]: ...

class ResampleStream(Generic[_Sample]):
    @overload
    def __init__(
        self: ResampleStream[np.int16],
        in_rate: float,
        out_rate: float,
        num_channels: int,
        dtype: Literal["int16"],
        quality: Quality = "HQ",
    ) -> None: ...
    @overload
    def __init__(
        self: ResampleStream[np.float32],
        in_rate: float,
        out_rate: float,
        num_channels: int,
        dtype: Literal["float32"] = "float32",
        quality: Quality = "HQ",
    ) -> None: ...
    def resample_chunk(self, x: NDArray[_Sample], last: bool = False) -> NDArray[_Sample]: ...

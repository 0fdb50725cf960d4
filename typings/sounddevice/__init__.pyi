from collections.abc import Callable
from typing import TypedDict

class PortAudioError(Exception): ...

class DeviceInfo(TypedDict):
    name: str
    index: int
    hostapi: int
    max_input_channels: int
    default_samplerate: float

class HostApiInfo(TypedDict):
    name: str

class CallbackFlags:
    input_overflow: bool

class RawInputStream:
    def __init__(
        self,
        samplerate: float | None = None,
        blocksize: int | None = None,
        device: int | str | None = None,
        channels: int | None = None,
        dtype: str | None = None,
        latency: float | str | None = None,
        *,
        callback: Callable[[memoryview, int, object, CallbackFlags], None],
        finished_callback: Callable[[], None],
    ) -> None: ...
    def start(self) -> None: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...

class _Default:
    device: tuple[int, int]

default: _Default

def query_devices() -> tuple[DeviceInfo, ...]: ...
def query_hostapis(index: int) -> HostApiInfo: ...
def check_input_settings(
    device: int | str | None = None,
    channels: int | None = None,
    dtype: str | None = None,
    extra_settings: object = None,
    samplerate: float | None = None,
) -> None: ...

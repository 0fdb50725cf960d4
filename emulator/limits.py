"""What the emulated cloud allows; changed while it runs by `POST /_emulator/limits`."""

from typing import Annotated, Literal

import msgspec

_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
_Bytes = Annotated[int, msgspec.Meta(ge=1, le=65_536)]


AudioRate = Literal["throttle", "error", "off"]
SecondChannel = Literal["reject", "kick"]
Replay = Literal["full", "last"]
NotStarted = Literal["refuse", "frame"]


class Limits(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The manual's limits, in seconds and bytes of UTF-8.

    The words are switches for what the manual leaves open: what becomes of audio that comes too fast, of a second
    channel, of the statuses told again after a reconnection, and of a channel to a session that is not started.
    `clock_offset_s` moves the cloud's own clock and its Date header. `concurrency` 0 is an account without quota.
    """

    concurrency: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 10
    idle_channel_s: _Seconds = 180.0
    idle_session_s: _Seconds = 600.0
    clock_skew_s: _Seconds = 300.0
    clock_offset_s: Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)] = 0.0
    stream_max_interval_s: _Seconds = 2.0
    text_interval_s: _Seconds = 1.0
    update_interval_s: _Seconds = 5.0
    text_bytes: _Bytes = 4000
    command_characters: _Bytes = 4000
    fragment_bytes: _Bytes = 1000
    audio_rate: AudioRate = "throttle"
    second_channel: SecondChannel = "reject"
    replay: Replay = "full"
    not_started: NotStarted = "refuse"


class LimitsHolder:
    """The limits in force, shared by all who heed them."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.current = limits or Limits()

    def change(self, body: bytes) -> Limits:
        """Overlay the JSON object `body` on the limits in force; raises msgspec.ValidationError."""
        changes = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        merged = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in _fields(self.current).items()}
        self.current = msgspec.json.decode(msgspec.json.encode(merged | changes), type=Limits)
        return self.current


def _fields(limits: Limits) -> dict[str, int | float | str]:
    return msgspec.structs.asdict(limits)

"""What the emulated cloud allows; changed while it runs by `POST /_emulator/limits`."""

import re
from typing import Annotated, Literal

import msgspec

from emulator.codes import BAD_PARAMETER, CloudError

_Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
_Bytes = Annotated[int, msgspec.Meta(ge=1, le=65_536)]

_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, 1008, 1009, 1011, 1012, 1013})
_FIRST_FREE_CLOSE_CODE = 3000
_UUID = re.compile("[0-9A-Fa-f]{32}")


AudioRate = Literal["throttle", "error", "off"]
SecondChannel = Literal["reject", "kick"]
Replay = Literal["full", "last"]
NotStarted = Literal["refuse", "frame"]
UnknownSession = Literal["refuse", "frame"]
AuthFailure = Literal["code", "http"]
BadSeq = Literal["error", "ignore", "take"]
HeartbeatAck = Literal["none", "status"]
WaitingStatuses = Literal["push", "stat"]
TrtcScheme = Literal["trtc", "https"]
ReqIds = Literal["any", "uuid"]


class Limits(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The manual's limits, in seconds and bytes of UTF-8.

    The words, and `close_code`, are switches for what the manual leaves open; docs/emulator.md says what each does.
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
    audio_burst: Annotated[int, msgspec.Meta(ge=1, le=64)] = 6
    second_channel: SecondChannel = "reject"
    replay: Replay = "full"
    not_started: NotStarted = "refuse"
    unknown_session: UnknownSession = "refuse"
    auth_failure: AuthFailure = "code"
    close_code: Annotated[int, msgspec.Meta(ge=1000, le=4999)] = 1000
    bad_seq: BadSeq = "error"
    heartbeat_ack: HeartbeatAck = "none"
    waiting_statuses: WaitingStatuses = "push"
    trtc_scheme: TrtcScheme = "trtc"
    req_ids: ReqIds = "any"

    def __post_init__(self) -> None:
        """Check the close code; raises ValueError."""
        if self.close_code not in _CLOSE_CODES and self.close_code < _FIRST_FREE_CLOSE_CODE:
            raise ValueError(f"{self.close_code} is no close code that a server may send")


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

    def check_req_id(self, req_id: str) -> None:
        """Raise CloudError 100001 for what is no 32 characters of a UUID, where that is asked for."""
        if self.current.req_ids == "uuid" and _UUID.fullmatch(req_id) is None:
            raise CloudError(BAD_PARAMETER, "ReqId must be a UUID of 32 characters")


def _fields(limits: Limits) -> dict[str, int | float | str]:
    return msgspec.structs.asdict(limits)

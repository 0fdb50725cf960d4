"""createsession and createsessionbyasset (manual: "Creating a New Live Stream Session", "Using the Personal Asset …").

A field marked *newer* stands in the vendor's later pages and SDKs, not in the manual.
"""

from enum import IntEnum
from typing import Literal, get_args

import msgspec

from bridge.clouds.tencent.models import checks
from bridge.clouds.tencent.models.envelope import Private, Reply, new_req_id
from bridge.errors import CloudParameterInvalid

Protocol = Literal["rtmp", "trtc", "webrtc"]


class DriverType(IntEnum):
    """What may drive a cloud session: text only, or audio and text."""

    TEXT = 1
    AUDIO = 3


class ProtocolOption(Private, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """Settings of the stream; without an external TRTC app the platform's own is used, which is for trials only."""

    trtc_use_external_app: bool = False
    trtc_app_id: str | None = None
    trtc_room_id: int | None = None
    """Without it the cloud assigns a room."""
    trtc_str_room_id: str | None = None
    """Newer: a room with a name instead of a number."""
    trtc_auto_gen_room_id_type: Literal[0, 1] | None = None
    """Newer: 0 has the cloud assign a number, 1 a name."""
    trtc_user_sig: str | None = None
    """The signature of the avatar's own user, UserId."""
    trtc_private_map_key: str | None = None
    css_custom_push_url: str | None = None
    """Where the video is pushed with RTMP; then there is no play address."""

    def __post_init__(self) -> None:
        """Check what belongs together. Raises CloudParameterInvalid."""
        if self.trtc_use_external_app:
            why = " when TrtcUseExternalApp is true"
            checks.given("TrtcAppId", self.trtc_app_id or "", why)
            checks.given("TrtcUserSig", self.trtc_user_sig or "", why)
            checks.given("TrtcPrivateMapKey", self.trtc_private_map_key or "", why)
        if self.trtc_room_id is not None and self.trtc_str_room_id is not None:
            raise CloudParameterInvalid("TrtcRoomId and TrtcStrRoomId are two ways to name the room; give one")
        checks.one_of("TrtcAutoGenRoomIdType", self.trtc_auto_gen_room_id_type, (None, 0, 1))
        if self.css_custom_push_url is not None:
            checks.push_url("CssCustomPushUrl", self.css_custom_push_url)


class ExtraInfo(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """The alpha picture beside the colour one: width + padding of (16 - width % 16) % 16 + width."""

    alpha_channel_enable: bool = False
    alpha_pad_disable: bool = False
    """Newer: no padding between the two."""


class SpeechParam(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """The voice. Speed is in percent of the usual one, 50 to 200; Volume in dB beside the usual one, -10 to 10."""

    speed: float | None = None
    timbre_key: str | None = None
    volume: int | None = None
    timbre_language: str | None = None

    def __post_init__(self) -> None:
        """Check the ranges. Raises CloudParameterInvalid."""
        checks.between("Speed", self.speed, 50, 200)
        checks.between("Volume", self.volume, -10, 10)


class AnchorParam(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """Newer: whether the avatar stands still while it is silent."""

    silence_action_disabled: bool = False


class _Create(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """What both ways to create have in common."""

    user_id: str
    protocol: Protocol
    driver_type: DriverType
    req_id: str = msgspec.field(default_factory=new_req_id)
    session_id: str | None = None
    """For private environments only; the public cloud gives ids itself."""
    protocol_option: ProtocolOption | None = None
    extra_info: ExtraInfo | None = None
    stream_max_interval: int | None = None
    """Newer: milliseconds of silence after which the cloud ends a drive by itself, 2000 to 6000."""
    timeout: int | None = None
    """Newer: seconds."""

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        checks.req_id(self.req_id)
        checks.given("UserId", self.user_id)
        checks.one_of("Protocol", self.protocol, get_args(Protocol))
        checks.one_of("DriverType", self.driver_type, tuple(int(each) for each in DriverType))
        checks.between("StreamMaxInterval", self.stream_max_interval, 2000, 6000)
        if self.session_id is not None:
            checks.given("SessionId", self.session_id)


class CreateSession(_Create, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """createsession: a cloud session for an avatar project."""

    virtualman_project_id: str

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        super().__post_init__()
        checks.given("VirtualmanProjectId", self.virtualman_project_id)


class CreateSessionByAsset(_Create, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """createsessionbyasset: a cloud session for a personal asset image."""

    asset_virtualman_key: str
    speech_param: SpeechParam | None = None
    anchor_param: AnchorParam | None = None

    def __post_init__(self) -> None:
        """Check what the manual limits. Raises CloudParameterInvalid."""
        super().__post_init__()
        checks.given("AssetVirtualmanKey", self.asset_virtualman_key)


class Created(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The answer of both; the play address is absent when a push URL was given."""

    session_id: str
    session_status: int
    play_stream_addr: str | None = None

"""Requests and answers of session management (manual, "Live Session Management"); unknown fields are ignored."""

from typing import Annotated

import msgspec

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class ProtocolOption(msgspec.Struct, rename="pascal", frozen=True):
    """How the stream is delivered; TRTC fields matter for `trtc` only."""

    trtc_use_external_app: bool = False
    trtc_app_id: str | int | None = None
    trtc_room_id: int | str | None = None
    trtc_str_room_id: str | None = None
    trtc_user_sig: str | None = None
    trtc_private_map_key: str | None = None
    css_custom_push_url: str | None = None


class ExtraInfo(msgspec.Struct, rename="pascal", frozen=True):
    """Extra wishes."""

    alpha_channel_enable: bool = False


class SpeechParam(msgspec.Struct, rename="pascal", frozen=True):
    """The voice: Speed 50 to 200 per cent, Volume -10 to 10 dB."""

    speed: Annotated[float, msgspec.Meta(ge=50, le=200)] | None = None
    timbre_key: str | None = None
    volume: Annotated[int, msgspec.Meta(ge=-10, le=10)] | None = None
    timbre_language: str | None = None


class NewSession(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """What both ways to create a session share; DriverType may come as a numeric string."""

    req_id: _Id
    user_id: _Id
    protocol: str
    driver_type: int | str
    session_id: str | None = None
    protocol_option: ProtocolOption | None = None
    extra_info: ExtraInfo | None = None
    stream_max_interval: Annotated[int, msgspec.Meta(ge=2000, le=6000)] | None = None
    """Milliseconds."""


class CreateSession(NewSession, rename="pascal", frozen=True, kw_only=True):
    """Payload of createsession."""

    virtualman_project_id: _Id


class CreateSessionByAsset(NewSession, rename="pascal", frozen=True, kw_only=True):
    """Payload of createsessionbyasset."""

    asset_virtualman_key: _Id
    speech_param: SpeechParam | None = None


class SpaceParam(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """Where the character stands: fractions of the picture from its middle and its foot, upwards and to the right."""

    background_url: str | None = None
    image_position: Annotated[float, msgspec.Meta(ge=-0.5, le=0.5)]
    image_position_vertical: Annotated[float, msgspec.Meta(ge=-0.5, le=0.25)]
    image_zoom: Annotated[float, msgspec.Meta(ge=0.25, le=2)]


class ImageParam(msgspec.Struct, rename="pascal", frozen=True):
    """How a 3D character is turned and coloured; the manual's table and its sample differ about the last."""

    image_vertical_offset: float | None = None
    image_horizontal_offset: float | None = None
    image_extra_param: str | float | None = None


class UpdateConfig(msgspec.Struct, rename="pascal", frozen=True):
    """Payload of updatesessionconfig."""

    req_id: _Id
    session_id: _Id
    space_param: SpaceParam | None = None
    image_param: ImageParam | None = None


class TrtcSignRequest(msgspec.Struct, rename="pascal", frozen=True):
    """Payload of gettrtcsign."""

    req_id: _Id
    session_id: _Id
    room_id: _Id
    user_id: _Id


class TrtcSign(msgspec.Struct, rename="pascal", frozen=True):
    """Answer of gettrtcsign: what one user needs to enter the room."""

    req_id: str
    user_sig: str
    private_map_key: str


class HttpCommand(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """Payload of command; the table asks for a ReqId, the samples have none."""

    req_id: Annotated[str, msgspec.Meta(max_length=256)] = ""
    session_id: _Id
    command: str
    data: msgspec.Raw


class SessionRequest(msgspec.Struct, rename="pascal", frozen=True):
    """Payload of statsession, startsession and closesession."""

    req_id: _Id
    session_id: _Id


class ListOfProject(msgspec.Struct, rename="pascal", frozen=True):
    """Payload of listsessionofprojectid."""

    req_id: _Id
    virtualman_project_id: _Id


class ListOfAsset(msgspec.Struct, rename="pascal", frozen=True):
    """Payload of listsessionofassetvk, which some clients call listsessionofvk."""

    req_id: _Id
    asset_virtualman_key: _Id


class ListOfUin(msgspec.Struct, rename="pascal", frozen=True):
    """Payload of listsessionofuin: all sessions of the account."""

    req_id: _Id


class Listed(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """An ongoing session in a list; the samples have DriverType as a number."""

    user_id: str
    session_id: str
    session_status: int
    play_stream_addr: str | msgspec.UnsetType = msgspec.UNSET
    driver_type: int
    is_session_started: bool


class SessionList(msgspec.Struct, rename="pascal", frozen=True):
    """Answer of the three lists."""

    req_id: str
    sessions: list[Listed]


class Created(msgspec.Struct, rename="pascal", frozen=True):
    """Answer of both creating calls."""

    req_id: str
    session_id: str
    session_status: int
    play_stream_addr: str | msgspec.UnsetType = msgspec.UNSET


class Stat(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """Answer of statsession."""

    req_id: str
    session_status: int
    play_stream_addr: str | msgspec.UnsetType = msgspec.UNSET
    speak_status: str
    is_session_started: bool
    error_code: int = 0
    error_message: str = ""
    close_type: int = 0


class Done(msgspec.Struct, rename="pascal", frozen=True):
    """Answer of the calls that answer nothing else."""

    req_id: str

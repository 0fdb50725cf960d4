"""The bodies of the interactive service's calls, a module a group of calls; the checks raise CloudParameterInvalid."""

from bridge.clouds.tencent.models.command import SendText, TextData
from bridge.clouds.tencent.models.create import (
    AnchorParam,
    Created,
    CreateSession,
    CreateSessionByAsset,
    DriverType,
    ExtraInfo,
    Protocol,
    ProtocolOption,
    SpeechParam,
)
from bridge.clouds.tencent.models.envelope import Done, Reply, Response, ResponseHeader, new_req_id, read
from bridge.clouds.tencent.models.picture import ImageParam, SpaceParam, UpdateConfig
from bridge.clouds.tencent.models.state import (
    ListedSession,
    ListOfAccount,
    ListOfAsset,
    ListOfProject,
    OneSession,
    SessionList,
    SessionStatus,
    Stat,
)
from bridge.clouds.tencent.models.trtc import GetTrtcSign, TrtcSign

__all__ = [
    "AnchorParam",
    "CreateSession",
    "CreateSessionByAsset",
    "Created",
    "Done",
    "DriverType",
    "ExtraInfo",
    "GetTrtcSign",
    "ImageParam",
    "ListOfAccount",
    "ListOfAsset",
    "ListOfProject",
    "ListedSession",
    "OneSession",
    "Protocol",
    "ProtocolOption",
    "Reply",
    "Response",
    "ResponseHeader",
    "SendText",
    "SessionList",
    "SessionStatus",
    "SpaceParam",
    "SpeechParam",
    "Stat",
    "TextData",
    "TrtcSign",
    "UpdateConfig",
    "new_req_id",
    "read",
]

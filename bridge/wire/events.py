"""What the cloud sends on the command channel (manual: "Long Link Downstream Message")."""

from typing import Literal, get_args

import msgspec

SpeakStatus = Literal[
    "Initial",
    "WaitingTextStart",
    "TextStart",
    "WaitingTextOver",
    "TextOver",
    "WaitingAudioStart",
    "AudioStart",
    "WaitingAudioOver",
    "AudioOver",
    "Error",
    "SentenceNext",
    "SentenceStart",
    "SentenceOver",
]
KNOWN_STATUSES = frozenset(get_args(SpeakStatus))
TYPE_STATUS = 3
TYPE_FAILED = 9


class DriveStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Type 3: what drive `req_id` is doing; `seq` is the clause's number, or 0."""

    req_id: str
    speak_status: str
    seq: int = 0
    final_type: int | None = None
    error_code: int = 0
    error_message: str = ""


class DriveError(msgspec.Struct, frozen=True, kw_only=True):
    """Type 9, or a Header whose Code is not 0: the cloud refused what drive `req_id` sent."""

    req_id: str
    code: int
    message: str


class OtherMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Any other type, known or not, as it came."""

    type: int
    req_id: str
    raw: msgspec.Raw


class Garbled(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that is no downlink message; the channel lives on."""

    reason: str


Downlink = DriveStatus | DriveError | OtherMessage | Garbled


class _Header(msgspec.Struct):
    code: int | None = msgspec.field(name="Code", default=0)
    message: str | None = msgspec.field(name="Message", default="")


class _Payload(msgspec.Struct, rename="pascal"):
    type: int | None = None
    req_id: str | None = None
    seq: int | None = None
    speak_status: str | None = None
    final_type: int | None = None
    error_code: int | None = None
    error_msg: str | None = None
    error_message: str | None = None


class _Frame(msgspec.Struct, rename="pascal"):
    payload: msgspec.Raw = msgspec.Raw(b"null")
    header: _Header | None = None


def decode(frame: str | bytes) -> Downlink:
    """Return what `frame` says; never raises, and keeps unknown types, statuses and fields."""
    try:
        envelope = msgspec.json.decode(frame, type=_Frame, strict=False)
        raw = envelope.payload
        payload = msgspec.json.decode(raw, type=_Payload | None, strict=False) or _Payload()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        return Garbled(reason=str(error))
    header = envelope.header or _Header()
    req_id = payload.req_id or ""
    message = payload.error_message or payload.error_msg or header.message or ""
    if header.code:
        return DriveError(req_id=req_id, code=header.code, message=message)
    if payload.type == TYPE_FAILED:
        return DriveError(req_id=req_id, code=payload.error_code or 0, message=message)
    if payload.type == TYPE_STATUS and payload.speak_status:
        return DriveStatus(
            req_id=req_id,
            speak_status=payload.speak_status,
            seq=payload.seq or 0,
            final_type=payload.final_type,
            error_code=payload.error_code or 0,
            error_message=message,
        )
    if payload.type is None:
        return Garbled(reason="no Payload.Type")
    return OtherMessage(type=payload.type, req_id=req_id, raw=msgspec.Raw(bytes(raw)))

"""What the cloud sends on the command channel (manual: "Long Link Downstream Message"), a struct a message type.

Types 0, 1, 2, 5 and the fields marked *newer* stand in the vendor's later pages and SDKs, not in the manual.
"""

from enum import IntEnum
from typing import Literal, TypeVar, get_args

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


class MessageType(IntEnum):
    """The types that somebody has described."""

    FAILURE = 0
    USER_INPUT = 1
    BROADCAST = 2
    STATUS = 3
    MODEL_CONTENT = 4
    MODEL_THINKING = 5
    DRIVE_FAILED = 9


class FinalType(IntEnum):
    """What ended an audio drive; INTERRUPTED is newer."""

    CLIENT = 1
    TIMEOUT = 2
    INTERRUPTED = 3


class CloseType(IntEnum):
    """Newer: why a cloud session was closed."""

    FORCED = 1
    TIMEOUT = 2
    DOWNSTREAM_LEFT = 3
    RESTARTED = 4
    SAME_USER = 5


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What every message may hold; absent texts are "", absent numbers 0 and what was left open None.

    `raw` is the Payload as it came, with the fields that nobody has described.
    """

    type: int = 0
    req_id: str = ""
    session_id: str = ""
    seq: int = 0
    speech_id: str = ""
    """Newer."""
    error_code: int = 0
    error_message: str = ""
    close_type: int | None = None
    """Newer: a CloseType, or a number that nobody has described; the cloud session is closed."""
    is_session_started: bool | None = None
    """Newer."""
    raw: msgspec.Raw = msgspec.Raw(b"")


class DriveStatus(Message, frozen=True, kw_only=True):
    """Type 3: what drive `req_id` is doing; `seq` is the clause's number, or 0. `final_type` is a FinalType."""

    speak_status: str
    final_type: int | None = None


class DriveError(Message, frozen=True, kw_only=True):
    """Type 9 or 0, or a Header whose Code is not 0: the cloud refused something, of drive `req_id` if that is given."""

    code: int
    message: str


class UserInput(Message, frozen=True, kw_only=True):
    """Type 1: the vendor's bot repeats what it was asked; a round begins."""

    text: str = ""


class _Spoken(Message, frozen=True, kw_only=True):
    """What types 2 and 4 share: the plain text, the one with markup and the one to show."""

    text: str = ""
    text_pro: str = ""
    text_display: str = ""
    uninterrupt: bool = False
    muted: bool = False


class Broadcast(_Spoken, frozen=True, kw_only=True):
    """Type 2: what the vendor's bot says; `interaction_content` is JSON as text.

    `interaction_type` is popup, image, video, optioninfo, imageoption or another, in any mix of cases.
    """

    interaction_type: str = ""
    interaction_content: str = ""


class ModelContent(_Spoken, frozen=True, kw_only=True):
    """Type 4: what the vendor's language model answers; `cloud_ai_extra` is JSON as text.

    `content_type` is a word in the manual and a number in newer pages; here it is always text.
    """

    content_type: str = ""
    tts_support: bool | None = None
    final: bool = False
    is_high_light: bool = False
    cloud_ai_extra: str = ""


class ModelThinking(Message, frozen=True, kw_only=True):
    """Type 5: what the vendor's language model thinks before it answers."""

    text: str = ""


class OtherMessage(Message, frozen=True, kw_only=True):
    """Any type that nobody has described, as it came."""


class Garbled(msgspec.Struct, frozen=True, kw_only=True):
    """A frame that is no downlink message; the channel lives on."""

    reason: str


Passed = UserInput | Broadcast | ModelContent | ModelThinking | OtherMessage
Downlink = DriveStatus | DriveError | Passed | Garbled


class _Header(msgspec.Struct):
    code: int | None = msgspec.field(name="Code", default=0)
    message: str | None = msgspec.field(name="Message", default="")


class _Payload(msgspec.Struct, rename="pascal"):
    """Every known field, any of which the cloud may leave out or send as null."""

    type: int | None = None
    session_id: str | None = None
    req_id: str | None = None
    seq: int | None = None
    speak_status: str | None = None
    final_type: int | None = None
    speech_id: str | None = None
    error_code: int | None = None
    error_msg: str | None = None
    error_message: str | None = None
    close_type: int | None = None
    is_session_started: bool | None = None


class _Words(msgspec.Struct, rename="pascal"):
    """The fields of types 1, 2, 4 and 5; one that is not as described costs no other type anything."""

    text: str | None = None
    text_pro: str | None = None
    text_display: str | None = None
    content_type: str | int | None = None
    tts_support: bool | None = None
    final: bool | None = None
    is_high_light: bool | None = None
    uninterrupt: bool | None = None
    muted: bool | None = None
    interaction_type: str | None = None
    interaction_content: str | None = None
    cloud_ai_extra: str | None = None


class _Frame(msgspec.Struct, rename="pascal"):
    payload: msgspec.Raw = msgspec.Raw(b"null")
    header: _Header | None = None


def decode(frame: str | bytes) -> Downlink:
    """Return what `frame` says; never raises, and keeps unknown types, statuses and fields."""
    try:
        envelope = msgspec.json.decode(frame, type=_Frame, strict=False)
        payload = msgspec.json.decode(envelope.payload, type=_Payload | None, strict=False) or _Payload()
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        return Garbled(reason=str(error))
    header = envelope.header or _Header()
    said = payload.error_message or payload.error_msg or header.message or ""
    common = Message(
        type=payload.type or 0,
        req_id=payload.req_id or "",
        session_id=payload.session_id or "",
        seq=payload.seq or 0,
        speech_id=payload.speech_id or "",
        error_code=payload.error_code or 0,
        error_message=said,
        close_type=payload.close_type or None,
        is_session_started=payload.is_session_started,
        raw=msgspec.Raw(bytes(envelope.payload)),
    )
    if header.code or payload.type in {MessageType.FAILURE, MessageType.DRIVE_FAILED}:
        return _as(DriveError, common, code=header.code or common.error_code, message=said)
    if payload.type is None:
        return Garbled(reason="no Payload.Type")
    if payload.type == MessageType.STATUS and payload.speak_status:
        return _as(DriveStatus, common, speak_status=payload.speak_status, final_type=payload.final_type)
    return _words(common)


def refusal_of(body: bytes) -> DriveError | None:
    """Return what the body of a refused upgrade says, or None if it is not an answer of the cloud's."""
    refusal = decode(body)
    return refusal if isinstance(refusal, DriveError) else None


def _words(common: Message) -> Passed:
    try:
        words = msgspec.json.decode(common.raw, type=_Words, strict=False)
    except (msgspec.MsgspecError, RecursionError):
        words = _Words()
    text = words.text or ""
    match common.type:
        case MessageType.USER_INPUT:
            return _as(UserInput, common, text=text)
        case MessageType.BROADCAST:
            return _as(
                Broadcast,
                common,
                **_spoken(words),
                interaction_type=(words.interaction_type or "").lower(),
                interaction_content=words.interaction_content or "",
            )
        case MessageType.MODEL_CONTENT:
            return _as(
                ModelContent,
                common,
                **_spoken(words),
                content_type="" if words.content_type is None else str(words.content_type),
                tts_support=words.tts_support,
                final=bool(words.final),
                is_high_light=bool(words.is_high_light),
                cloud_ai_extra=words.cloud_ai_extra or "",
            )
        case MessageType.MODEL_THINKING:
            return _as(ModelThinking, common, text=text)
        case _:
            return _as(OtherMessage, common)


def _spoken(words: _Words) -> dict[str, object]:
    return {
        "text": words.text or "",
        "text_pro": words.text_pro or "",
        "text_display": words.text_display or "",
        "uninterrupt": bool(words.uninterrupt),
        "muted": bool(words.muted),
    }


M = TypeVar("M", bound=Message)


def _as(kind: type[M], common: Message, **more: object) -> M:
    return msgspec.convert(msgspec.structs.asdict(common) | more, kind)

"""What a client may send on the command channel, as the manual asks for it. PURE."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

import msgspec

from emulator.codes import BAD_PARAMETER, CloudError

MAX_AUDIO_BYTES = 5120
"""160 ms of PCM, 16 kHz, 16 bit, mono."""

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Text(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_TEXT; without text it must be an interrupt."""

    text: str = ""
    interrupt: bool = False
    chat_command: str = ""


class StreamText(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_STREAMTEXT: one fragment of a drive."""

    text: str
    seq: int
    is_final: bool = False
    interrupt: bool = False
    is_sentence: bool = False
    is_insert_sentence: bool = False


class Audio(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_AUDIO: one frame of a drive, its sound in base64."""

    audio: str
    seq: int
    is_final: bool = False

    def sound(self) -> bytes:
        """Return the frame's PCM; raises CloudError for what is no PCM frame."""
        try:
            sound = base64.b64decode(self.audio, validate=True)
        except (binascii.Error, ValueError):
            raise CloudError(BAD_PARAMETER, "Audio is not base64") from None
        if len(sound) > MAX_AUDIO_BYTES or len(sound) % 2:
            raise CloudError(BAD_PARAMETER, "Audio must hold at most 5120 bytes of 16 bit samples")
        return sound


class Heartbeat(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_HEARTBEAT; real clients send other words than PING, and the cloud takes them."""

    text: str


Command = Text | StreamText | Audio | Heartbeat


@dataclass(frozen=True, slots=True)
class Uplink:
    """One command of a client."""

    req_id: str
    session_id: str
    command: Command


class BadFrame(CloudError):
    """A frame that cannot be read; `req_id` is what could be told of it."""

    def __init__(self, detail: str, req_id: str = "") -> None:
        super().__init__(BAD_PARAMETER, detail)
        self.req_id = req_id


class _Payload(msgspec.Struct):
    req_id: _Id = msgspec.field(name="ReqId")
    session_id: _Id = msgspec.field(name="SessionId")
    command: str = msgspec.field(name="Command")
    data: msgspec.Raw = msgspec.field(name="Data")


class _Header(msgspec.Struct):
    pass


class _Frame(msgspec.Struct):
    payload: _Payload = msgspec.field(name="Payload")
    header: _Header | None = msgspec.field(name="Header", default=None)


class _JustReqIdPayload(msgspec.Struct):
    req_id: str = msgspec.field(name="ReqId", default="")


class _JustReqId(msgspec.Struct):
    payload: _JustReqIdPayload = msgspec.field(name="Payload", default_factory=_JustReqIdPayload)


_decode_frame = msgspec.json.Decoder(_Frame).decode
_decode_req_id = msgspec.json.Decoder(_JustReqId).decode
_COMMANDS: dict[str, type[Command]] = {
    "SEND_TEXT": Text,
    "SEND_STREAMTEXT": StreamText,
    "SEND_AUDIO": Audio,
    "SEND_HEARTBEAT": Heartbeat,
}


def decode(frame: str | bytes, *, lenient: bool = False) -> Uplink:
    """Return the command in `frame`; raises BadFrame for anything else.

    The manual asks for a Header in every frame; `lenient` does without.
    """
    try:
        parsed = _decode_frame(frame)
        if parsed.header is None and not lenient:
            raise BadFrame("Header is missing", parsed.payload.req_id)
        kind = _COMMANDS.get(parsed.payload.command)
        if kind is None:
            raise BadFrame(f"unknown Command {parsed.payload.command[:40]!r}", parsed.payload.req_id)
        command = msgspec.json.decode(parsed.payload.data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(str(error), _req_id(frame)) from None
    return Uplink(parsed.payload.req_id, parsed.payload.session_id, command)


def _req_id(frame: str | bytes) -> str:
    try:
        return _decode_req_id(frame).payload.req_id[:128]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""

"""What a client may send on the command channel, as the manual asks for it. PURE."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

import msgspec

from emulator.codes import BAD_PARAMETER, CloudError

MAX_AUDIO_BYTES = 5120
"""160 ms of PCM, 16 kHz, 16 bit, mono."""

BYTES_PER_SECOND = 32_000

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Text(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_TEXT; without text it must be an interrupt."""

    text: str = ""
    interrupt: bool = False
    chat_command: str = ""
    chat_round_id: str = ""
    cloud_ai_visitor_biz_id: Annotated[str, msgspec.Meta(max_length=64)] = ""


class StreamText(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_STREAMTEXT: one fragment of a drive."""

    text: str
    seq: int
    is_final: bool = False
    interrupt: bool = False
    smart_action_enabled: bool = False
    is_sentence: bool = False
    is_insert_sentence: bool = False


class Audio(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_AUDIO: one frame of a drive, its sound in base64."""

    audio: str
    seq: int
    is_final: bool = False
    interrupt: bool = False
    """Unknown to the manual, sent by a real client, heeded when lenient."""

    @property
    def duration(self) -> float:
        """Seconds of sound, told from the length alone."""
        return (len(self.audio) * 3 // 4 - self.audio[-2:].count("=")) / BYTES_PER_SECOND

    def sound(self) -> bytes:
        """Return the frame's PCM; raises CloudError for what is no PCM frame."""
        try:
            sound = base64.b64decode(self.audio, validate=True)
        except (binascii.Error, ValueError):
            raise CloudError(BAD_PARAMETER, "Audio is not base64") from None
        if len(sound) > MAX_AUDIO_BYTES or len(sound) % 2:
            raise CloudError(BAD_PARAMETER, "Audio must hold at most 5120 bytes of 16 bit samples")
        return sound


class _LooseAudio(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_AUDIO as real clients also send it: an interrupt has neither sound nor Seq."""

    audio: str = ""
    seq: int | None = None
    is_final: bool = False
    interrupt: bool = False


class Heartbeat(msgspec.Struct, rename="pascal", frozen=True):
    """Data of SEND_HEARTBEAT: PING, but for lenient ears."""

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
        command = _command(parsed.payload.data, kind, lenient=lenient)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadFrame(str(error), _req_id(frame)) from None
    return Uplink(parsed.payload.req_id, parsed.payload.session_id, command)


def _command(data: msgspec.Raw, kind: type[Command], *, lenient: bool) -> Command:
    if kind is Audio:
        return _audio(data, lenient=lenient)
    command = msgspec.json.decode(data, type=kind)
    if isinstance(command, Heartbeat) and command.text != "PING" and not lenient:
        raise msgspec.ValidationError("Text of a heartbeat must be PING")
    return command


def _audio(data: msgspec.Raw, *, lenient: bool) -> Audio:
    if not lenient:
        strict = msgspec.json.decode(data, type=Audio)
        return Audio(strict.audio, strict.seq, strict.is_final)
    loose = msgspec.json.decode(data, type=_LooseAudio)
    if loose.seq is None and not loose.interrupt:
        raise msgspec.ValidationError("Seq is missing")
    return Audio(loose.audio, loose.seq or 0, loose.is_final, loose.interrupt)


def _req_id(frame: str | bytes) -> str:
    try:
        return _decode_req_id(frame).payload.req_id[:128]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""

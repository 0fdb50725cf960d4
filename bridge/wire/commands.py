"""What we send on the command channel, a struct a command with every field known.

Manual: "Text-driven Instructions", "Voice-driven Instructions", "Streaming Text-driven Instructions", "Heartbeat
Instruction". Fields marked *newer* stand in the vendor's later pages and SDKs only. A field that is UNSET is not sent.
"""

import msgspec
from msgspec import UNSET, UnsetType

TEXT_BYTES = 4000
"""The most UTF-8 bytes of text that one SEND_TEXT may carry."""
FRAGMENT_BYTES = 1000
"""The most UTF-8 bytes of text that one SEND_STREAMTEXT packet may carry."""
FRAME_BYTES = 5120
"""The bytes of a SEND_AUDIO frame: 160 ms of 16 kHz 16-bit mono PCM. Only a drive's last frame may be shorter."""
FRAME_S = 0.16
VISITOR_CHARACTERS = 64
NOT_USE_CHAT = "NotUseChat"


class SendText(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The Data of a SEND_TEXT: speak `text` instead of what is being spoken; empty with `interrupt`, fall silent.

    Unless `chat_command` is UNSET the avatar says the text itself; otherwise the vendor's bot answers it.
    `enhance_text` and `video_sei_info` (JSON in a string) are newer. Raises ValueError above 4000 bytes of text.
    """

    text: str = ""
    chat_command: str | UnsetType = NOT_USE_CHAT
    interrupt: bool | UnsetType = UNSET
    chat_round_id: str | UnsetType = UNSET
    cloud_ai_visitor_biz_id: str | UnsetType = UNSET
    smart_action_enabled: bool | UnsetType = UNSET
    enhance_text: int | UnsetType = UNSET
    video_sei_info: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        _check_text(self.text, TEXT_BYTES)
        visitor = self.cloud_ai_visitor_biz_id
        if visitor is not UNSET and len(visitor) > VISITOR_CHARACTERS:
            raise ValueError(f"CloudAiVisitorBizId may have {VISITOR_CHARACTERS} characters")


class StreamText(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """The Data of one SEND_STREAMTEXT packet; `seq` counts from 1 within a drive.

    With `is_sentence` (clause mode) the cloud speaks each packet as one clause, and `is_insert_sentence` puts one
    right after the clause being worked on. `interrupt` goes with an empty text and makes the drive fall silent.
    `video_sei_info` (JSON in a string) is newer. Raises ValueError above 1000 bytes of text or below 1 of `seq`.
    """

    text: str
    seq: int
    is_final: bool
    interrupt: bool = False
    smart_action_enabled: bool = False
    is_sentence: bool = False
    is_insert_sentence: bool = False
    video_sei_info: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        _check_text(self.text, FRAGMENT_BYTES)
        _check_seq(self.seq)


class SendAudio(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The Data of one SEND_AUDIO frame: `audio` is PCM, 16 kHz 16-bit mono; `seq` counts from 1 within a drive.

    A drive ends with a frame without audio that has `is_final`. `interrupt` is newer. Raises ValueError above 5120
    bytes of audio, for half a sample, or below 1 of `seq`.
    """

    audio: bytes
    seq: int
    is_final: bool = False
    interrupt: bool | UnsetType = UNSET

    def __post_init__(self) -> None:
        check_audio(self.audio)
        _check_seq(self.seq)


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The Data of a SEND_HEARTBEAT packet."""

    text: str = "PING"


Command = SendText | StreamText | SendAudio | Heartbeat
NAMES: dict[type[Command], str] = {
    SendText: "SEND_TEXT",
    StreamText: "SEND_STREAMTEXT",
    SendAudio: "SEND_AUDIO",
    Heartbeat: "SEND_HEARTBEAT",
}


def check_audio(audio: bytes) -> None:
    """Raise ValueError if `audio` is too much for a frame, or ends in the middle of a sample."""
    if len(audio) > FRAME_BYTES or len(audio) % 2:
        raise ValueError(f"a frame has an even number of bytes, at most {FRAME_BYTES}, not {len(audio)}")


def _check_text(text: str, limit: int) -> None:
    # No character has more than 4 bytes.
    if len(text) > limit // 4 and len(text.encode("utf-8", "replace")) > limit:
        raise ValueError(f"the text may have {limit} bytes of UTF-8")


def _check_seq(seq: int) -> None:
    if seq < 1:
        raise ValueError("Seq starts from 1")

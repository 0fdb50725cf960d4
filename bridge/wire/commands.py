"""What we send on the command channel (manual: "Streaming Text-driven Instructions", "Heartbeat Instruction")."""

import msgspec

FRAGMENT_BYTES = 1000
"""The most UTF-8 bytes of text that one SEND_STREAMTEXT packet may carry."""


class StreamText(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """The Data of one SEND_STREAMTEXT packet; `seq` counts from 1 within a drive."""

    text: str
    seq: int
    is_final: bool
    interrupt: bool = False
    is_sentence: bool = False


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The Data of a SEND_HEARTBEAT packet."""

    text: str = "PING"


Command = StreamText | Heartbeat
NAMES: dict[type[Command], str] = {StreamText: "SEND_STREAMTEXT", Heartbeat: "SEND_HEARTBEAT"}


class _NoHeader(msgspec.Struct, frozen=True):
    pass


class _Payload(msgspec.Struct, frozen=True, rename="pascal"):
    req_id: str
    session_id: str
    command: str
    data: Command


class _Frame(msgspec.Struct, frozen=True, rename="pascal"):
    header: _NoHeader
    payload: _Payload


def encode(command: Command, *, req_id: str, session_id: str) -> str:
    """Return the text frame of `command` for the drive `req_id` of the cloud session `session_id`."""
    payload = _Payload(req_id, session_id, NAMES[type(command)], command)
    return msgspec.json.encode(_Frame(_NoHeader(), payload)).decode()

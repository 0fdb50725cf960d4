"""Writes commands as the text frames of the command channel."""

import msgspec
import pybase64

from bridge.wire.commands import NAMES, Command, SendAudio


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
    """Return the text frame of `command` for the drive `req_id` of the cloud session `session_id`.

    Raises ValueError (a UnicodeEncodeError) for text with a lone surrogate, which `wire.text.fragments` replaces.
    """
    payload = _Payload(req_id, session_id, NAMES[type(command)], command)
    return msgspec.json.encode(_Frame(_NoHeader(), payload)).decode()


class Encoder:
    """Writes the same frames as `encode`; those of an audio drive, one like the other, several times faster.

    Everything before a frame's sound is written once a drive, and the sound spliced in.
    """

    def __init__(self) -> None:
        self._drive: tuple[str, str] | None = None
        self._head = ""

    def encode(self, command: Command, *, req_id: str, session_id: str) -> str:
        """Return the text frame of `command` for the drive `req_id` of the cloud session `session_id`."""
        if not isinstance(command, SendAudio) or not command.audio or command.interrupt is not msgspec.UNSET:
            return encode(command, req_id=req_id, session_id=session_id)
        if self._drive != (req_id, session_id):
            self._drive = (req_id, session_id)
            silent = encode(SendAudio(audio=b"", seq=1), req_id=req_id, session_id=session_id)
            self._head = silent[: silent.rindex('"Audio":"') + len('"Audio":"')]
        sound = pybase64.b64encode_as_string(command.audio)
        final = "true" if command.is_final else "false"
        return f'{self._head}{sound}","Seq":{command.seq},"IsFinal":{final}}}}}}}'

"""What goes through the pipe between the synthesiser's process and its owner: frames of msgpack.

A frame is four bytes of length, big-endian, and then the message.
"""

import struct

import msgspec

from emulator.performance import Language

LENGTH = struct.Struct(">I")
MAX_TEXT_BYTES = 4000
MAX_FRAME_BYTES = 64 * 1024 * 1024
"""Ten minutes of speech at 48 kHz, far above what `MAX_TEXT_BYTES` can give."""


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A text to speak, at most `MAX_TEXT_BYTES` of UTF-8; `speed` in per cent, `volume` in dB."""

    text: str
    speed: float = 100.0
    volume: int = 0


class TimedPhoneme(msgspec.Struct, frozen=True, array_like=True):
    """A phoneme; `start` and `end` in seconds from the first sample."""

    symbol: str
    language: Language
    start: float
    end: float


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """Speech as little-endian PCM of 16 bits at 48 kHz with the seconds of its actions, or why there is none."""

    pcm: bytes
    phonemes: tuple[TimedPhoneme, ...]
    error: str | None = None
    actions: tuple[float, ...] = ()


def frame(message: Request | Answer) -> bytes:
    """Return `message` as one frame."""
    body = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(body)) + body


decode_request = msgspec.msgpack.Decoder(Request).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode

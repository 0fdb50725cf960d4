"""The seam between a client's microphone and what listens to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class VoiceFormat:
    """What a microphone is for, and its sound: 16 bit little-endian samples, channels interleaved."""

    purpose: Literal["drive", "converse"]
    sample_rate: int
    channels: int
    ref: str | None = None
    hands_free: bool = True
    """In a conversation: whether the voice itself tells when somebody speaks, or else the microphone is open for it."""


class VoiceSink(Protocol):
    """Where the sound of one open microphone goes; no method waits. A conversation has no `utterance_id`."""

    @property
    def utterance_id(self) -> str | None:
        """The utterance that this sound is, if it is one."""
        ...

    def feed(self, pcm: bytes) -> None:
        """Take the next whole samples."""
        ...

    def end(self) -> None:
        """Take note that the microphone was turned off."""
        ...

    def lost(self) -> None:
        """Take note that the client is gone; what came is spoken, then the utterance fails with `source_lost`."""
        ...


VoiceOpener = Callable[[VoiceFormat], VoiceSink]
"""Begins to listen. Raises an error of `bridge.errors`, ModeMismatch and SessionEnded among them."""

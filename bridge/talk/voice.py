"""The seam between a client's microphone and what listens to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class OnWire:
    """A frame goes to the cloud now: `samples` of the microphone's stream, of all channels each, stand before it.

    Its first one came to this server `held_ms` ago.
    """

    utterance_id: str
    samples: int
    held_ms: int


@dataclass(frozen=True, slots=True)
class VoiceFormat:
    """What a microphone is for, and its sound: 16 bit little-endian samples, channels interleaved."""

    purpose: Literal["drive", "converse"]
    sample_rate: int
    channels: int
    ref: str | None = None
    hands_free: bool = True
    """In a conversation: whether the voice itself tells when somebody speaks, or else the microphone is open for it."""
    interrupt: bool = False
    """To drive: whether it takes over from what is being said, or else waits for its turn."""
    gate: bool = False
    """To drive: whether only speech passes, each stretch of it taking over; `silence_ms` of silence end one."""
    silence_ms: int = 1_200
    on_wire: Callable[[OnWire], None] | None = None
    """To drive: is told of every frame; must not raise."""


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

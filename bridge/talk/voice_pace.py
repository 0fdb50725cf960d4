"""The sound of one utterance on its way to the cloud: what its laws have in common. Pure.

`now` is seconds of the caller's clock; PCM is in the house format. The session's drives close
and go on by themselves (`bridge.session.drives.audio`).
"""

from typing import Protocol

from audio.pacer import Frame


class VoicePace(Protocol):
    """What both laws have: sound goes in, frames come out while they are wanted."""

    @property
    def wants_more(self) -> bool:
        """Whether the source should go on."""
        ...

    @property
    def has_frames(self) -> bool:
        """Whether a frame waits, be it for its time."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether the source has ended and every frame was given."""
        ...

    def receive(self, pcm: bytes, now: float) -> bool:
        """Take the next piece, of any size; after the end it is ignored. Return `has_frames`."""
        ...

    def end(self, now: float) -> None:
        """Note that the source has ended. May be called twice."""
        ...

    def step(self, now: float, *, wanted: bool) -> Frame | None:
        """Return the frame to be given at this instant, if there is one and frames are `wanted`; then call `given`."""
        ...

    def given(self, now: float) -> None:
        """Note that the frame is on its way."""
        ...

    def next_deadline(self) -> float | None:
        """Return when `step` has something to do; None: when told more."""
        ...

    def losses(self, now: float) -> int:
        """Return how many milliseconds were dropped and are to be reported now, mostly 0."""
        ...

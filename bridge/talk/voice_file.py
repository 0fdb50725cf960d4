"""A file on its way to the cloud: some of it ahead of real time, and nothing of it lost. Pure."""

from collections import deque

from audio.chunker import FRAME_BYTES, Chunker
from audio.pacer import QUEUE_FRAMES, FilePacer, Frame

NEW_DRIVE_S = 0.05
"""Frames that are not wanted for longer than this go on in a new drive, of which nothing was sent ahead."""


class FilePace:
    """A file: `lead_ms` ahead of real time, nothing dropped; a new drive begins with a lead of its own."""

    def __init__(self, lead_ms: int) -> None:
        self._lead_ms = lead_ms
        self._chunker = Chunker()
        self._frames: deque[bytes] = deque()
        self._offered: bytes | None = None
        self._pacer: FilePacer | None = None
        self._last_start: float | None = None
        self._unwanted_since: float | None = None
        self._ended = False

    @property
    def wants_more(self) -> bool:
        """Whether the source should go on: while fewer than four frames wait."""
        return not self._ended and self._waiting < QUEUE_FRAMES

    @property
    def is_finished(self) -> bool:
        """Whether the source has ended and every frame was given."""
        return self._ended and not self._waiting

    def receive(self, pcm: bytes, now: float) -> None:
        """Take the next piece, of any size; after the end it is ignored. What is too much waits, too."""
        if not self._ended:
            self._frames.extend(self._chunker.push(pcm))

    def end(self, now: float) -> None:
        """Note that the source has ended. May be called twice."""
        if not self._ended and (left := self._chunker.flush()):
            self._frames.append(left)
        self._ended = True

    def step(self, now: float, *, wanted: bool) -> Frame | None:
        """Return the frame to be given at this instant, if there is one and frames are `wanted`; then call `given`."""
        if not wanted:
            self._unwanted_since = now if self._unwanted_since is None else self._unwanted_since
            return None
        pacer = self._pacer_for(now)
        if self._offered is None and self._frames:
            self._offer(pacer, self._frames.popleft(), now)
        frame = pacer.take(now)
        if frame is not None:
            self._offered, self._last_start = None, now
        return frame

    def given(self, now: float) -> None:
        """Note that the frame is on its way."""
        if self._pacer is not None:
            self._pacer.written(now)

    def next_deadline(self) -> float | None:
        """Return when `step` has something to do; None: when told more."""
        if self._offered is None or self._pacer is None or self._unwanted_since is not None:
            return None
        return self._pacer.next_deadline()

    def losses(self, now: float) -> int:
        """Return 0: nothing is dropped."""
        return 0

    @property
    def _waiting(self) -> int:
        return len(self._frames) + (self._offered is not None)

    def _pacer_for(self, now: float) -> FilePacer:
        """Return the pacer of the drive that runs, or of the one that begins now."""
        since, self._unwanted_since = self._unwanted_since, None
        if self._pacer is None or (since is not None and now - since > NEW_DRIVE_S):
            self._pacer = FilePacer(self._lead_ms, previous=self._last_start)
            if self._offered is not None:
                self._offer(self._pacer, self._offered, now)
        return self._pacer

    def _offer(self, pacer: FilePacer, frame: bytes, now: float) -> None:
        self._offered = frame
        pacer.receive(frame, now)
        if len(frame) < FRAME_BYTES:
            pacer.end(now)

"""A file on its way to the cloud: some of it ahead of real time, and nothing of it lost. Pure."""

from collections import deque

from audio.chunker import FRAME_BYTES, Chunker
from audio.pacer import QUEUE_FRAMES, FilePacer, Frame
from audio.pcm import SAMPLE_BYTES

NEW_DRIVE_S = 0.05
"""Frames that are not wanted for longer than this go on in a new drive, of which nothing was sent ahead."""
MARGIN_S = 0.020
"""How long before the cloud has played all the rest of a frame is sent."""


class FilePace:
    """A file: `lead_ms` ahead of real time, nothing dropped; a new drive begins with a lead and `burst` of its own.

    `room` is how many frames may wait. With `fills`, what is left of a frame is not kept until more comes: before the
    cloud has played all, silence makes it whole. `samples` counts all that has come, that silence included.
    """

    def __init__(self, lead_ms: int, burst: int = 0, *, room: int = QUEUE_FRAMES, fills: bool = False) -> None:
        self.samples = 0
        self._lead_ms = lead_ms
        self._burst = burst
        self._room = room
        self._fills = fills
        self._chunker = Chunker()
        self._frames: deque[bytes] = deque()
        self._offered: bytes | None = None
        self._pacer: FilePacer | None = None
        self._last_start: float | None = None
        self._unwanted_since: float | None = None
        self._ended = False

    @property
    def wants_more(self) -> bool:
        """Whether the source should go on: while there is room."""
        return not self._ended and self._waiting < self._room

    @property
    def has_frames(self) -> bool:
        """Whether a frame waits, be it for its time."""
        return self._waiting > 0

    @property
    def is_finished(self) -> bool:
        """Whether the source has ended and every frame was given."""
        return self._ended and not self._waiting

    def receive(self, pcm: bytes, now: float) -> bool:
        """Take the next piece, of any size; after the end it is ignored. What is too much waits, too."""
        if not self._ended:
            self.samples += len(pcm) // SAMPLE_BYTES
            self._frames.extend(self._chunker.push(pcm))
        return self.has_frames

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
        self._fill(now)
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
        if self._pacer is None or self._unwanted_since is not None:
            return None
        return self._fills_at() if self._offered is None else self._pacer.next_deadline()

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
            self._pacer = FilePacer(self._lead_ms, burst=self._burst, previous=self._last_start)
            if self._offered is not None:
                self._offer(self._pacer, self._offered, now)
        return self._pacer

    def _fills_at(self) -> float | None:
        """Return when the rest of a frame is to wait no longer."""
        if not self._fills or self._ended or self._frames or not self._chunker.held or self._pacer is None:
            return None
        dry = self._pacer.runs_dry
        return None if dry is None else dry - MARGIN_S

    def _fill(self, now: float) -> None:
        at = self._fills_at()
        if at is not None and self._offered is None and now >= at:
            self.receive(bytes(FRAME_BYTES - self._chunker.held), now)

    def _offer(self, pacer: FilePacer, frame: bytes, now: float) -> None:
        self._offered = frame
        pacer.receive(frame, now)
        if len(frame) < FRAME_BYTES:
            pacer.end(now)

"""When a frame may be written to the cloud. Pure: seconds of the caller's clock come in with every call.

The cloud wants the interval between frames over their duration in [0.75, 1], so a frame of 160 ms every 120 to 160 ms
(manual, Voice-driven Instructions, note 4). One pacer carries one drive.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import NamedTuple

from audio.chunker import FRAME_BYTES, cut, cut_last
from audio.pcm import SAMPLE_BYTES

FRAME_S = 0.160
SPACING_S = 0.120
SILENT_S = 1.5
"""The cloud ends a drive after 2 s without a packet; the owner ends it before."""
UNFED_S = 1.8
"""A source that trickles less than a frame in this time is as good as silent."""
BACKLOG_FRAMES = 6
"""What may wait in the live law besides the frame whose turn it is: the whole frames in one second."""
HOLD_BYTES = FRAME_BYTES
"""The most that a frame of the live law is held to even out what the pieces of its source do to the intervals."""
QUEUE_FRAMES = 4
"""When as many wait in the file law, the source is to wait too."""
DRY_S = 0.020
"""Being later than this means that the cloud has run out of sound; less is the roughness of clocks."""
_EPSILON = 1e-9


class Frame(NamedTuple):
    """What is to be written now: `pcm` in the house format, and how many seconds later than it could have been."""

    pcm: bytes
    lateness: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """The oldest `frames` of the backlog, `samples` long, will never be written."""

    frames: int
    samples: int


@dataclass(frozen=True, slots=True)
class Silent:
    """The source gave nothing for 1.5 s: take what is left, then close the drive. More sound is a drive of its own."""


Effect = Dropped | Silent


@dataclass(slots=True)
class Counters:
    """What a drive has seen so far; seconds."""

    sent: int = 0
    dropped: int = 0
    starved: int = 0
    lateness_max: float = 0.0
    write_max: float = 0.0


class Pacer:
    """What both laws share: frames start at least 120 ms apart, one is written at a time, silence ends the drive."""

    def __init__(self, previous: float | None = None) -> None:
        """Begin a drive; `previous` is when the drive before it started to write its last frame."""
        self.counters = Counters()
        self._rest = bytearray()
        self.waiting: deque[tuple[bytes, float]] = deque()
        """The frames that wait, each with the time from which it may go as far as its source is concerned."""
        self._last_start = previous
        self._writing = False
        self._heard: float | None = None
        self._ended = False

    @property
    def earliest(self) -> float:
        """When the next packet of any kind may start at the earliest, also the empty one that closes the drive."""
        return float("-inf") if self._last_start is None else self._last_start + SPACING_S

    @property
    def last_start(self) -> float | None:
        """When the latest frame started to be written."""
        return self._last_start

    @property
    def wants_more(self) -> bool:
        """Whether the source should go on; False is back-pressure."""
        return not self._ended

    @property
    def done(self) -> bool:
        """Whether the source has ended and every frame was written: close the drive now."""
        return self._ended and not self.waiting and not self._writing

    def receive(self, pcm: bytes, now: float) -> Sequence[Effect]:
        """Take a piece of sound in the house format, of any size; RuntimeError after the end."""
        if self._ended:
            raise RuntimeError("the drive has ended")
        self._heard = now
        rest = self._rest
        rest += pcm
        if len(rest) < FRAME_BYTES:  # as after most pieces of 20 ms
            return ()
        frames = cut(rest, FRAME_BYTES)
        for following, frame in zip(range(len(frames) - 1, -1, -1), frames, strict=True):
            after_it = following * FRAME_BYTES + len(rest)
            self.waiting.append((frame, self._ready(now, after_it, len(pcm))))
        return self._bound(now)

    def end(self, now: float) -> None:
        """Note that the source has ended: its last, shorter frame may be taken too. May be called twice."""
        if not self._ended and (left := cut_last(self._rest)):
            self.waiting.append((left, now))
        self._ended = True

    def tick(self, now: float) -> list[Effect]:
        """Report a source that has gone silent, which ends it; first `receive` what has come meanwhile."""
        silent = self._silent_at()
        if silent is None or now + _EPSILON < silent:
            return []
        self.end(now)
        return [Silent()]

    def next_deadline(self) -> float | None:
        """Return when `take` or `tick` should be called next, maybe a time that has passed; None: when told more."""
        return min((at for at in (self._due(), self._silent_at()) if at is not None), default=None)

    def take(self, now: float) -> Frame | None:
        """Return the frame to be written at this instant, if there is one; then call `written`."""
        due = self._due()
        if due is None or now + _EPSILON < due:
            return None
        lateness = max(0.0, now - self._reference(due))
        pcm, _ = self.waiting.popleft()
        self._last_start = now
        self._writing = True
        self.counters.sent += 1
        self.counters.lateness_max = max(self.counters.lateness_max, lateness)
        return Frame(pcm, lateness)

    def written(self, now: float) -> None:
        """Note that the frame that was taken is written."""
        self._writing = False
        if self._last_start is not None:
            self.counters.write_max = max(self.counters.write_max, now - self._last_start)

    def _due(self) -> float | None:
        """Return when the first frame that waits may start."""
        if self._writing or not self.waiting:
            return None
        return max(self.waiting[0][1], self._permitted())

    def _silent_at(self) -> float | None:
        """Return when the source counts as silent if nothing more comes."""
        if self._ended or self._heard is None or not self.wants_more:
            return None
        silent = self._heard + SILENT_S
        if self.counters.sent and self._last_start is not None and not self.waiting and not self._writing:
            silent = min(silent, self._last_start + UNFED_S)
        return silent

    def _permitted(self) -> float:
        """Return when the law lets the next frame start."""
        return self.earliest

    def _ready(self, now: float, after_it: int, piece: int) -> float:
        """Return when a frame may go as far as its source is concerned; `after_it` bytes of `piece` follow it."""
        return now

    def _reference(self, due: float) -> float:
        """Return the time from which the lateness of the first frame that waits is counted."""
        return due

    def _bound(self, now: float) -> list[Effect]:
        """Bound the queue after something came."""
        return []


class LivePacer(Pacer):
    """For a microphone: each frame goes when it arrives; a backlog goes at 120 ms; beyond 1 s the oldest is dropped.

    Pieces that do not end where frames end (128 ms, say) would make uneven intervals: such frames are held a little, so
    that each goes equally long after its own sound. Lateness is the time that a frame has waited beyond this.
    """

    def __init__(self, previous: float | None = None) -> None:
        """Begin a drive; `previous` is when the drive before it started to write its last frame."""
        super().__init__(previous)
        self._most_after: deque[int] = deque(maxlen=13)

    def _ready(self, now: float, after_it: int, piece: int) -> float:
        self._most_after.append(min(max(after_it, piece - gcd(piece, FRAME_BYTES)), HOLD_BYTES))
        return now + max(0, max(self._most_after) - after_it) / FRAME_BYTES * FRAME_S

    def _reference(self, due: float) -> float:
        return self.waiting[0][1]

    def _bound(self, now: float) -> list[Effect]:
        turn = 1 if now >= self.earliest else 0
        excess = len(self.waiting) - BACKLOG_FRAMES - turn
        if excess <= 0:
            return []
        samples = sum(len(self.waiting.popleft()[0]) for _ in range(excess)) // SAMPLE_BYTES
        self.counters.dropped += excess
        return [Dropped(excess, samples)]


class FilePacer(Pacer):
    """For sound that can wait: 120 ms until `lead_ms` is sent ahead, then 160 ms by the clock, refilled at 120 ms.

    Nothing is dropped: the source goes on only while `wants_more`. If the cloud has run dry, the clock starts anew.
    """

    def __init__(self, lead_ms: int = 1_000, *, burst: int = 0, previous: float | None = None) -> None:
        """Keep `lead_ms` ahead of real time; the first `burst` frames go without any interval (the cloud takes 6)."""
        super().__init__(previous)
        self._lead_s = lead_ms / 1_000
        self._burst = burst
        self._began = 0.0

    @property
    def wants_more(self) -> bool:
        """Whether the source should go on; False is back-pressure."""
        return not self._ended and len(self.waiting) < QUEUE_FRAMES

    @property
    def runs_dry(self) -> float | None:
        """When the cloud will have played all that was written; None before the first frame."""
        return self._played(self.counters.sent) if self.counters.sent else None

    def take(self, now: float) -> Frame | None:
        """Return the frame to be written at this instant, if there is one; then call `written`."""
        held_back = not self.wants_more
        sent = self.counters.sent
        frame = super().take(now)
        if frame is None:
            return None
        if sent == 0:
            self._began = now
        elif now - self._played(sent) > DRY_S:
            self.counters.starved += 1
            self._began = now - sent * FRAME_S
        if held_back and self.wants_more:
            self._heard = now
        return frame

    def _played(self, frames: int) -> float:
        """Return when the cloud will have played so many frames."""
        return self._began + frames * FRAME_S

    def _permitted(self) -> float:
        sent = self.counters.sent
        if sent == 0:
            return self.earliest
        if sent < self._burst:
            return float("-inf")
        return max(self.earliest, self._played(sent) - self._lead_s)

"""A microphone on its way to the cloud: driven by what arrives, never far behind it. Pure."""

from audio.pacer import Dropped, Frame, LivePacer
from audio.pcm import SAMPLE_BYTES, duration_us

CLOSE_S = 1.4
"""When nothing has filled a frame for so long, what is left of one goes out: the session closes the drive at 1.5 s."""
REPORT_S = 1.0
"""Losses are reported once in this time at most."""


class LivePace:
    """A microphone: each frame goes when it is complete; beyond 1 s the oldest is dropped.

    Silence closes the drive: what is left of a frame goes out before, and what comes later begins afresh.
    """

    wants_more = True

    def __init__(self) -> None:
        self._pacer = LivePacer()
        self._wanted = False
        self._wanted_since = 0.0
        self._ended = False
        self._lost_samples = 0
        self._passed = 0
        self.place = 0
        """How many samples came before the frame that `step` returned last, dropped ones included."""
        self._reported: float | None = None

    @property
    def has_frames(self) -> bool:
        """Whether a frame waits, be it for its time."""
        return bool(self._pacer.waiting)

    @property
    def is_finished(self) -> bool:
        """Whether the source has ended and every frame was given."""
        return self._ended and self._pacer.done

    def receive(self, pcm: bytes, now: float) -> bool:
        """Take the next piece, of any size; after the end it is ignored. Return `has_frames`."""
        pacer = self._pacer
        if not self._ended:
            for effect in pacer.receive(pcm, now):
                if isinstance(effect, Dropped):
                    self._lost_samples += effect.samples
                    self._passed += effect.samples
        return bool(pacer.waiting)

    def end(self, now: float) -> None:
        """Note that the source has ended. May be called twice."""
        self._ended = True
        self._pacer.end(now)

    def step(self, now: float, *, wanted: bool) -> Frame | None:
        """Return the frame to be given at this instant, if there is one and frames are `wanted`; then call `given`."""
        if wanted and not self._wanted:
            self._wanted_since = now
            self._still_there(now)
        self._wanted = wanted
        if not wanted:
            return None
        self._close_if_silent(now)
        frame = self._pacer.take(now)
        if frame is None:
            self._begin_anew()
        else:
            self.place = self._passed
            self._passed += len(frame.pcm) // SAMPLE_BYTES
        return frame

    def given(self, now: float) -> None:
        """Note that the frame is on its way."""
        self._pacer.written(now)
        self._still_there(now)
        self._begin_anew()

    def next_deadline(self) -> float | None:
        """Return when `step` has something to do; None: when told more."""
        if not self._wanted:
            return None
        return self._silent_at() if self._is_fed_in_vain else self._pacer.next_deadline()

    def losses(self, now: float) -> int:
        """Return how many milliseconds were dropped and are to be reported now: once a second at most."""
        recently = self._reported is not None and now < self._reported + REPORT_S
        if not self._lost_samples or (recently and not self.is_finished):
            return 0
        lost, self._lost_samples, self._reported = self._lost_samples, 0, now
        return duration_us(lost) // 1_000

    def _still_there(self, now: float) -> None:
        """Let silence count from now: frames that waited for the cloud are no silence of the source."""
        if not self._ended and self._pacer.wants_more:
            self._pacer.receive(b"", now)

    @property
    def _is_fed_in_vain(self) -> bool:
        """Whether the drive has begun, and nothing is there that could be given."""
        return bool(self._pacer.counters.sent) and not self._pacer.waiting

    def _silent_at(self) -> float | None:
        """Return when what is left of a frame goes out, in a drive that has begun."""
        last = self._pacer.last_start
        return None if self._ended or last is None else max(last, self._wanted_since) + CLOSE_S

    def _close_if_silent(self, now: float) -> None:
        if self._ended or self._pacer.waiting:
            return
        if not self._is_fed_in_vain:
            self._pacer.tick(now)
        elif (silent_at := self._silent_at()) is not None and now >= silent_at:
            self._pacer.end(now)

    def _begin_anew(self) -> None:
        if self._pacer.done and not self._ended:
            self._pacer = LivePacer(self._pacer.last_start)

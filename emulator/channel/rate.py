"""How fast SEND_AUDIO comes: interval over duration has to lie in [0.75, 1] (manual, "Voice-driven Instructions").

PURE.
"""

from dataclasses import dataclass, field

FASTEST = 0.75
FRAME_SECONDS = 0.16
JITTER_SECONDS = 0.02
"""What a frame may be early without being held back: less than any network's jitter is nobody's fault."""
LEAD_SECONDS = 0.2
"""From a drive's first frame to its first sound; a frame that comes when all sound is over makes it stutter."""


@dataclass(slots=True)
class AudioFigures:
    """What came of SEND_AUDIO; `rate` is interval over duration of the latest drive, None before its second frame."""

    frames: int = 0
    seconds: float = 0.0
    rate: float | None = None
    throttled: int = 0
    refused: int = 0
    stutters: int = 0


@dataclass(slots=True)
class AudioMeter:
    """Measures one session's audio; times are seconds of one clock."""

    figures: AudioFigures = field(default_factory=AudioFigures)
    _req_id: str | None = None
    _began: float = 0.0
    _before_last: float = 0.0
    _due: float = 0.0
    _sound_end: float = 0.0

    def early(self, req_id: str, now: float, burst: int) -> float:
        """Return by how many seconds a frame of `req_id` comes too early, 0 if it does not.

        A drive may be `burst` frames of 160 ms ahead of the fastest rate, so that so many may come at once.
        """
        if req_id != self._req_id:
            return 0.0
        allowance = (burst - 1) * FASTEST * FRAME_SECONDS
        early = self._due - now - allowance
        return early if early > JITTER_SECONDS else 0.0

    def take(self, req_id: str, duration: float, now: float) -> None:
        """Count a frame of `duration` seconds that is taken at `now`; frames without sound only end a drive."""
        if duration == 0.0:
            return
        if req_id != self._req_id:
            self._req_id, self._began, self._due = req_id, now, now
            self._before_last, self._sound_end = 0.0, now + LEAD_SECONDS
            self.figures.rate = None
        elif self._before_last > 0.0:
            self.figures.rate = round((now - self._began) / self._before_last, 3)
        if now > self._sound_end:
            self.figures.stutters += 1
            self._sound_end = now + LEAD_SECONDS
        self._due = max(self._due, now) + FASTEST * duration
        self._before_last += duration
        self._sound_end += duration
        self.figures.frames += 1
        self.figures.seconds = round(self.figures.seconds + duration, 4)

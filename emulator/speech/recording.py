"""The sound of one session on its media clock, placed, cut and read back: PURE."""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from audio.pcm import Samples
from emulator.performance import SAMPLE_RATE, Phoneme
from emulator.speech.speech import Speech

FADE = SAMPLE_RATE // 200
"""Samples over which a cut sound dies away, 5 ms: shorter clicks."""

KEPT = 120 * SAMPLE_RATE
"""Samples of the past that are kept; older speech is forgotten."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One placed speech: its first sample on the media clock, and its phonemes and actions in media time."""

    start: int
    sound: Samples
    phonemes: tuple[Phoneme, ...]
    actions: tuple[float, ...]

    @property
    def end(self) -> int:
        """The sample after the last one."""
        return self.start + self.sound.size


class Recording:
    """Segments in order of time, without overlap; at most `KEPT` samples of the past."""

    def __init__(self) -> None:
        self._segments: deque[Segment] = deque()

    @property
    def end(self) -> int:
        """The sample after the last one placed, 0 before any."""
        return self._segments[-1].end if self._segments else 0

    def place(self, speech: Speech, start: int) -> None:
        """Let `speech` begin at sample `start`, which must not lie before `end`."""
        offset = start / SAMPLE_RATE
        phonemes = tuple(replace(p, start=p.start + offset, end=p.end + offset) for p in speech.phonemes)
        actions = tuple(action + offset for action in speech.actions)
        self._segments.append(Segment(start, speech.pcm48, phonemes, actions))

    def cut(self, at: int) -> None:
        """Take away all sound from sample `at` on; what sounds there dies away within `FADE` samples."""
        while self._segments and self._segments[-1].start >= at:
            self._segments.pop()
        if not self._segments or self._segments[-1].end <= at + FADE:
            return
        last = self._segments.pop()
        sound = last.sound[: at + FADE - last.start].copy()
        sound[-FADE:] = sound[-FADE:] * np.linspace(1.0, 0.0, FADE, dtype=np.float32)
        moment = at / SAMPLE_RATE
        phonemes = tuple(replace(p, end=min(p.end, moment)) for p in last.phonemes if p.start < moment)
        actions = tuple(action for action in last.actions if action < moment)
        self._segments.append(Segment(last.start, sound, phonemes, actions))

    def take_back(self, start: int) -> None:
        """Forget the segments that begin at sample `start` or later, which must not have begun to sound."""
        while self._segments and self._segments[-1].start >= start:
            self._segments.pop()

    def forget(self, now: int) -> None:
        """Drop segments that ended more than `KEPT` samples before sample `now`."""
        while self._segments and self._segments[0].end < now - KEPT:
            self._segments.popleft()

    def audio(self, start: int, count: int) -> Samples:
        """Return `count` samples from sample `start`, zeros where nothing is placed."""
        sound = np.zeros(count, np.int16)
        for segment in reversed(self._segments):
            if segment.end <= start:
                break
            first, last = max(segment.start, start), min(segment.end, start + count)
            if first < last:
                sound[first - start : last - start] = segment.sound[first - segment.start : last - segment.start]
        return sound

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        """Return the phonemes that overlap [start, end) seconds, in order."""
        found: deque[Phoneme] = deque()
        for segment in reversed(self._segments):
            if segment.end <= start * SAMPLE_RATE:
                break
            first = bisect_right(segment.phonemes, start, key=_end)
            overlapping = [p for p in segment.phonemes[first:] if p.start < end]
            found.extendleft(reversed(overlapping))
        return tuple(found)

    def actions(self) -> tuple[float, ...]:
        """Return the times of all actions that are kept, in order."""
        return tuple(action for segment in self._segments for action in segment.actions)

    def spoken(self, until: int) -> Samples:
        """Return everything that is kept and sounded before sample `until`, without the silence between."""
        sounds = [s.sound[: max(0, until - s.start)] for s in self._segments]
        return np.concatenate([np.zeros(0, np.int16), *sounds])


def _end(phoneme: Phoneme) -> float:
    return phoneme.end

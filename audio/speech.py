"""When somebody begins and ends to speak. Pure: it is given windows and probabilities, and counts time in samples."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from audio.pcm import Samples, samples_in


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """Speech begins after `begin_ms` at `on` or more, and ends after `end_ms` below `off`.

    What was heard up to `before_ms` before the first window of speech is given with it, so that no syllable is lost.
    """

    on: float = 0.5
    off: float = 0.35
    begin_ms: int = 96
    end_ms: int = 640
    before_ms: int = 320

    def __post_init__(self) -> None:
        """Raise ValueError for rules that contradict each other."""
        if not 0 < self.off <= self.on <= 1:
            raise ValueError("0 < off <= on <= 1")
        if min(self.begin_ms, self.end_ms, self.before_ms) < 0:
            raise ValueError("times are not negative")


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody speaks; `samples` begin at `at`, counted from the stream's first sample, a little before the speech."""

    at: int
    samples: Samples = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeechGoesOn:
    """The next part of the speech."""

    samples: Samples = field(repr=False)


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The last voice was heard before the sample `at`; the silence after it was given too."""

    at: int


SpeechEffect = SpeechBegan | SpeechGoesOn | SpeechEnded


class SpeechDetector:
    """Follows one stream of windows."""

    def __init__(self, rules: SpeechRules | None = None) -> None:
        """Begin in silence."""
        self._rules = rules or SpeechRules()
        self._begin = samples_in(self._rules.begin_ms)
        self._end = samples_in(self._rules.end_ms)
        self._before = samples_in(self._rules.before_ms)
        self._heard = 0
        self._voiced = 0
        self._quiet = 0
        self._speaking = False
        self._recent: deque[Samples] = deque()
        self._recent_size = 0

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks, as far as is known."""
        return self._speaking

    def receive(self, window: Samples, probability: float) -> list[SpeechEffect]:
        """Take the next window, of any size, and how likely it holds a voice."""
        self._heard += window.size
        return self._go_on(window, probability) if self._speaking else self._wait(window, probability)

    def finish(self) -> list[SpeechEffect]:
        """Note that the stream has ended; speech ends with it."""
        if not self._speaking:
            return []
        self._speaking = False
        return [SpeechEnded(self._heard - self._quiet)]

    def _wait(self, window: Samples, probability: float) -> list[SpeechEffect]:
        """Wait for a beginning: windows from `off` on keep it alive, those from `on` on count for it."""
        self._keep(window)
        if probability >= self._rules.on:
            self._voiced += window.size
        elif probability < self._rules.off:
            self._voiced = 0
        if not self._voiced or self._voiced < self._begin:
            return []
        samples = np.concatenate(list(self._recent))
        self._recent.clear()
        self._recent_size = self._voiced = self._quiet = 0
        self._speaking = True
        return [SpeechBegan(self._heard - samples.size, samples)]

    def _go_on(self, window: Samples, probability: float) -> list[SpeechEffect]:
        self._quiet = self._quiet + window.size if probability < self._rules.off else 0
        effects: list[SpeechEffect] = [SpeechGoesOn(window)]
        if self._quiet and self._quiet >= self._end:
            self._speaking = False
            effects.append(SpeechEnded(self._heard - self._quiet))
        return effects

    def _keep(self, window: Samples) -> None:
        """Keep what may be needed: the time before a beginning, and the beginning itself."""
        self._recent.append(window)
        self._recent_size += window.size
        most = self._before + max(self._begin, self._voiced + window.size)
        while self._recent_size - self._recent[0].size >= most:
            self._recent_size -= self._recent.popleft().size

"""A world for pacers in virtual time, and the promise about pace checked naively from what was written."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from audio.pacer import Dropped, Effect, FilePacer, LivePacer, Silent

BYTES = 5120
REAL = 0.160


@dataclass(frozen=True)
class Stall:
    """Nothing of one kind happens from `start` to `end`: the source's network, the event loop or a write."""

    kind: str
    start: float
    end: float


@dataclass
class Log:
    """What happened: the number and the start of each frame written, and the effects."""

    numbers: list[int] = field(default_factory=list[int])
    starts: list[float] = field(default_factory=list[float])
    sizes: list[int] = field(default_factory=list[int])
    effects: list[Effect] = field(default_factory=list[Effect])
    silent_at: list[float] = field(default_factory=list[float])
    most_waiting: int = 0

    @property
    def dropped(self) -> int:
        return sum(effect.frames for effect in self.effects if isinstance(effect, Dropped))


def numbered(frames: int, last_bytes: int = BYTES) -> bytes:
    """PCM whose every sample holds the number of its frame."""
    samples = np.repeat(np.arange(frames, dtype="<i2"), BYTES // 2).tobytes()
    return samples[: (frames - 1) * BYTES + last_bytes]


def microphone(
    pcm: bytes, pieces: Iterable[int], ppm: float, jitter: Iterable[float], stalls: Iterable[Stall]
) -> Iterator[tuple[float, bytes]]:
    """When each piece arrives: captured by a clock of its own, late by its jitter, after a stall all at once."""
    at = arrival = 0.0
    start = 0
    for size, late in zip(itertools.cycle(pieces), itertools.cycle(jitter), strict=False):
        piece = pcm[start : start + size]
        if not piece:
            return
        start += len(piece)
        at = start / BYTES * REAL * (1 + ppm * 1e-6)
        arrival = max(arrival, at + late)
        for stall in stalls:
            if stall.kind == "source" and stall.start <= arrival < stall.end:
                arrival = stall.end
        yield arrival, piece


def captures(frames: int, pieces: Iterable[int], ppm: float) -> list[float]:
    """When the piece that completes each frame leaves the microphone."""
    found: list[float] = []
    end = 0
    for size in itertools.cycle(pieces):
        end = min(end + size, frames * BYTES)
        found += [end / BYTES * REAL * (1 + ppm * 1e-6)] * (end // BYTES - len(found))
        if len(found) == frames:
            break
    return found


@dataclass
class World:
    """Runs a pacer as its owner would: timers and writes take their time, and stalls stop them."""

    timers: Iterable[float] = (0.0,)
    writes: Iterable[float] = (0.0,)
    stalls: tuple[Stall, ...] = ()
    horizon: float = 600.0

    def __post_init__(self) -> None:
        self._timers = itertools.cycle(self.timers)
        self._writes = itertools.cycle(self.writes)
        self._done_at: float | None = None

    def live(self, pacer: LivePacer, arrivals: list[tuple[float, bytes]]) -> Log:
        """Carry one live drive from the first piece to its end."""
        log = Log()
        waiting = arrivals[::-1]
        now = 0.0
        while not pacer.done and now < self.horizon:
            now = self._next(now, pacer.next_deadline(), waiting[-1][0] if waiting else None)
            while waiting and waiting[-1][0] <= now:
                log.effects += pacer.receive(waiting.pop()[1], now)
            self._turn(pacer, now, log)
        return log

    def file(self, pacer: FilePacer, pieces: list[bytes], ready: Callable[[int], float] = lambda _: 0.0) -> Log:
        """Carry one drive of a source that waits when told; piece `n` is ready at `ready(n)`."""
        log = Log()
        given = 0
        now = 0.0
        while not pacer.done and now < self.horizon:
            wanted = given < len(pieces) and pacer.wants_more
            now = self._next(now, pacer.next_deadline(), ready(given) if wanted else None)
            while given < len(pieces) and pacer.wants_more and ready(given) <= now:
                log.effects += pacer.receive(pieces[given], now)
                given += 1
            if given == len(pieces):
                pacer.end(now)
            self._turn(pacer, now, log)
        return log

    def _turn(self, pacer: LivePacer | FilePacer, now: float, log: Log) -> None:
        if self._done_at is not None and self._done_at <= now:
            pacer.written(now)
            self._done_at = None
        effects = pacer.tick(now)
        log.effects += effects
        log.silent_at += [now for effect in effects if isinstance(effect, Silent)]
        log.most_waiting = max(log.most_waiting, len(pacer.waiting))
        if frame := pacer.take(now):
            log.numbers.append(int.from_bytes(frame.pcm[:2], "little"))
            log.starts.append(now)
            log.sizes.append(len(frame.pcm))
            self._done_at = self._unstalled("write", now + next(self._writes))

    def _next(self, now: float, deadline: float | None, arrival: float | None) -> float:
        times = [time for time in (arrival, self._done_at) if time is not None]
        if deadline is not None:
            times.append(max(now, deadline) + next(self._timers))
        assert times, "the pacer waits for nothing, and nothing will come"
        return self._unstalled("loop", max(now, min(times)))

    def _unstalled(self, kind: str, time: float) -> float:
        for stall in self.stalls:
            if stall.kind == kind and stall.start <= time < stall.end:
                return stall.end
        return time


def too_close(starts: list[float], least: float = 0.120) -> list[str]:
    """Frames that start less than 120 ms after the one before."""
    gaps = itertools.pairwise(starts)
    return [f"{gap:.4f} s before the frame at {b:.3f}" for a, b in gaps if (gap := b - a) < least - 1e-6]


def bad_windows(starts: list[float], low: float = 0.75, high: float = 1.02) -> list[str]:
    """Windows of 2 s or more whose rate, time over sound, lies outside [low, high]."""
    times = np.array(starts)
    found: list[str] = []
    for frames in range(1, times.size):
        spans = times[frames:] - times[:-frames]
        rates = spans / (frames * REAL)
        wrong = (spans >= 2.0) & ((rates < low - 1e-6) | (rates > high))
        found += [f"rate {rates[at]:.3f} from {times[at]:.3f} for {spans[at]:.3f} s" for at in np.flatnonzero(wrong)]
    return found


def late(captured: list[float], starts: list[float], stalls: Iterable[Stall]) -> list[str]:
    """Frames 160 ms late or more, outside the time in which stalls may still be felt: 3·S + 320 ms after each.

    A stall in the time of another one adds to it.
    """
    felt: list[tuple[float, float]] = []
    total = 0.0
    for stall in sorted(stalls, key=lambda one: one.start):
        within = bool(felt) and stall.start < felt[-1][1]
        total = (total if within else 0.0) + stall.end - stall.start
        begin = felt.pop()[0] if within else stall.start
        felt.append((begin, stall.end + 3 * total + 0.320))
    return [
        f"the frame of {sound:.3f} was written at {start:.3f}"
        for sound, start in zip(captured, starts, strict=True)
        if start - sound >= REAL and not any(begin <= start < end for begin, end in felt)
    ]

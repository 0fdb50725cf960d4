"""W1: browsers that speak without a pause, each 16 kHz PCM16 in WebSocket frames of 20 ms.

A delay is counted from just before the last piece of a frame of 160 ms is sent to the cloud's receipt of that frame.
The browsers begin one after the other, evenly over 160 ms, so that frames fall due all the time.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.cli.bench.cloud import FRAME_BYTES, Channel
from bridge.cli.bench.figures import LOST, Round, quantiles
from bridge.cli.bench.frames import BINARY, framed
from bridge.cli.bench.programs import BenchFailed, Machine, Process, Program, Rig, running
from bridge.cli.bench.sockets import Line, Loop
from bridge.cli.bench.visits import visits

PIECE_NS = 20_000_000
PIECES = 8
"""In one frame of the cloud's."""
SOUND = bytes(range(256)) * 20
"""What every frame holds; no silence, which a server may well notice."""
WARM_S = 2.0
GRACE_S = 1.0
"""How long after the end a frame may come."""
_PIECE_BYTES = FRAME_BYTES // PIECES
_MESSAGES = [
    framed(BINARY, SOUND[start : start + _PIECE_BYTES], masked=True) for start in range(0, FRAME_BYTES, _PIECE_BYTES)
]


class Microphone:
    """One browser; `sent` has the time at which each frame was complete, `told` counts the statuses that came back."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.sent: list[int] = []
        self.told = 0
        self._pieces = 0
        line.on_message = self._hear

    def speak(self) -> None:
        """Send the next piece."""
        piece = _MESSAGES[self._pieces % PIECES]
        self._pieces += 1
        if self._pieces % PIECES == 0:
            self.sent.append(time.monotonic_ns())
        self.line.send(piece)

    def _hear(self, message: bytes) -> None:
        self.told += b"SentenceStart" in message


class Speaker(Protocol):
    """Somebody who speaks piece by piece."""

    def speak(self) -> None:
        """Send the next piece."""
        ...


class Beat:
    """An alarm that lets every microphone speak in its time, until `end`."""

    def __init__(self, microphones: Sequence[Speaker], begin: int, end: int) -> None:
        spread = PIECES * PIECE_NS
        starts = [(number * spread // len(microphones), each) for number, each in enumerate(microphones)]
        self._order = sorted((at % PIECE_NS, at // PIECE_NS, number, each) for number, (at, each) in enumerate(starts))
        self._begin, self._end = begin, end
        self.late_ns = 0
        self._round = self._next = 0

    def __call__(self, now: int) -> int | None:
        """Send what is due at `now`, and return when more is."""
        while True:
            phase, first, _, microphone = self._order[self._next]
            due = self._begin + self._round * PIECE_NS + phase
            if due >= self._end:
                return None
            if due > now:
                return due
            if self._round >= first:
                microphone.speak()
                self.late_ns = max(self.late_ns, now - due)
            self._next += 1
            if self._next == len(self._order):
                self._next, self._round = 0, self._round + 1


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was seen of a run."""

    cpu_s: float
    elsewhere: float
    rss_kib: float
    delays: Sequence[float]
    late_ms: float


def measure(program: Program, sessions: int, seconds: float, rig: Rig) -> Round:
    """Have `sessions` speak for `seconds`, after two more, and return what it cost. Raises BenchFailed."""
    loop, cloud = rig.loop, rig.cloud
    with running(program, rig) as process:
        before = process.rss_kib()
        opened = loop.beside(lambda: visits(program, process, sessions, microphone=True))
        microphones = [Microphone(Line(loop, each.sock, masks=True, arrived=each.arrived)) for each in opened]
        cloud.wait_for([each.channel for each in opened])
        channels = [cloud.channels.pop(each.channel) for each in opened]
        try:
            spoken = _spoken(process, microphones, channels, seconds, loop)
        finally:
            for microphone in microphones:
                microphone.line.close()
    p50, p99 = quantiles(spoken.delays)
    return Round(
        cpu_ms=spoken.cpu_s * 1000 / (sessions * seconds),
        p50_ms=p50,
        p99_ms=p99,
        expected=len(spoken.delays),
        received=sum(delay < LOST for delay in spoken.delays),
        kib=(spoken.rss_kib - before) / sessions,
        late_ms=spoken.late_ms,
        elsewhere=spoken.elsewhere,
    )


def _spoken(
    process: Process, microphones: Sequence[Microphone], channels: Sequence[Channel], seconds: float, loop: Loop
) -> Spoken:
    begin = time.monotonic_ns() + 10_000_000
    first, last = begin + int(WARM_S * 1e9), begin + int((WARM_S + seconds) * 1e9)
    beat = Beat(microphones, begin, last)
    gc.collect()
    gc.disable()  # what the load does between two packets is a delay of the packets
    try:
        loop.run(lambda: time.monotonic_ns() >= first, beat)
        machine = Machine(process)
        loop.run(lambda: time.monotonic_ns() >= last, beat)
        cpu_s, elsewhere = machine.since()
        rss = process.rss_kib()
        late = last + int(GRACE_S * 1e9)
        wanted = sum(len(each.sent) for each in microphones)
        loop.run(lambda: sum(len(each.frames) for each in channels) >= wanted or time.monotonic_ns() > late)
    finally:
        gc.enable()
    for channel in channels:
        if channel.sound not in 2 * SOUND:
            raise BenchFailed("the sound that reached the cloud is not what was spoken")
    delays = [delay for each in zip(microphones, channels, strict=True) for delay in _delays(*each, first, last)]
    return Spoken(cpu_s, elsewhere, rss, delays, beat.late_ns / 1e6)


def _delays(microphone: Microphone, channel: Channel, first: int, last: int) -> Iterator[float]:
    """Yield the delay of each frame that was complete between two times, in milliseconds."""
    for number, sent in enumerate(microphone.sent):
        if first <= sent < last:
            yield (channel.frames[number] - sent) / 1e6 if number < len(channel.frames) else LOST

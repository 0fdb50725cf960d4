"""Promise 6.3 held against what arrived at an emulated cloud's socket, in a world whose stalls are known.

What the planned stalls did, and what the machine did to the bridge, the emulator and the source, is allowed for: a
delay counts as the machine's only as far as the kernel says that the process was ready and had no processor
(`tests.support.watched`). What held a loop up otherwise is the program's own doing, and is not allowed for.
"""

import itertools
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from tests.unit.audio.pacing import BYTES, REAL, Stall, bad_windows, late

SPACING_S = 0.120
TOLERANCE_S = 0.005
WAY_S = 0.3
"""So long before its arrival a frame may have been held up on its way through two processes."""
FELT_S = 0.020
"""Shorter delays of the machine are not allowed for where a frame's lateness is judged: they cannot make one."""
BACKLOG_S = 0.8
"""Shorter stalls drop no live sound: a second of it is kept, less what was on its way."""
BURST_S = 0.5
"""A cloud throttles what is so far ahead of the fastest rate: only what piled up before it can be."""
SLACK_S = 0.320 / 3
"""What the 320 ms of the promise are worth where a third of the time makes up for lateness."""
STUTTER_LEAD_S = 0.2
"""A cloud begins to play so long after a drive's first frame."""


class Line(msgspec.Struct):
    """A line of a watched program's log."""

    kind: str
    start: float = 0.0
    end: float = 0.0
    at: float = 0.0
    session: str = ""
    req_id: str = ""
    number: int = 0
    bytes: int = 0


@dataclass(frozen=True)
class Arrival:
    """A frame of sound in the emulator's hands, at `at` of the machine's clock."""

    at: float
    req_id: str
    number: int
    size: int


def lines(log: Path) -> list[Line]:
    return [msgspec.json.decode(line, type=Line) for line in log.read_text().splitlines()]


def stalls(log: Path, *kinds: str) -> list[Stall]:
    return [Stall(line.kind, line.start, line.end) for line in lines(log) if line.kind in kinds]


def arrivals(log: Path, cloud_session: str) -> list[Arrival]:
    """Return the frames with sound of one session."""
    return [
        Arrival(line.at, line.req_id, line.number, line.bytes)
        for line in lines(log)
        if line.kind == "frame" and line.session == cloud_session and line.bytes
    ]


@dataclass
class World:
    """What disturbed a run: `planned` stalls, and what the `machine` did to each program."""

    planned: list[Stall]
    machine: list[Stall]
    own: list[Stall] = field(default_factory=list[Stall])

    @property
    def allowed(self) -> list[Stall]:
        """All that may be felt in a frame's lateness."""
        return [stall for stall in self.planned + self.machine if stall.end - stall.start >= FELT_S]

    def longest(self) -> float:
        """Return the longest time that stalls took which add to each other."""
        return max((total for _, _, total in _felt(self.allowed)), default=0.0)

    def longest_of_machine(self) -> float:
        """Return the same of what the machine did."""
        return max((total for _, _, total in _felt(self.machine)), default=0.0)


@dataclass(frozen=True)
class Verdict:
    """What came of one source; `calm` is the share of the frames in which no stall could be felt."""

    source: str
    frames: int
    drives: int
    missing: int
    stutters: int
    throttled: int
    planned_stalls: int
    machine_stalls: int
    own_ms: float
    calm: float
    interval_ms: dict[str, float]
    lateness_ms: dict[str, float]
    calm_rates: tuple[float, float]
    breaches: list[str]


def judge_live(frames: Sequence[Arrival], began: float, world: World, counted: Mapping[str, int]) -> Verdict:
    """Judge a microphone whose frame `n` was recorded at `began` + 160 ms · (n + 1)."""
    captured = [began + (frame.number + 1) * REAL for frame in frames]
    times = [frame.at for frame in frames]
    breaches = _too_close(frames, world) + late(captured, times, world.allowed) + _dry(frames, world)
    breaches += _not_made_up_for(captured, times, world.planned + world.machine)
    breaches += judge_counts(counted, world)
    numbers = [frame.number for frame in frames]
    if numbers != sorted(set(numbers)):
        breaches.append("frames came twice or out of order")
    missing = numbers[-1] + 1 - len(numbers)
    if missing and world.longest() < BACKLOG_S:
        breaches.append(f"{missing} frames were dropped, and no stall explains it")
    delays = [time - sound for time, sound in zip(times, captured, strict=True)]
    return _verdict("live", frames, missing, delays, world, counted, breaches)


def judge_counts(counted: Mapping[str, int], world: World) -> list[str]:
    """Judge what the emulator counted of a session's frames."""
    found = [f"{counted['refused']} frames were refused"] if counted["refused"] else []
    if counted["throttled"] and world.longest_of_machine() < BURST_S:
        found.append(f"{counted['throttled']} frames were throttled")
    return found


def judge_file(frames: Sequence[Arrival], lead_s: float, world: World, counted: Mapping[str, int]) -> Verdict:
    """Judge a file: all of it, never too fast, never further ahead than its lead, and even where nothing stalls."""
    times = [frame.at for frame in frames]
    breaches = _too_close(frames, world) + _dry(frames, world) + judge_counts(counted, world)
    if [frame.number for frame in frames] != list(range(len(frames))):
        breaches.append("frames are missing, came twice or out of order")
    for stretch in _calm(times, world):
        breaches += bad_windows(stretch, 0.75 - TOLERANCE_S / 2, 1.02)
    played_until = times[0]
    ahead: list[float] = []
    for at in times:
        ahead.append(played_until - at)
        played_until = max(played_until, at) + REAL
    if max(ahead) > lead_s + TOLERANCE_S + world.longest_of_machine():
        breaches.append(f"{max(ahead):.3f} s were ahead")
    return _verdict("file", frames, 0, [lead_s - each for each in ahead[26:]], world, counted, breaches)


def _too_close(frames: Sequence[Arrival], world: World) -> list[str]:
    """Frames less than 120 ms after the one before, unless the machine held that one up on its way."""
    found: list[str] = []
    for before, frame in itertools.pairwise(frames):
        gap = frame.at - before.at
        if gap >= SPACING_S - TOLERANCE_S:
            continue
        held = sum(s.end - s.start for s in world.machine if s.start <= frame.at and before.at - WAY_S <= s.end)
        if gap + held < SPACING_S - TOLERANCE_S:
            found.append(f"{gap * 1000:.1f} ms before frame {frame.number}, {held * 1000:.1f} ms of them the machine's")
    return found


def _not_made_up_for(captured: Sequence[float], times: Sequence[float], these: Iterable[Stall]) -> list[str]:
    """Frames later than stalls leave them at every moment, however close these stand to each other.

    A stall adds its length, and a backlog that goes at 120 ms makes up for a third of the time since, as 3 · S says.
    """
    found: list[str] = []
    waiting = sorted(these, key=lambda one: one.end)[::-1]
    debt = at = 0.0
    for sound, time in zip(captured, times, strict=True):
        while waiting and waiting[-1].start <= time:
            stall = waiting.pop()
            debt = max(0.0, debt - max(0.0, stall.start - at) / 3) + stall.end - stall.start
            at = max(at, stall.end)
        owed = max(0.0, debt - max(0.0, time - at) / 3)
        if time - sound >= REAL + SLACK_S + owed:
            found.append(f"{time - sound:.3f} s late at {time:.3f}, {owed:.3f} s of them for stalls")
    return found


def _dry(frames: Sequence[Arrival], world: World) -> list[str]:
    """Frames that came when all sound before was over, where no stall was felt."""
    found: list[str] = []
    req_id, until = "", 0.0
    for before, frame in itertools.pairwise([frames[0], *frames]):
        if frame.req_id != req_id:
            req_id, until = frame.req_id, frame.at + STUTTER_LEAD_S
        elif frame.at > until:
            if not any(begin <= frame.at and before.at <= end for begin, end, _ in _felt(world.allowed)):
                found.append(f"it stuttered before frame {frame.number}, and no stall explains it")
            until = frame.at + STUTTER_LEAD_S
        until += frame.size / BYTES * REAL
    return found


def _felt(these: Iterable[Stall]) -> list[tuple[float, float, float]]:
    """Return the times in which stalls may be felt, 3·S + 320 ms after each, and S; one within another adds to it."""
    felt: list[tuple[float, float, float]] = []
    for stall in sorted(these, key=lambda one: one.start):
        within = bool(felt) and stall.start < felt[-1][1]
        begin, _, total = felt.pop() if within else (stall.start, 0.0, 0.0)
        total += stall.end - stall.start
        felt.append((begin, stall.end + 3 * total + 0.320, total))
    return felt


def _calm(times: Sequence[float], world: World) -> list[list[float]]:
    """The stretches of frames in which no stall is felt any more."""
    felt = _felt(world.allowed)
    stretches: list[list[float]] = [[]]
    for at in times:
        if any(begin <= at < end for begin, end, _ in felt):
            stretches.append([])
        else:
            stretches[-1].append(at)
    return [stretch for stretch in stretches if len(stretch) > 1]


def _verdict(
    source: str,
    frames: Sequence[Arrival],
    missing: int,
    lateness: list[float],
    world: World,
    counted: Mapping[str, int],
    breaches: list[str],
) -> Verdict:
    times = [frame.at for frame in frames]
    stretches = _calm(times, world)
    rates = [(s[-1] - s[0]) / ((len(s) - 1) * REAL) for s in stretches if s[-1] - s[0] >= 2]
    return Verdict(
        source,
        len(frames),
        len({frame.req_id for frame in frames}),
        missing,
        counted["stutters"],
        counted["throttled"],
        len(world.planned),
        len(world.machine),
        round(1000 * sum(stall.end - stall.start for stall in world.own), 1),
        round(sum(map(len, stretches)) / len(frames), 3),
        _spread([b - a for a, b in itertools.pairwise(times)]),
        _spread(lateness),
        (round(min(rates, default=0), 4), round(max(rates, default=0), 4)),
        breaches,
    )


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        "min": round(ordered[0], 2),
        "p50": round(statistics.median(ordered), 2),
        "p99": round(ordered[int(len(ordered) * 0.99)], 2),
        "max": round(ordered[-1], 2),
    }

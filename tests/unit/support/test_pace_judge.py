"""The judge of the pace condemns what it should, also on a machine that is busy."""

import pytest

from tests.support.pace_judge import Arrival, Verdict, World, judge_file, judge_live
from tests.unit.audio.pacing import BYTES, REAL, Stall

CALM = World([], [])
COUNTED = {"stutters": 0, "throttled": 0, "refused": 0}


def live(times: dict[int, float], world: World = CALM, counted: dict[str, int] = COUNTED) -> Verdict:
    """A microphone whose frames come 10 ms after they were spoken, but for those in `times`."""
    starts = {number: (number + 1) * REAL + 0.010 for number in range(100)} | times
    return judge_live([Arrival(at, "a", number, BYTES) for number, at in starts.items()], 0.0, world, counted)


def file(times: dict[int, float], world: World = CALM) -> Verdict:
    """A file that is sent a second ahead."""
    starts = {number: max(number * 0.120, number * REAL - 1.0) for number in range(100)} | times
    return judge_file([Arrival(at, "a", number, BYTES) for number, at in starts.items()], 1.0, world, COUNTED)


def test_what_is_even_is_fine():
    assert (live({}).breaches, file({}).breaches) == ([], [])
    assert (live({}).calm, live({}).drives, live({}).missing) == (1.0, 1, 0)
    assert file({}).lateness_ms["max"] < 1


@pytest.mark.parametrize(("world", "allowed"), [(CALM, 0), (World([Stall("planned", 8.0, 8.15)], []), 1)])
def test_lateness_needs_a_stall(world: World, allowed: int):
    late = {50 + after: (51 + after) * REAL + 0.170 - after * 0.035 for after in range(5)}
    breaches = live(late, world).breaches
    assert len(breaches) == 1 - allowed


def test_many_stalls_excuse_no_more_than_their_sum():
    often = World([Stall("planned", at, at + 0.1) for at in (4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0)], [])
    late = {50 + after: (51 + after) * REAL + 0.9 - after * 0.035 for after in range(25)}
    assert any("of them for stalls" in breach for breach in live(late, often).breaches)
    some = {50 + after: (51 + after) * REAL + 0.22 - after * 0.035 for after in range(6)}
    assert live(some, often).breaches == []


def test_too_fast_is_too_fast_after_a_planned_stall_too():
    burst = {50: 51 * REAL + 0.110, 51: 51 * REAL + 0.120}
    planned = World([Stall("planned", 51 * REAL, 51 * REAL + 0.1)], [])
    assert "10.0 ms before frame 51" in live(burst, planned).breaches[0]
    assert live(burst, World([], planned.planned)).breaches != []
    assert live(burst, World([], [Stall("machine", 51 * REAL, 51 * REAL + 0.11)])).breaches == []


def test_what_is_lost_or_out_of_order():
    assert any(breach.startswith("20 frames were dropped") for breach in live({120: 121 * REAL}).breaches)
    assert "frames are missing" in " ".join(file({120: 120 * REAL}).breaches)
    assert live({}, counted={**COUNTED, "throttled": 2}).breaches == ["2 frames were throttled"]
    assert live({}, counted={**COUNTED, "refused": 1}).breaches == ["1 frames were refused"]


def test_a_file_that_drifts_or_hurries():
    slow = {number: number * 0.166 for number in range(100)}
    assert any(breach.startswith("rate 1.03") for breach in file(slow).breaches)
    hasty = {number: number * 0.120 for number in range(100)}
    assert any("s were ahead" in breach for breach in file(hasty).breaches)
    assert any("it stuttered before frame 60" in breach for breach in file({60: 60 * REAL + 0.5}).breaches)

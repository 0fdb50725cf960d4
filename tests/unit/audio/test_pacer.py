import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.pacer import Dropped, FilePacer, LivePacer, Pacer, Silent
from tests.unit.audio.pacing import (
    BYTES,
    REAL,
    Stall,
    World,
    bad_windows,
    captures,
    late,
    microphone,
    numbered,
    too_close,
)

FRAME = bytes(BYTES)

timers = st.lists(st.floats(0, 0.003), min_size=1, max_size=12)
writes = st.lists(st.floats(0, 0.030), min_size=1, max_size=12)
jitters = st.lists(st.floats(0, 0.010), min_size=1, max_size=12)
cuts = st.sampled_from([(640,), (5120,), (2048,), (4096,), (960, 320, 1280), (4097, 3)])
drifts = st.floats(-200, 200)


@st.composite
def stalls(draw: st.DrawFn) -> tuple[Stall, ...]:
    """Up to four stalls of at most 1 s; some begin while the one before is still felt."""
    found: list[Stall] = []
    end = 0.0
    for calm in draw(st.lists(st.floats(0.5, 5), max_size=4)):
        kind = draw(st.sampled_from(["source", "loop", "write"]))
        found.append(Stall(kind, end + calm, end := end + calm + draw(st.floats(0.02, 1.0))))
    return tuple(found)


def captured(frame: int, ppm: float) -> float:
    return (frame + 1) * REAL * (1 + ppm * 1e-6)


@given(stalls(), timers, writes, jitters, cuts, drifts, st.integers(60, 150))
def test_live_promise(
    stalls: tuple[Stall, ...],
    timers: list[float],
    writes: list[float],
    jitters: list[float],
    pieces: tuple[int, ...],
    ppm: float,
    frames: int,
):
    arrivals = list(microphone(numbered(frames), pieces, ppm, jitters, stalls))
    log = World(timers, writes, stalls).live(pacer := LivePacer(), arrivals)
    assert too_close(log.starts) == []
    sounds = captures(frames, pieces, ppm)
    assert late([sounds[number] for number in log.numbers], log.starts, stalls) == []
    assert log.numbers == sorted(set(log.numbers))
    assert len(log.numbers) + log.dropped == frames
    assert pacer.counters.dropped == log.dropped
    assert log.most_waiting <= 7
    if not stalls:
        assert log.dropped == 0
        assert bad_windows(log.starts) == []


@pytest.mark.parametrize("kind", ["source", "loop", "write"])
@pytest.mark.parametrize("length", [0.1, 0.5, 1.0])
def test_live_nothing_is_dropped_after_one_stall_of_up_to_a_second(kind: str, length: float):
    one = (Stall(kind, 2.01, 2.01 + length),)
    log = World(stalls=one).live(LivePacer(), list(microphone(numbered(60), (640,), 0, (0,), one)))
    assert log.numbers == list(range(60))
    assert late([captured(number, 0) for number in log.numbers], log.starts, one) == []


def test_live_after_a_longer_stall_the_oldest_are_dropped_and_counted():
    one = (Stall("loop", 2.01, 5.01),)
    log = World(stalls=one).live(LivePacer(), list(microphone(numbered(80), (5120,), 0, (0,), one)))
    kept = [number for number in log.numbers if captured(number, 0) > 2.01]
    assert log.dropped == 13
    assert sum(effect.samples for effect in log.effects if isinstance(effect, Dropped)) == 13 * 2560
    assert kept == [24, *range(26, 80)]
    assert late([captured(number, 0) for number in log.numbers], log.starts, [Stall("loop", 2.01, 5.01)]) == []


@pytest.mark.parametrize("size", [640, 2048, 3000, 4096, 5120, 6400, 10_240])
def test_live_the_size_of_the_pieces_does_not_show_in_the_intervals(size: int):
    arrivals = list(microphone(numbered(100), (size,), 0, (0,), ()))
    log = World().live(LivePacer(), arrivals)
    gaps = [b - a for a, b in itertools.pairwise(log.starts)]
    assert gaps[:98] == pytest.approx([0.16] * 98)
    assert bad_windows(log.starts) == []
    held = [start - at for start, at in zip(log.starts, captures(100, (size,), 0), strict=True)]
    assert max(held) <= (0 if 5120 % size == 0 else 0.16) + 1e-6


def test_live_a_frame_goes_at_once_when_it_arrives():
    pacer = LivePacer()
    assert pacer.receive(FRAME, 7.0) == []
    assert pacer.next_deadline() == 7.0
    assert pacer.take(7.0) == (FRAME, 0.0)
    pacer.written(7.001)
    pacer.receive(FRAME, 7.05)
    assert pacer.next_deadline() == pytest.approx(7.12)
    assert pacer.take(7.119) is None
    frame = pacer.take(7.12)
    assert frame is not None
    assert frame.lateness == pytest.approx(0.07)
    assert pacer.counters.lateness_max == pytest.approx(0.07)


@given(stalls(), timers, writes, st.integers(0, 2_000), st.integers(60, 120), st.integers(1, BYTES // 2))
def test_file_promise(
    stalls: tuple[Stall, ...], timers: list[float], writes: list[float], lead_ms: int, frames: int, last: int
):
    pcm = numbered(frames, 2 * last)
    pieces = [pcm[start : start + 4096] for start in range(0, len(pcm), 4096)]
    log = World(timers, writes, stalls).file(pacer := FilePacer(lead_ms), pieces)
    assert too_close(log.starts) == []
    assert log.numbers == list(range(frames))
    assert log.sizes == [BYTES] * (frames - 1) + [2 * last]
    assert log.effects == []
    assert log.most_waiting <= 5
    assert most_ahead(log.starts) <= lead_ms / 1000 + 1e-6
    assert idle(log.starts, stalls) == []
    if not stalls:
        assert pacer.counters.starved == 0
        assert bad_windows(log.starts) == []


@given(
    st.sampled_from(["live", "file"]),
    st.lists(st.floats(0.0, 0.7), min_size=1, max_size=12),
    timers,
    drifts,
    st.integers(30, 90),
)
def test_a_socket_slower_than_the_sound(law: str, slow: list[float], timers: list[float], ppm: float, frames: int):
    """One frame is written at a time, never too fast; live sound loses its oldest and counts it, a file loses none."""
    world = World(timers, slow)
    if law == "live":
        pacer = LivePacer()
        log = world.live(pacer, list(microphone(numbered(frames), (640,), ppm, (0.0,), ())))
        assert len(log.numbers) + log.dropped == frames
        assert pacer.counters.dropped == log.dropped
    else:
        log = world.file(FilePacer(1_000), [numbered(frames)[at : at + 4096] for at in range(0, frames * BYTES, 4096)])
        assert log.numbers == list(range(frames))
    assert log.most_waiting <= 7
    assert log.numbers == sorted(set(log.numbers))
    assert too_close(log.starts) == []
    assert all(b - a >= took - 1e-6 for (a, b), took in zip(itertools.pairwise(log.starts), itertools.cycle(slow)))


@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=12), timers, st.integers(0, 2_000), st.integers(60, 120))
def test_file_a_source_that_comes_unevenly(jitters: list[float], timers: list[float], lead_ms: int, frames: int):
    pcm = numbered(frames)
    pieces = [pcm[start : start + 4096] for start in range(0, len(pcm), 4096)]
    late = list(itertools.islice(itertools.cycle(jitters), len(pieces)))
    ready = list(itertools.accumulate((0.1 * at + more for at, more in enumerate(late)), max))
    log = World(timers).file(FilePacer(lead_ms), pieces, lambda piece: ready[piece])
    assert too_close(log.starts) == []
    assert log.numbers == list(range(frames))
    assert most_ahead(log.starts) <= lead_ms / 1000 + 1e-6


@given(st.integers(0, 6), st.integers(0, 2_000), timers, st.integers(20, 60))
def test_file_a_burst_is_all_that_may_go_without_an_interval(
    burst: int, lead_ms: int, timers: list[float], frames: int
):
    log = World(timers, (0.0,)).file(FilePacer(lead_ms, burst=burst), [numbered(frames)])
    assert too_close(log.starts[max(0, burst - 1) :]) == []
    assert log.numbers == list(range(frames))
    assert most_ahead(log.starts[burst:]) <= max(lead_ms / 1000, burst * REAL) + 1e-6


@pytest.mark.parametrize("ppm", [-200, 200])
def test_file_an_hour_with_a_cloud_whose_clock_is_another(ppm: int):
    """200 ppm are 0.72 s in an hour: the lead of a second bears it, and no more than that is ever ahead."""
    starts = World(horizon=4_000).file(FilePacer(1_000), [numbered(22_500)]).starts
    ahead = [number * REAL - start * (1 + ppm * 1e-6) for number, start in enumerate(starts)]
    assert min(ahead[26:]) > 0.2
    assert max(ahead) < 1.8


def idle(starts: list[float], stalls: tuple[Stall, ...]) -> list[float]:
    """Intervals longer than a frame for which no stall is to blame."""
    return [
        b - a
        for a, b in itertools.pairwise(starts)
        if b - a > REAL + 0.010 and not any(stall.start < b and a <= stall.end for stall in stalls)
    ]


def most_ahead(starts: list[float]) -> float:
    """How much sooner than the sound before it has been played a frame starts, for a cloud that plays what it has."""
    played_until = starts[0]
    most = 0.0
    for start in starts:
        most = max(most, played_until - start)
        played_until = max(played_until, start - 0.020) + REAL
    return most


def test_file_120_ms_until_the_lead_is_there_then_160_ms_by_the_clock():
    log = World().file(FilePacer(1_000), [numbered(80)])
    gaps = [round(b - a, 6) for a, b in itertools.pairwise(log.starts)]
    assert gaps[:25] == [0.12] * 25
    assert gaps[25:] == [0.16] * 54
    assert 26 * 0.16 - (log.starts[25] - log.starts[0]) == pytest.approx(1.16)


def test_file_late_timers_do_not_add_up():
    log = World(timers=(0.003,)).file(FilePacer(200), [numbered(500)])
    assert log.starts[-1] - log.starts[0] == pytest.approx(499 * 0.16 - 0.2, abs=0.004)


def test_file_a_stall_is_refilled_at_120_ms():
    log = World(stalls=(Stall("loop", 8.0, 8.5),)).file(FilePacer(1_000), [numbered(100)])
    gaps = [b - a for a, b in itertools.pairwise(log.starts)]
    after = next(number for number, gap in enumerate(gaps) if gap > 0.3)
    assert gaps[after + 1 : after + 10] == pytest.approx([0.12] * 9)
    assert log.starts[-1] - log.starts[0] == pytest.approx(99 * 0.16 - 1.0)


def test_file_a_cloud_that_ran_dry_is_not_flooded_with_what_it_missed():
    pieces = [FRAME] * 100
    log = World().file(pacer := FilePacer(1_000), pieces, lambda piece: 0.0 if piece < 40 else 9.0)
    assert pacer.counters.starved == 0
    assert log.silent_at
    pieces = [FRAME] * 100
    log = World().file(pacer := FilePacer(500), pieces, lambda piece: 0.0 if piece < 40 else 6.7)
    assert log.silent_at == []
    assert pacer.counters.starved == 1
    assert most_ahead(log.starts) == pytest.approx(0.5)
    again = next(number for number, start in enumerate(log.starts) if start >= 6.7)
    gaps = [b - a for a, b in itertools.pairwise(log.starts[again:])]
    assert gaps[:12] == pytest.approx([0.12] * 12)
    assert gaps[13:] == pytest.approx([0.16] * (len(gaps) - 13))


def test_file_the_first_six_may_go_at_once_when_told_so():
    log = World().file(FilePacer(1_000, burst=6), [numbered(40)])
    gaps = [round(b - a, 6) for a, b in itertools.pairwise(log.starts)]
    assert gaps[:5] == [0] * 5
    assert gaps[5:10] == [0.12] * 5
    assert gaps[12:] == [0.16] * 27


def test_file_a_source_that_was_told_to_wait_is_not_silent():
    pacer = FilePacer()
    pacer.receive(FRAME * 4, 0.0)
    assert not pacer.wants_more
    assert pacer.take(0.0)
    assert pacer.wants_more
    pacer.receive(FRAME, 0.01)
    assert pacer.next_deadline() is None
    assert pacer.tick(9.0) == []
    pacer.written(9.0)
    assert pacer.take(9.0)
    assert pacer.tick(10.4) == []
    assert pacer.tick(10.5) == [Silent()]


@pytest.mark.parametrize("law", [LivePacer, FilePacer])
def test_a_source_silent_for_a_second_and_a_half_is_closed_with_its_last_words(law: type[Pacer]):
    pacer = law()
    assert pacer.next_deadline() is None
    pacer.receive(FRAME, 1.0)
    pacer.receive(b"\x01\x02\x03", 1.0)
    assert pacer.take(1.0) == (FRAME, 0.0)
    pacer.written(1.0)
    assert pacer.next_deadline() == pytest.approx(2.5)
    assert pacer.tick(2.499) == []
    assert pacer.tick(2.5) == [Silent()]
    assert pacer.tick(9.0) == []
    assert not pacer.done
    assert pacer.take(2.5) == (b"\x01\x02", 0.0)
    assert not pacer.done
    pacer.written(2.5)
    assert pacer.done
    assert pacer.next_deadline() is None
    with pytest.raises(RuntimeError):
        pacer.receive(FRAME, 3.0)


def test_a_source_that_trickles_is_closed_before_the_cloud_does_it():
    pacer = LivePacer()
    pacer.receive(FRAME, 0.0)
    assert pacer.take(0.0)
    pacer.written(0.0)
    for tenth in range(1, 18):
        pacer.receive(b"\0\0", tenth / 10)
        assert pacer.tick(tenth / 10) == []
    assert pacer.tick(1.8) == [Silent()]


def test_one_frame_at_a_time_however_slow_the_socket():
    pacer = LivePacer()
    pacer.receive(FRAME * 2, 0.0)
    assert pacer.take(0.0)
    assert pacer.take(5.0) is None
    pacer.written(5.0)
    assert pacer.counters.write_max == 5.0
    assert pacer.take(5.0)


def test_the_interval_holds_from_one_drive_to_the_next():
    first = LivePacer()
    first.receive(FRAME, 3.0)
    assert first.take(3.0)
    second = FilePacer(previous=first.last_start)
    second.receive(FRAME, 3.02)
    assert second.take(3.1) is None
    assert second.take(3.12)
    assert second.earliest == pytest.approx(3.24)


def test_a_naive_law_is_found_out():
    """A pace of exactly 1 never catches up, and sending all that waits is too fast: the checks see both."""
    stall = Stall("loop", 2.0, 2.5)
    never = [captured(number, 0) + (0.5 if number > 11 else 0) for number in range(60)]
    assert late([captured(number, 0) for number in range(60)], never, [stall])
    assert too_close([0.0, 0.1199, 0.28])
    assert bad_windows([number * 0.165 for number in range(30)])
    assert bad_windows([number * 0.119 for number in range(30)])

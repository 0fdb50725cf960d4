from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.channel.rate import AudioMeter

FRAME = 0.16
BURST = 6


def send(meter: AudioMeter, times: Iterable[float], req_id: str = "A") -> list[float]:
    """Send a frame at each time; one that is early is taken when it has waited."""
    waits: list[float] = []
    for time in times:
        wait = meter.early(req_id, time, BURST)
        waits.append(wait)
        meter.take(req_id, FRAME, time + wait)
    return waits


@pytest.mark.parametrize(("interval", "rate"), [(0.12, 0.75), (0.14, 0.875), (0.16, 1.0)])
def test_the_manuals_rates_are_fine(interval: float, rate: float):
    meter = AudioMeter()
    assert not any(send(meter, [number * interval for number in range(200)]))
    assert meter.figures.rate == pytest.approx(rate, abs=0.001)
    assert (meter.figures.stutters, meter.figures.frames) == (0, 200)
    assert meter.figures.seconds == pytest.approx(32)


def test_a_drive_may_begin_with_a_burst_and_no_more():
    meter = AudioMeter()
    assert not any(send(meter, [0.0] * BURST))
    assert meter.early("A", 0.0, BURST) == pytest.approx(0.12)
    assert meter.early("A", 0.12, BURST) == 0.0
    assert meter.early("B", 0.0, BURST) == 0.0


def test_a_cloud_without_bursts_takes_each_frame_in_its_time():
    meter = AudioMeter()
    meter.take("A", FRAME, 0.0)
    assert meter.early("A", 0.0, 1) == pytest.approx(0.12)
    assert meter.early("A", 0.12, 1) == 0.0


def test_what_comes_too_fast_is_taken_at_the_fastest_rate():
    meter = AudioMeter()
    now = 0.0
    taken: list[float] = []
    for _ in range(50):
        now += meter.early("A", now, BURST)
        meter.take("A", FRAME, now)
        taken.append(now)
    assert taken[-1] == pytest.approx((50 - BURST) * 0.12, abs=0.021)


def test_a_frame_after_all_sound_is_over_makes_it_stutter():
    meter = AudioMeter()
    send(meter, [0.0, 0.16, 0.51, 0.9, 1.06])
    assert meter.figures.stutters == 1
    assert meter.figures.rate == pytest.approx(1.06 / 0.64, abs=0.001)
    send(meter, [60.0], "B")
    assert (meter.figures.stutters, meter.figures.rate) == (1, None)


def test_a_frame_without_sound_is_not_counted():
    meter = AudioMeter()
    meter.take("A", 0.0, 5.0)
    assert meter.figures.frames == 0


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=60))
def test_no_window_is_faster_than_the_fastest_rate(gaps: list[float]):
    meter = AudioMeter()
    now = 0.0
    taken: list[float] = []
    for gap in gaps:
        now += gap
        now += meter.early("A", now, BURST)
        meter.take("A", FRAME, now)
        taken.append(now)
    for first, begin in enumerate(taken):
        for last in range(first, len(taken)):
            assert (last - first - BURST + 1) * 0.12 <= taken[last] - begin + 0.0201

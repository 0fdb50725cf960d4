import math

from hypothesis import given
from hypothesis import strategies as st

from emulator.media.pace import next_tick

RATE, PATIENCE = 25, 0.1


def test_the_first_tick_is_the_first_whose_time_has_not_passed() -> None:
    assert next_tick(None, 0.0, RATE, PATIENCE) == 0
    assert next_tick(None, 0.001, RATE, PATIENCE) == 1
    assert next_tick(None, 2.0, RATE, PATIENCE) == 50


def test_in_time_and_a_little_late_no_tick_is_left_out() -> None:
    assert next_tick(50, 2.01, RATE, PATIENCE) == 51
    assert next_tick(50, 2.13, RATE, PATIENCE) == 51


def test_after_a_stall_the_present_tick_is_next() -> None:
    assert next_tick(50, 3.0, RATE, PATIENCE) == 75


def test_a_clock_that_was_put_back_does_not_repeat_ticks() -> None:
    assert next_tick(50, 1.0, RATE, PATIENCE) == 51


@given(st.lists(st.floats(0.0, 0.5), min_size=1, max_size=60))
def test_ticks_rise_and_are_never_later_than_the_patience(stalls: list[float]) -> None:
    now, last = 0.0, next_tick(None, 0.0, RATE, PATIENCE)
    for stall in stalls:
        now = max(now, last / RATE) + stall
        tick = next_tick(last, now, RATE, PATIENCE)
        assert tick > last
        assert now - tick / RATE <= PATIENCE + 1e-6
        assert tick == last + 1 or tick == math.floor(now * RATE + 1e-9)
        last = tick

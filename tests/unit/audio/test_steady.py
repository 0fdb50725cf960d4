import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.pcm import HOUSE_RATE
from audio.steady import CATCH_UP_S, FASTER, Steady

PIECE = 640
PIECE_S = PIECE / HOUSE_RATE


def let_through(ready: list[float]) -> list[float]:
    """Return when each piece goes that is ready at its time, one after the other."""
    steady, now, gone = Steady(), 0.0, list[float]()
    for at in ready:
        now = max(now, at)
        now += steady.hold(PIECE, now)
        gone.append(now)
    return gone


def test_a_file_comes_as_fast_as_it_is_spoken_and_a_trifle_faster():
    gone = let_through([0.0] * 1001)
    assert gone[0] == 0.0
    assert gone[-1] == pytest.approx(1000 * PIECE_S / FASTER)


def test_a_recorder_whose_clock_is_faster_does_not_lag_in_an_hour():
    ready = [number * PIECE_S / (1 + 200e-6) for number in range(90_000)]
    assert all(at - was < 0.001 for at, was in zip(let_through(ready), ready, strict=True))


def test_what_came_late_is_made_up_for_but_no_more_than_a_second():
    short = let_through([0.0] * 10 + [0.36 + 0.8] * 90)
    assert short[10:30] == pytest.approx([1.16] * 20)
    assert short[-1] == pytest.approx(99 * PIECE_S / FASTER)
    long = let_through([0.0] * 10 + [0.36 + 5.0] * 90)
    assert long[-1] == pytest.approx(5.36 - CATCH_UP_S + 89 * PIECE_S / FASTER)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_window_holds_more_than_was_spoken_in_it_and_what_may_be_caught_up(pauses: list[float]):
    gone = let_through(list(itertools.accumulate(pauses)))
    for first, begin in enumerate(gone):
        for last in range(first, len(gone)):
            assert (last - first) * PIECE_S <= (gone[last] - begin) * FASTER + CATCH_UP_S + PIECE_S

"""What is made of a run's measurements."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.cli.bench.figures import LOST, Round, most, quantiles, ratios, summary


def round_of(cpu_ms: float, p99_ms: float = 1.0) -> Round:
    return Round(
        cpu_ms=cpu_ms, p50_ms=0.5, p99_ms=p99_ms, expected=100, received=99, kib=50, late_ms=0.1, elsewhere=0.0
    )


def test_quantiles_are_the_nearest_rank():
    delays = [float(number) for number in range(100, 0, -1)]
    assert quantiles(delays) == (50.0, 99.0)
    assert quantiles([7.0]) == (7.0, 7.0)


def test_what_never_came_counts_as_infinitely_late():
    assert quantiles([1.0] * 98 + [LOST] * 2) == (1.0, math.inf)
    assert quantiles([]) == (math.inf, math.inf)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_no_more_than_their_share_is_above_a_quantile(delays: list[float]):
    p50, p99 = quantiles(delays)
    assert sum(delay > p50 for delay in delays) <= len(delays) * 0.50
    assert sum(delay > p99 for delay in delays) <= len(delays) * 0.01


def test_a_summary_has_medians_and_counts_all():
    one = summary([round_of(3.0, 9.0), round_of(1.0, 2.0), round_of(2.0, LOST)])
    assert one.median.cpu_ms == 2.0
    assert one.median.p99_ms == 9.0
    assert (one.median.expected, one.median.received) == (300, 297)
    assert one.cpu_ms == (3.0, 1.0, 2.0)


def test_ratios_are_times_the_others():
    each = {"ours": summary([round_of(3.0)]), "bare": summary([round_of(2.0)]), "idle": summary([round_of(0.0)])}
    assert ratios(each, "ours") == {"bare": 1.5}


@pytest.mark.parametrize("truth", [0, 1, 2, 7, 50, 99, 100, 101, 777, 3199, 3200])
def test_the_most_is_found(truth: int):
    asked: list[int] = []

    def holds(number: int) -> bool:
        asked.append(number)
        return number <= truth

    found = most(holds, 100, 3200)
    assert found <= truth
    assert found >= truth / 1.06 - 1
    assert max(asked) <= 3200
    assert len(asked) < 16

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import Overloaded, RateLimited
from bridge.gateway.limits import (
    CLIENT_BYTES,
    CLIENT_MESSAGES,
    MAX_KEPT,
    Buckets,
    Crowd,
    Limits,
    Meter,
    Rate,
    retry_after,
)

STEPS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 8)), max_size=60)


@given(STEPS)
def test_no_more_than_the_rate_passes(steps: list[tuple[float, int]]) -> None:
    """However a client spreads its requests, what passed in all is at most the burst and the rate's share."""
    buckets, now, passed = Buckets(Rate(per_s=2, burst=6)), 100.0, 0
    for pause, amount in steps:
        now += pause
        if buckets.wait_s("a", now, amount) == 0:
            buckets.take("a", now, min(amount, 6))
            passed += min(amount, 6)
    assert passed <= 6 + 2 * (now - 100) + 1e-6


@given(STEPS)
def test_who_waits_as_told_may(steps: list[tuple[float, int]]) -> None:
    buckets, now = Buckets(Rate(per_s=2, burst=6)), 0.0
    for pause, amount in steps:
        now += pause
        now += buckets.wait_s("a", now, amount)
        assert buckets.wait_s("a", now, amount) < 1e-6
        buckets.take("a", now, amount)


def test_each_client_has_its_own() -> None:
    buckets = Buckets(Rate(per_s=1, burst=1))
    buckets.take("a", 0)
    assert buckets.wait_s("a", 0) == 1
    assert buckets.wait_s("b", 0) == 0


def test_a_clock_that_is_set_back_gives_nothing_away() -> None:
    buckets = Buckets(Rate(per_s=1, burst=1))
    buckets.take("a", 100)
    assert buckets.wait_s("a", 50) == 1
    assert buckets.wait_s("a", 51) == 0


def test_only_so_many_clients_are_remembered() -> None:
    buckets = Buckets(Rate(per_s=1, burst=1))
    for number in range(MAX_KEPT + 1):
        buckets.take(str(number), 0)
    assert buckets.wait_s("1", 0) == 1
    assert buckets.wait_s("0", 0) == 0


def test_a_microphone_never_meets_the_limits() -> None:
    """Ten minutes of 48 kHz stereo in frames of 10 ms."""
    meter = Limits().meter("mic", 0)
    for frame in range(60_000):
        meter.count(1920, frame / 100)


def test_a_flood_is_stopped() -> None:
    limits = Limits()
    first, second, other = limits.meter("a", 0), limits.meter("a", 0), limits.meter("b", 0)
    for number in range(int(CLIENT_MESSAGES.burst)):
        (first, second)[number % 2].count(0, 0)
    for meter in (first, second, limits.meter("a", 0)):
        with pytest.raises(RateLimited) as stopped:
            meter.count(0, 0)
        assert stopped.value.retry_after_s == 1 / CLIENT_MESSAGES.per_s
    other.count(0, 0)
    first.count(int(CLIENT_BYTES.burst) + 1, 0, messages=0.0)
    with pytest.raises(RateLimited):
        second.count(1, 0, messages=0.0)
    second.count(1, 1, messages=0.0)


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(0, 1500), st.booleans()), max_size=80))
def test_a_meter_lets_no_more_pass_than_both_rates(steps: list[tuple[float, int, bool]]) -> None:
    """What is refused is not counted, and passes after the time that was told."""
    meter, now = Meter(Rate(per_s=2, burst=5), Rate(per_s=300, burst=1000), 100.0), 100.0
    passed: list[tuple[float, int, bool]] = []
    for pause, size, is_message in steps:
        now += pause
        try:
            meter.count(size, now, messages=float(is_message))
        except RateLimited as error:
            now += (error.retry_after_s or 0.0) + 1e-6
            with contextlib.suppress(RateLimited):  # it may be the other rate's turn
                meter.count(size, now, messages=float(is_message))
                passed.append((now, size, is_message))
        else:
            passed.append((now, size, is_message))
    for first, (began, _, _) in enumerate(passed):
        messages, sizes = 0, 0
        for at, size, is_message in passed[first:]:
            assert sizes <= 1000 + 300 * (at - began) + 1e-3  # the last one may be bigger than what was left
            messages, sizes = messages + is_message, sizes + size
            assert messages <= 5 + 2 * (at - began) + 1e-3


def test_a_meter_s_clock_that_is_set_back_gives_nothing_away() -> None:
    meter = Meter(Rate(per_s=1, burst=1), Rate(per_s=1, burst=10), 100)
    meter.count(0, 100)
    with pytest.raises(RateLimited):
        meter.count(0, 50)
    meter.count(0, 51)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=80))
def test_a_crowd_counts_who_is_there(steps: list[tuple[bool, str]]) -> None:
    crowd, inside = Crowd(limit=5, each=2), list[str]()
    for comes, who in steps:
        if comes:
            room = len(inside) < 5 and inside.count(who) < 2
            with contextlib.nullcontext() if room else pytest.raises((RateLimited, Overloaded)):
                crowd.enter(who)
            inside += [who] if room else []
        elif who in inside:
            crowd.leave(who)
            inside.remove(who)
        assert crowd.total == len(inside)


def test_who_is_exempt_counts_in_all_only() -> None:
    crowd = Crowd(limit=3, each=1)
    for _ in range(3):
        crowd.enter("proxy", exempt=True)
    with pytest.raises(Overloaded):
        crowd.enter("proxy", exempt=True)


@pytest.mark.parametrize(("seconds", "header"), [(0.001, "1"), (1.0, "1"), (1.2, "2"), (0, "1")])
def test_the_header_has_whole_seconds(seconds: float, header: str) -> None:
    assert retry_after(seconds) == header

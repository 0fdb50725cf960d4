from hypothesis import given
from hypothesis import strategies as st

from bridge.session.reconnect import CAP_S, FIRST_S, Backoff


@given(st.lists(st.floats(0, 1), max_size=40))
def test_full_jitter_below_a_bound_that_doubles_to_its_cap(chances: list[float]):
    backoff, bound = Backoff(), FIRST_S
    for chance in chances:
        assert backoff.next(chance) == chance * bound
        bound = min(CAP_S, bound * 2)
    backoff.reset()
    assert backoff.next(1.0) == FIRST_S


@given(st.lists(st.one_of(st.floats(0, 1), st.just("reset")), max_size=80), st.integers(0, 3))
def test_attempts_that_are_free_come_first_after_each_success(story: list[float | str], free: int):
    backoff, attempts = Backoff(1.0, 60.0, free=free), 0
    for chance in story:
        if isinstance(chance, str):
            backoff.reset()
            attempts = 0
            continue
        bound = 0.0 if attempts < free else min(60.0, 2.0 ** (attempts - free))
        assert backoff.next(chance) == chance * bound
        attempts += 1

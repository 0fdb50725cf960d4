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

"""When which sample of a microphone's stream arrived."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.talk.voice_arrivals import KEPT_S, Arrivals


def test_a_sample_came_with_its_piece() -> None:
    arrivals = Arrivals(48_000)
    arrivals.came(960, 1.0)
    arrivals.came(960, 1.02)
    # 16 kHz in the house: a third of the samples.
    assert [arrivals.of(place) for place in (0, 319, 320)] == [(0, 1.0), (957, 1.0), (960, 1.02)]


def test_what_is_forgotten_came_with_the_oldest_that_is_known() -> None:
    arrivals = Arrivals(16_000)
    assert arrivals.of(7) == (7, 0.0)
    arrivals.came(100, 1.0)
    arrivals.came(100, 1.0 + KEPT_S + 0.1)
    assert arrivals.of(0) == (0, 1.0 + KEPT_S + 0.1)
    assert arrivals.of(500) == (500, 1.0 + KEPT_S + 0.1)


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=50), st.data())
def test_it_agrees_with_a_list_of_all_samples(pieces: list[int], data: st.DataObject) -> None:
    arrivals, came = Arrivals(16_000), list[float]()
    for number, size in enumerate(pieces):
        arrivals.came(size, number * 0.02)
        came += [number * 0.02] * size
    place = data.draw(st.integers(0, len(came) - 1))
    assert arrivals.of(place) == (place, came[place])

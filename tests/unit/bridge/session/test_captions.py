"""What is said in the sound of an utterance, and when it is told."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.session.captions import RATE, Caption, Captions

FRAME = 2560
FRAME_S = 0.16


def begins(number: int, place: int) -> Caption:
    return Caption(number, f"{number}.", "started", place)


def ends(number: int, place: int) -> Caption:
    return Caption(number, f"{number}.", "ended", place)


def test_each_is_told_when_the_cloud_plays_its_place() -> None:
    captions = Captions()
    for caption in (begins(1, 0), ends(1, 16_000), begins(2, 16_000), ends(2, 40_000)):
        captions.add(caption)
    captions.sent(40_000, 5.0)
    assert captions.due(5.3) == []
    assert captions.next_deadline() is None
    captions.started(6.0)
    assert captions.due(6.0) == [begins(1, 0)]
    assert captions.next_deadline() == 7.0
    assert captions.due(6.99) == []
    assert captions.due(7.0) == [ends(1, 16_000), begins(2, 16_000)]
    captions.over(8.4)
    assert captions.due(8.4) == [ends(2, 40_000)]


def test_what_was_not_sent_is_not_told_however_late_it_is() -> None:
    captions = Captions()
    captions.sent(16_000, 0.0)
    captions.started(0.0)
    captions.add(begins(1, 24_000))
    assert captions.due(100.0) == []
    assert captions.next_deadline() is None
    captions.sent(16_000, 100.0)
    assert captions.next_deadline() == 100.5
    assert captions.due(100.5) == [begins(1, 24_000)]


def test_a_pause_between_two_drives_is_no_time_of_the_sound() -> None:
    captions = Captions()
    captions.add(begins(1, 0))
    captions.sent(16_000, 0.0)
    captions.started(0.0)
    captions.over(0.9)
    captions.add(begins(2, 24_000))
    captions.sent(16_000, 10.0)
    assert captions.due(12.0) == [begins(1, 0)]
    captions.started(20.0)
    assert captions.next_deadline() == 20.5


def test_what_was_only_guessed_is_put_right_and_nothing_is_told_twice() -> None:
    captions = Captions()
    captions.arrange([begins(1, 0), ends(1, 8_000), begins(2, 8_000)])
    captions.sent(64_000, 0.0)
    captions.started(0.0)
    assert captions.due(0.1) == [begins(1, 0)]
    captions.arrange([begins(1, 0), ends(1, 32_000), begins(2, 32_000), ends(2, 64_000)])
    assert captions.next_deadline() == 2.0
    assert captions.due(2.0) == [ends(1, 32_000), begins(2, 32_000)]
    captions.arrange([begins(1, 0), ends(1, 16_000), begins(2, 16_000), ends(2, 48_000)])
    assert captions.due(3.0) == [ends(2, 48_000)]


@given(
    st.lists(st.tuples(st.floats(0.0, 0.5), st.integers(1, FRAME)), min_size=1, max_size=60),
    st.floats(0.0, 2.0),
    st.lists(st.integers(0, 60 * FRAME), max_size=12).map(sorted),
)
def test_places_are_reached_when_a_cloud_that_plays_what_it_has_reaches_them(
    frames: list[tuple[float, int]], begin: float, places: list[int]
) -> None:
    """The model plays each frame when it is there and the one before is over."""
    captions = Captions()
    for number, place in enumerate(places, 1):
        captions.add(begins(number, place))
    now, played_until, sent = 0.0, begin, 0
    reached: list[float] = []
    waiting = list(places)
    captions.started(begin)
    now = begin
    for gap, samples in frames:
        now += gap
        captions.sent(samples, now)
        frame_begins = max(now, played_until)
        while waiting and waiting[0] <= sent + samples:
            place = waiting.pop(0)
            reached.append(frame_begins + (place - sent) / RATE if place > sent else min(frame_begins, played_until))
        played_until, sent = frame_begins + samples / RATE, sent + samples
    told = 0
    while (deadline := captions.next_deadline()) is not None:
        told += len(captions.due(max(deadline, now)))
    assert told == len(reached)
    assert captions.due(now + 1_000) == []

"""A microphone's law, against a session that is played by hand."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from bridge.talk.voice_live import CLOSE_S, REPORT_S, LivePace

FRAME = 5120
PIECE_S = 0.020
EPSILON = 1e-6


def sound(first: int, count: int) -> bytes:
    """Return samples whose values are their numbers."""
    return b"".join((number % 65_536).to_bytes(2, "little") for number in range(first, first + count))


def drain(pace: LivePace, now: float) -> list[tuple[float, bytes]]:
    """Return the frames that go from `now` on if nothing more comes, until the drive is closed."""
    frames: list[tuple[float, bytes]] = []
    while True:
        if frame := pace.step(now, wanted=True):
            pace.given(now)
            frames.append((now, frame.pcm))
            continue
        deadline = pace.next_deadline()
        if deadline is None or pace.is_finished:
            return frames
        assert deadline > now - EPSILON
        now = max(now, deadline)


def test_a_frame_goes_when_it_is_complete() -> None:
    pace = LivePace()
    pace.receive(sound(0, 2559), 0.0)
    assert pace.step(0.0, wanted=True) is None
    pace.receive(sound(2559, 1), 0.1)
    frame = pace.step(0.1, wanted=True)
    assert frame is not None
    assert (frame.pcm, frame.lateness) == (sound(0, 2560), 0.0)
    pace.given(0.1)
    assert pace.step(0.1, wanted=True) is None


def test_what_is_left_of_a_frame_goes_before_the_session_closes_the_drive() -> None:
    pace = LivePace()
    pace.receive(sound(0, 2560), 0.0)
    pace.receive(sound(2560, 1000), 0.0)
    frames = drain(pace, 0.0)
    assert [pcm for _, pcm in frames] == [sound(0, 2560), sound(2560, 1000)]
    assert abs(frames[1][0] - CLOSE_S) < EPSILON
    assert CLOSE_S < 1.5
    # What comes later is a drive of its own: nothing of the old one stands before it.
    pace.receive(sound(5000, 2560), 9.0)
    assert drain(pace, 9.0) == [(9.0, sound(5000, 2560))]


def test_a_syllable_shorter_than_a_frame_is_not_kept_for_ever() -> None:
    pace = LivePace()
    pace.step(0.0, wanted=True)
    pace.receive(sound(0, 100), 1.0)
    assert drain(pace, 1.0) == [(2.5, sound(0, 100))]


def test_while_no_frame_is_wanted_the_last_second_is_kept() -> None:
    pace = LivePace()
    for number in range(250):
        pace.receive(sound(number * 320, 320), number * PIECE_S)
        assert pace.step(number * PIECE_S, wanted=False) is None
    lost_ms = pace.losses(5.0)
    pace.end(5.0)
    frames = drain(pace, 5.0)
    assert 900 <= 5000 - lost_ms <= 1300
    first = lost_ms * 16
    assert b"".join(pcm for _, pcm in frames) == sound(first, 250 * 320 - first)
    assert pace.is_finished


@given(st.lists(st.tuples(st.integers(1, 4000), st.floats(0, 0.5), st.booleans()), max_size=60))
def test_it_knows_where_in_the_stream_a_frame_stands(pieces: list[tuple[int, float, bool]]) -> None:
    """Whatever was dropped before it: the samples' values are their numbers."""
    pace, now, count = LivePace(), 0.0, 0
    for size, seconds, wanted in pieces:
        now += seconds
        pace.receive(sound(count, size), now)
        count += size
        while (frame := pace.step(now, wanted=wanted)) is not None:
            pace.given(now)
            assert int.from_bytes(frame.pcm[:2], "little") == pace.place % 65_536


def test_losses_are_reported_once_a_second() -> None:
    pace = LivePace()
    reported: list[tuple[float, int]] = []
    for number in range(250):
        now = number * PIECE_S
        pace.receive(sound(0, 320), now)
        if lost_ms := pace.losses(now):
            reported.append((now, lost_ms))
    assert 3 <= len(reported) <= 5
    assert all(later - earlier >= REPORT_S - EPSILON for (earlier, _), (later, _) in itertools.pairwise(reported))


def test_waiting_for_the_cloud_is_no_silence() -> None:
    pace = LivePace()
    pace.step(0.0, wanted=True)
    pace.receive(sound(0, 2560), 0.0)
    pace.receive(sound(2560, 500), 0.0)
    assert pace.step(0.0, wanted=True) is not None
    pace.given(0.0)
    pace.step(0.1, wanted=False)
    assert pace.next_deadline() is None
    # The channel was away for three seconds; the rest of the frame comes with it.
    assert pace.step(3.1, wanted=True) is None
    pace.receive(sound(3060, 2060), 3.2)
    assert [pcm for _, pcm in drain(pace, 3.2)] == [sound(2560, 2560)]


def test_the_end_may_come_twice_and_takes_nothing_more() -> None:
    pace = LivePace()
    pace.receive(sound(0, 10), 0.0)
    pace.end(0.0)
    pace.end(0.0)
    pace.receive(sound(10, 10), 0.0)
    assert not pace.is_finished
    assert drain(pace, 0.0) == [(0.0, sound(0, 10))]
    assert pace.is_finished


def test_one_that_was_never_heard_is_finished_at_its_end() -> None:
    pace = LivePace()
    assert pace.next_deadline() is None
    pace.end(1.0)
    assert pace.is_finished


Happening = tuple[float, int, bool]


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 4000), st.booleans()), max_size=40))
def test_any_story_loses_nothing_but_what_it_says(story: list[Happening]) -> None:
    """Time passes, sound comes, frames are wanted or not: the rest is in order, whole, and never too fast."""
    pace, now, came, lost = LivePace(), 0.0, 0, 0
    frames: list[tuple[float, bytes]] = []
    wanted = True

    def run(until: float) -> None:
        nonlocal now
        while True:
            if frame := pace.step(now, wanted=wanted):
                pace.given(now)
                frames.append((now, frame.pcm))
                continue
            deadline = pace.next_deadline() if wanted else None
            if deadline is None or deadline > until:
                break
            assert deadline > now - EPSILON or pace.is_finished
            now = max(now, deadline) + EPSILON
        now = until

    for passed, samples, switch in story:
        run(now + passed)
        wanted ^= switch
        pace.receive(sound(came, samples), now)
        came += samples
        lost += pace.losses(now)
    wanted = True
    pace.end(now)
    run(now + 3)
    lost += pace.losses(now + REPORT_S)
    assert pace.is_finished
    assert all(len(pcm) <= FRAME for _, pcm in frames)
    assert all(b - a >= 0.120 - EPSILON for (a, _), (b, _) in itertools.pairwise(frames))
    kept = sum(len(pcm) for _, pcm in frames) // 2
    assert abs(came - kept - lost * 16) <= 16 * len(story)
    if not lost:
        assert b"".join(pcm for _, pcm in frames) == sound(0, came)

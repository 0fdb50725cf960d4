"""The law of files, against a session that is played by hand."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from bridge.talk.voice_file import FilePace

FRAME = 5120
FRAME_S = 0.160
EPSILON = 1e-6


def sound(count: int, first: int = 0) -> bytes:
    """Return samples whose values are their numbers."""
    return b"".join((number % 65_536).to_bytes(2, "little") for number in range(first, first + count))


class Stage:
    """A source that is always ready, and a session that wants frames or not."""

    def __init__(self, lead_ms: int, samples: int, burst: int = 0) -> None:
        self.pace = FilePace(lead_ms, burst)
        self.frames: list[tuple[float, bytes]] = []
        self.now = 0.0
        self._rest = sound(samples)

    def fill(self) -> None:
        while self.pace.wants_more:
            self.pace.receive(self._rest[:5000], self.now)
            self._rest = self._rest[5000:]
            if not self._rest:
                self.pace.end(self.now)

    def run(self, seconds: float, *, wanted: bool = True) -> None:
        until = self.now + seconds
        while True:
            self.fill()
            if frame := self.pace.step(self.now, wanted=wanted):
                self.pace.given(self.now)
                self.frames.append((self.now, frame.pcm))
                continue
            deadline = self.pace.next_deadline()
            if deadline is None or deadline > until:
                break
            self.now = max(self.now, deadline) + EPSILON
        self.now = until


def test_a_second_ahead_and_no_more() -> None:
    stage = Stage(1000, 16_000 * 10)
    stage.run(20)
    starts = [start for start, _ in stage.frames]
    ahead = [number * FRAME_S - start for number, start in enumerate(starts)]
    assert 0.9 < max(ahead) < 1.0 + EPSILON
    assert min(b - a for a, b in itertools.pairwise(starts)) > 0.120 - EPSILON
    assert max(b - a for a, b in itertools.pairwise(starts)) < FRAME_S + 0.001
    assert b"".join(pcm for _, pcm in stage.frames) == sound(160_000)
    assert stage.pace.is_finished
    assert stage.pace.losses(stage.now) == 0


def test_without_a_lead_it_goes_in_real_time() -> None:
    stage = Stage(0, 16_000 * 4)
    stage.run(10)
    starts = [start for start, _ in stage.frames]
    assert all(abs(start - number * FRAME_S) < 0.001 for number, start in enumerate(starts))


def test_no_more_is_taken_than_it_can_give_soon() -> None:
    pace = FilePace(1000)
    taken = 0
    while pace.wants_more:
        pace.receive(bytes(1000), 0.0)
        taken += 1000
    assert taken <= 5 * FRAME
    pace.step(0.0, wanted=False)
    assert not pace.wants_more


def test_a_new_drive_begins_with_a_lead_of_its_own() -> None:
    stage = Stage(1000, 16_000 * 20)
    stage.run(3)
    before = len(stage.frames)
    stage.run(2, wanted=False)
    assert len(stage.frames) == before
    stage.run(60)
    starts = [start for start, _ in stage.frames[before:]]
    ahead = [number * FRAME_S - (start - starts[0]) for number, start in enumerate(starts)]
    assert 0.9 < max(ahead) < 1.0 + EPSILON
    assert b"".join(pcm for _, pcm in stage.frames) == sound(16_000 * 20)


def test_a_short_moment_begins_nothing_anew() -> None:
    stage = Stage(1000, 16_000 * 20)
    stage.run(8)
    stage.run(0.01, wanted=False)
    stage.run(0.5)
    starts = [start for start, _ in stage.frames[-4:]]
    assert all(abs(b - a - FRAME_S) < 0.02 for a, b in itertools.pairwise(starts))


def test_what_ended_takes_nothing_more() -> None:
    pace = FilePace(1000)
    pace.receive(sound(10), 0.0)
    pace.end(0.0)
    pace.end(0.0)
    pace.receive(sound(10), 0.0)
    frame = pace.step(0.0, wanted=True)
    assert frame is not None
    assert frame.pcm == sound(10)
    pace.given(0.0)
    assert pace.is_finished
    assert pace.step(1.0, wanted=True) is None


@given(
    st.integers(0, 40_000),
    st.sampled_from([0, 300, 1000, 3000]),
    st.lists(st.tuples(st.floats(0, 1.5), st.booleans()), max_size=12),
)
def test_nothing_is_lost_whatever_happens(samples: int, lead_ms: int, story: list[tuple[float, bool]]) -> None:
    stage = Stage(lead_ms, samples)
    for seconds, wanted in story:
        stage.run(seconds, wanted=wanted)
    stage.run(30)
    assert b"".join(pcm for _, pcm in stage.frames) == sound(samples)
    assert all(len(pcm) == FRAME for _, pcm in stage.frames[:-1])
    assert all(b - a > 0.120 - EPSILON for (a, _), (b, _) in itertools.pairwise(stage.frames))
    assert stage.pace.is_finished


def test_the_rest_of_a_frame_waits_for_more_until_the_cloud_runs_dry() -> None:
    pace = FilePace(1000, fills=True)
    pace.receive(sound(2560 + 100), 0.0)
    assert pace.step(0.0, wanted=True) is not None
    pace.given(0.0)
    assert pace.step(0.1, wanted=True) is None
    deadline = pace.next_deadline()
    assert deadline is not None
    assert 0.13 < deadline < FRAME_S
    filled = pace.step(deadline, wanted=True)
    assert filled is not None
    assert filled.pcm == sound(100, 2560) + bytes(FRAME - 200)
    pace.given(deadline)
    assert (pace.samples, pace.next_deadline()) == (5120, None)
    pace.receive(sound(200), 1.0)
    pace.end(1.0)
    last = pace.step(1.0, wanted=True)
    assert last is not None
    assert last.pcm == sound(200)


def test_what_comes_in_time_leaves_no_seam() -> None:
    pace = FilePace(1000, fills=True)
    pace.receive(sound(2560 + 100), 0.0)
    assert pace.step(0.0, wanted=True) is not None
    pace.given(0.0)
    pace.receive(sound(2460, 2660), 0.1)
    following = pace.step(0.12, wanted=True)
    assert following is not None
    assert following.pcm == sound(2560, 2560)


def test_there_is_as_much_room_as_is_asked_for() -> None:
    pace = FilePace(1000, room=50)
    pace.receive(sound(2560 * 49), 0.0)
    assert pace.wants_more
    pace.receive(sound(2560), 0.0)
    assert not pace.wants_more


def test_every_drive_may_begin_with_a_burst():
    stage = Stage(1_000, 20 * 2560 + 1, burst=6)
    stage.run(1.0)
    stage.run(1.0, wanted=False)
    stage.run(5.0)
    first = [at for at, _ in stage.frames if at < 1.0]
    second = [at for at, _ in stage.frames if at >= 2.0]
    for starts in (first, second):
        gaps = [round(later - earlier, 3) for earlier, later in itertools.pairwise(starts)]
        assert gaps[:5] == [0.0] * 5
        assert min(gaps[5:]) >= 0.120

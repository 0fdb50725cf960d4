"""When each microphone speaks."""

from dataclasses import dataclass, field

from bridge.cli.bench.voice import PIECE_NS, PIECES, Beat


@dataclass
class Said:
    """Notes when it was let speak."""

    clock: list[int]
    at: list[int] = field(default_factory=list[int])

    def speak(self) -> None:
        self.at.append(self.clock[0])


def spoken(count: int, end: int) -> list[Said]:
    clock = [0]
    microphones = [Said(clock) for _ in range(count)]
    beat = Beat(microphones, 0, end)
    due: int | None = 0
    while due is not None:
        assert due >= clock[0]
        clock[0] = due
        due = beat(due)
    return microphones


def test_each_speaks_every_20_ms():
    for one in spoken(7, 50 * PIECE_NS):
        assert {later - earlier for earlier, later in zip(one.at, one.at[1:], strict=False)} == {PIECE_NS}
        assert one.at[-1] >= 49 * PIECE_NS


def test_they_begin_evenly_over_a_frame():
    firsts = [one.at[0] for one in spoken(16, 50 * PIECE_NS)]
    assert firsts == [number * PIECES * PIECE_NS // 16 for number in range(16)]


def test_a_beat_that_is_late_catches_up_and_says_so():
    clock = [0]
    microphones = [Said(clock) for _ in range(2)]
    beat = Beat(microphones, 0, 50 * PIECE_NS)
    beat(0)
    assert beat.late_ns == 0
    beat(3 * PIECE_NS)
    assert beat.late_ns == 2 * PIECE_NS
    assert len(microphones[0].at) == 4

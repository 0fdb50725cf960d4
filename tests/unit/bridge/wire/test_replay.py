"""The replay filter against a naive cloud that knows of each status whether it tells it for the first time."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.events import DriveStatus
from bridge.wire.replay import DRIVES, REPLAY_S, STATUSES, ReplayFilter


def status(drive: str, speak_status: str, seq: int = 0) -> DriveStatus:
    return DriveStatus(req_id=drive, speak_status=speak_status, seq=seq)


def news(replay: ReplayFilter, now: float, *told: DriveStatus) -> list[bool]:
    return [replay.is_new(each, now) for each in told]


def a_drive(name: str, clauses: int, *, numbered: bool) -> list[DriveStatus]:
    """Everything the cloud says of a drive."""
    told = [status(name, "WaitingTextStart"), status(name, "TextStart")]
    for clause in range(1, clauses + 1):
        seq = clause if numbered else 0
        told += [status(name, each, seq) for each in ("SentenceStart", "SentenceNext", "SentenceOver")]
    return [*told, status(name, "WaitingTextOver"), status(name, "TextOver")]


def test_clauses_without_numbers_are_all_new():
    told = a_drive("r1", 3, numbered=False)
    assert all(news(ReplayFilter(), 0.0, *told))


def test_what_a_drive_has_once_is_told_once_with_or_without_a_reconnect():
    replay = ReplayFilter()
    assert news(replay, 0.0, status("r1", "TextStart"), status("r1", "TextStart")) == [True, False]
    assert news(replay, 0.0, status("r1", "SentenceOver", 3), status("r1", "SentenceOver", 3)) == [True, False]
    assert news(replay, 0.0, status("r2", "TextStart")) == [True]


def test_statuses_nobody_knows_may_come_again():
    assert news(ReplayFilter(), 0.0, *[status("r1", "SingingStart", 1)] * 2) == [True, True]


@pytest.mark.parametrize("numbered", [True, False])
def test_a_full_replay_is_dropped_and_what_was_missed_is_new(numbered: bool):
    replay, told = ReplayFilter(), a_drive("r1", 3, numbered=numbered)
    assert all(news(replay, 0.0, *told[:5]))
    replay.reconnected(10.0)
    assert news(replay, 10.1, *told) == [False] * 5 + [True] * 8


@pytest.mark.parametrize("numbered", [True, False])
def test_the_latest_alone_is_dropped_if_nothing_was_missed(numbered: bool):
    replay, told = ReplayFilter(), a_drive("r1", 3, numbered=numbered)
    news(replay, 0.0, *told[:4])
    replay.reconnected(10.0)
    assert news(replay, 10.1, told[3], *told[4:]) == [False] + [True] * 9


def test_a_cloud_that_repeats_nothing_is_believed_after_a_while():
    replay = ReplayFilter()
    news(replay, 0.0, status("r1", "TextStart"), status("r1", "SentenceNext"))
    replay.reconnected(10.0)
    assert news(replay, 10.0 + REPLAY_S, status("r1", "SentenceNext")) == [True]


def test_the_same_status_with_another_final_type_is_another():
    replay = ReplayFilter()
    over = DriveStatus(req_id="r1", speak_status="AudioOver", final_type=2)
    assert news(replay, 0.0, over, status("r1", "AudioOver"), over) == [True, True, False]


def test_the_oldest_drive_is_forgotten():
    replay = ReplayFilter()
    first = status("first", "TextOver")
    assert replay.is_new(first, 0.0)
    news(replay, 0.0, *(status(str(number), "TextOver") for number in range(DRIVES)))
    assert replay.is_new(first, 0.0)


def test_a_drive_that_says_too_much_is_forgotten():
    replay = ReplayFilter()
    assert all(news(replay, 0.0, *(status("r1", "SentenceOver", seq) for seq in range(1, STATUSES + 1))))
    assert news(replay, 0.0, status("r1", "SentenceOver", 1), status("r1", "SentenceOver", 2)) == [False, False]
    assert news(replay, 0.0, status("r1", "SentenceOver", STATUSES + 1), status("r1", "SentenceOver", 1)) == [
        True,
        True,
    ]


@dataclass
class NaiveCloud:
    """Tells drives one after the other; while the line is down it tells nobody; then it repeats the last three."""

    mode: Literal["full", "last"]
    numbered: bool
    replay: ReplayFilter = field(default_factory=ReplayFilter)
    now: float = 0.0
    up: bool = True
    drives: list[list[DriveStatus]] = field(default_factory=list[list[DriveStatus]])
    heard: list[list[int]] = field(default_factory=list[list[int]])
    left: list[DriveStatus] = field(default_factory=list[DriveStatus])

    def begin(self, clauses: int) -> None:
        while self.left:
            self.go_on(1)
        self.left = a_drive(f"r{len(self.drives)}", clauses, numbered=self.numbered)
        self.drives.append([])
        self.heard.append([])

    def go_on(self, count: int) -> None:
        for _ in range(min(count, len(self.left))):
            self.drives[-1].append(self.left.pop(0))
            self.now += 0.01
            if self.up:
                self.tell(len(self.drives) - 1, len(self.drives[-1]) - 1)

    def tell(self, drive: int, index: int) -> None:
        if self.replay.is_new(self.drives[drive][index], self.now):
            self.heard[drive].append(index)

    def drop(self) -> None:
        self.up = False

    def reconnect(self, pause: float) -> None:
        self.up = True
        self.now += pause
        self.replay.reconnected(self.now)
        for drive in range(max(0, len(self.drives) - 3), len(self.drives)):
            told = range(len(self.drives[drive]))
            for index in told if self.mode == "full" else told[-1:]:
                self.tell(drive, index)

    def twice(self) -> None:
        """Tell the latest status again; a clause without a number would be another one."""
        if self.up and self.drives and self.drives[-1]:
            latest = self.drives[-1][-1]
            if self.numbered or not latest.speak_status.startswith("Sentence"):
                self.tell(len(self.drives) - 1, len(self.drives[-1]) - 1)


steps = st.one_of(
    st.tuples(st.just("begin"), st.integers(0, 4)),
    st.tuples(st.just("go_on"), st.integers(1, 8)),
    st.tuples(st.just("drop"), st.none()),
    st.tuples(st.just("reconnect"), st.floats(0, 60)),
    st.tuples(st.just("twice"), st.none()),
)
stories = st.lists(steps, max_size=60)


def play(cloud: NaiveCloud, story: list[tuple[str, float | int | None]]) -> None:
    for step, value in story:
        if step == "begin":
            cloud.begin(int(value or 0))
        elif step == "go_on":
            cloud.go_on(int(value or 0))
        elif step == "drop":
            cloud.drop()
        elif step == "reconnect":
            cloud.drop()
            cloud.reconnect(float(value or 0))
        else:
            cloud.twice()


@given(stories, st.booleans())
def test_with_full_replays_everything_is_delivered_once_in_order(
    story: list[tuple[str, float | int | None]], numbered: bool
):
    cloud = NaiveCloud("full", numbered)
    play(cloud, story)
    cloud.drop()
    cloud.reconnect(1.0)
    for told, heard in list(zip(cloud.drives, cloud.heard, strict=True))[-3:]:
        assert heard == list(range(len(told)))
    assert all(heard == sorted(set(heard)) for heard in cloud.heard)


@given(stories, st.booleans())
def test_with_the_latest_alone_nothing_is_delivered_twice_and_nothing_numbered_is_lost(
    story: list[tuple[str, float | int | None]], numbered: bool
):
    cloud = NaiveCloud("last", numbered)
    play(cloud, story)
    cloud.drop()
    cloud.reconnect(1.0)
    for told, heard in list(zip(cloud.drives, cloud.heard, strict=True))[-3:]:
        assert heard == sorted(set(heard))
        if told and numbered:
            assert heard[-1] == len(told) - 1
    for told, heard in zip(cloud.drives, cloud.heard, strict=True):
        ends = [index for index in heard if told[index].speak_status == "TextOver"]
        assert len(ends) <= 1

"""The replay filter against a naive cloud that knows of each status whether it tells it for the first time."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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
    assert all(news(replay, 0.0, *told[:8]))
    for now in (10.0, 20.0):
        replay.reconnected(now)
        assert news(replay, now + 0.1, *told[:8]) == [False] * 8
    replay.reconnected(30.0)
    assert news(replay, 30.1, *told) == [False] * 8 + [True] * 5


@pytest.mark.parametrize("numbered", [True, False])
def test_the_latest_alone_is_dropped_if_nothing_was_missed(numbered: bool):
    replay, told = ReplayFilter(), a_drive("r1", 3, numbered=numbered)
    news(replay, 0.0, *told[:4])
    replay.reconnected(10.0)
    assert news(replay, 10.1, told[3], *told[4:7]) == [False] + [True] * 3
    replay.reconnected(20.0)
    assert news(replay, 20.1, told[6], *told[7:]) == [False] + [True] * 6


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


class FullReplay(RuleBasedStateMachine):
    """A cloud that repeats everything: everything is delivered once, in order."""

    mode: Literal["full", "last"] = "full"

    @initialize(numbered=st.booleans())
    def build(self, numbered: bool) -> None:
        self.cloud = NaiveCloud(self.mode, numbered)

    @rule(clauses=st.integers(0, 4))
    def begin(self, clauses: int) -> None:
        self.cloud.begin(clauses)

    @rule(count=st.integers(1, 8))
    def go_on(self, count: int) -> None:
        self.cloud.go_on(count)

    @rule()
    def drop(self) -> None:
        self.cloud.drop()

    @rule(pause=st.floats(0, 60))
    def reconnect(self, pause: float) -> None:
        self.cloud.drop()
        self.cloud.reconnect(pause)

    @rule()
    def twice(self) -> None:
        self.cloud.twice()

    @invariant()
    def nothing_is_delivered_twice_or_out_of_order(self) -> None:
        assert all(heard == sorted(set(heard)) for heard in self.cloud.heard)

    def check(self, told: list[DriveStatus], heard: list[int]) -> None:
        assert heard == list(range(len(told)))

    def teardown(self) -> None:
        self.cloud.drop()
        self.cloud.reconnect(1.0)
        for told, heard in list(zip(self.cloud.drives, self.cloud.heard, strict=True))[-3:]:
            self.check(told, heard)


class LatestReplay(FullReplay):
    """A cloud that repeats the latest alone: what was missed is lost, but the latest is known.

    Without numbers a clause's status that was missed cannot be told from the same one told before.
    """

    mode = "last"

    def check(self, told: list[DriveStatus], heard: list[int]) -> None:
        if told and (self.cloud.numbered or not told[-1].speak_status.startswith("Sentence")):
            assert heard[-1] == len(told) - 1


TestFullReplay = FullReplay.TestCase
TestLatestReplay = LatestReplay.TestCase

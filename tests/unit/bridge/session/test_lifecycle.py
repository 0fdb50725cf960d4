import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clouds.tencent.codes import error_of
from bridge.errors import CloudUnreachable, PreparationTimeout
from bridge.session.actions import lost
from bridge.session.lifecycle import GIVE_UP_PREPARING_S, Lifecycle
from bridge.session.steps import (
    CallFailed,
    ChannelDown,
    ChannelUp,
    Close,
    CloseAsked,
    CloseChannel,
    CloudClosed,
    Complained,
    Create,
    Created,
    Doubted,
    Entered,
    Gone,
    Happening,
    OpenChannel,
    Poll,
    Polled,
    Start,
    Started,
)


def live() -> Lifecycle:
    life = Lifecycle()
    life.begin(0.0)
    for happening in (Created("m1", 1), Started(), ChannelUp()):
        life.receive(happening, 1.0)
    assert life.state == "live"
    return life


def test_the_way_to_live_when_the_cloud_has_to_prepare():
    life = Lifecycle()
    assert life.begin(0.0) == [Create()]
    assert life.receive(Created("m1", 3), 0.1) == [Entered("preparing")]
    assert life.tick(0.2) == []
    due = life.next_deadline()
    assert due == pytest.approx(0.35)
    assert life.tick(0.35) == [Poll("m1")]
    assert life.receive(Polled(3, started=False), 0.4) == []
    assert life.tick(1.0) == [Poll("m1")]
    assert life.receive(Polled(1, started=False), 1.1) == [Entered("ready"), Start("m1")]
    assert life.receive(Started(), 1.2) == [OpenChannel("m1")]
    assert life.receive(ChannelUp(), 1.3) == [Entered("live")]
    assert life.next_deadline() is None


def test_a_session_that_is_ready_at_once_is_not_polled():
    life = Lifecycle()
    life.begin(0.0)
    assert life.receive(Created("m1", 1), 0.1) == [Entered("ready"), Start("m1")]


def test_a_session_that_was_started_before_is_not_started_again():
    life = Lifecycle()
    life.begin(0.0)
    life.receive(Created("m1", 3), 0.1)
    assert life.tick(0.4) == [Poll("m1")]
    assert life.receive(Polled(1, started=True), 0.5) == [Entered("ready"), OpenChannel("m1")]


def test_status_stuck_at_3_is_given_up_after_150_seconds_and_closed():
    life = Lifecycle()
    life.begin(0.0)
    life.receive(Created("m1", 3), 0.1)
    polls, now = 0, 0.0
    while not life.is_over:
        now = life.next_deadline() or 0.0
        effects = life.tick(now)
        if effects == [Poll("m1")]:
            polls += 1
            life.receive(Polled(3, started=False), now)
        else:
            entered, close = effects
            assert isinstance(entered, Entered)
            assert entered.state == "failed"
            assert entered.error is not None
            assert entered.error.code == PreparationTimeout.code
            assert close == Close()
    assert now == pytest.approx(GIVE_UP_PREPARING_S)
    assert 280 < polls < 320


def test_a_channel_that_never_opens_is_not_blamed_on_the_avatar():
    life = Lifecycle()
    life.begin(0.0)
    for happening in (Created("m1", 1), Started(), ChannelDown(refused=False)):
        life.receive(happening, 1.0)
    entered, close = life.tick(GIVE_UP_PREPARING_S)
    assert isinstance(entered, Entered)
    assert entered.error is not None
    assert (entered.error.code, close) == ("channel_lost", Close())
    assert "cloud.ws_url" in entered.error.message


def test_status_4_fails_with_the_clouds_reason():
    life = Lifecycle()
    life.begin(0.0)
    life.receive(Created("m1", 3), 0.1)
    life.tick(0.4)
    entered, close = life.receive(Polled(4, started=False, reason="model is broken"), 1.0)
    assert isinstance(entered, Entered)
    assert entered.error is not None
    assert (entered.state, entered.error.code) == ("failed", "preparation_failed")
    assert "model is broken" in entered.error.message
    assert close == Close()


@pytest.mark.parametrize("code", [100005, 100007, 100008, 100014])
def test_a_refused_creation_fails_with_the_clouds_code(code: int):
    life = Lifecycle()
    life.begin(0.0)
    entered, _ = life.receive(CallFailed(error_of(code, "")), 0.1)
    assert isinstance(entered, Entered)
    assert entered.error is not None
    assert entered.error.cloud_code == code


def test_a_broken_channel_is_opened_again_and_a_refused_one_asks_first():
    life = live()
    assert life.receive(ChannelDown(refused=False), 10.0, 0.5) == [Entered("reconnecting")]
    assert life.next_deadline() == pytest.approx(10.0 + 0.125)
    assert life.tick(10.2) == [OpenChannel("m1")]
    assert life.receive(ChannelDown(refused=True), 10.3, 1.0) == []
    assert life.tick(10.8) == [Poll("m1")]
    assert life.receive(Polled(1, started=True), 10.9) == [OpenChannel("m1")]
    assert life.receive(ChannelUp(), 11.0) == [Entered("live")]


def test_a_channel_that_is_down_cannot_break():
    life = live()
    life.receive(ChannelDown(refused=False), 10.0)
    due = life.next_deadline()
    for happening in (ChannelDown(refused=True), Complained(error_of(110022, "")), Gone(lost(4, 0, "")), Doubted()):
        assert life.receive(happening, 10.1) == []
    assert life.next_deadline() == due


def test_a_channel_that_does_not_bring_what_is_owed_is_opened_anew():
    life = live()
    assert life.receive(Doubted(), 10.0, 0.5) == [CloseChannel(), Entered("reconnecting")]
    assert life.tick(10.2) == [OpenChannel("m1")]
    assert life.receive(ChannelUp(), 10.3) == [Entered("live")]


def test_a_channel_that_opens_only_to_break_is_asked_about_and_tried_ever_less_often():
    life, now, pauses = live(), 2.0, list[float]()
    for _ in range(8):
        life.receive(ChannelDown(refused=False), now, 1.0)
        due = life.next_deadline() or 0.0
        pauses.append(due - now)
        assert life.tick(due) == [Poll("m1")]
        assert life.receive(Polled(1, started=True), due) == [OpenChannel("m1")]
        life.receive(ChannelUp(), due)
        now = due + 1.0
    assert pauses == pytest.approx([0.25, 0.5, 1, 2, 4, 8, 15, 15])
    life.receive(ChannelDown(refused=False), now + 60, 1.0)
    assert life.next_deadline() == pytest.approx(now + 60.25)


def test_a_cloud_session_that_is_gone_is_replaced_under_the_session():
    life = live()
    life.receive(ChannelDown(refused=True), 10.0)
    life.tick(11.0)
    effects = life.receive(Polled(2, started=True, reason="the service was restarted"), 11.1)
    assert effects == [Entered("reconnecting", "cloud_session_replaced", lost=True), Create()]
    assert life.receive(Created("m2", 3), 11.2) == []
    assert life.tick(11.5) == [Poll("m2")]
    assert life.receive(Polled(1, started=False), 11.6) == [Start("m2")]
    assert life.receive(Started(), 11.7) == [OpenChannel("m2")]
    assert life.receive(ChannelUp(), 11.8) == [Entered("live")]


def test_one_that_is_lost_again_and_again_is_replaced_ever_less_often():
    life, now, pauses = live(), 100.0, list[float]()
    for number in range(2, 11):
        effects = life.receive(Gone(lost(4, 0, "")), now)
        if Create() not in effects:
            due = life.next_deadline() or 0.0
            pauses.append(due - now)
            assert life.tick(due) == [Create()]
            now = due
        for happening in (Created(f"m{number}", 1), Started(), ChannelUp()):
            life.receive(happening, now)
        now += 2.0
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])
    assert Create() in life.receive(Gone(lost(4, 0, "")), now + 60.0), "it had lived for a while"


def test_one_that_another_took_over_is_not_fought_for():
    life = live()
    entered, close = life.receive(Complained(error_of(110022, "")), 10.0)
    assert isinstance(entered, Entered)
    assert (entered.state, entered.reason, close) == ("failed", "cloud_session_lost", Close())


@pytest.mark.parametrize("step", ["statsession", "startsession"])
def test_one_that_its_own_late_createsession_took_over_is_replaced_once(step: str):
    life, now = Lifecycle(), 0.0
    life.begin(now)
    taken = CallFailed(lost(5, 0, "") if step == "statsession" else error_of(110022, ""))
    for number in (1, 2):
        now += 1.0
        life.receive(Created(f"m{number}", 3 if step == "statsession" else 1), now)
        if step == "statsession":
            assert life.tick(now + 0.5) == [Poll(f"m{number}")]
        effects = life.receive(taken, now + 0.6)
        if number == 1:
            assert effects[-1] == Create()
    assert life.state == "failed"


def test_a_cloud_that_is_away_is_waited_for_five_minutes():
    life = live()
    life.receive(ChannelDown(refused=False), 10.0)
    now = 10.0
    while not life.is_over:
        now = life.next_deadline() or 0.0
        for effect in life.tick(now):
            if isinstance(effect, OpenChannel):
                life.receive(ChannelDown(refused=True), now)
            elif isinstance(effect, Poll):
                life.receive(CallFailed(CloudUnreachable("away")), now)
    assert now == pytest.approx(310.0)


def test_a_session_created_after_the_close_is_closed_too():
    life = Lifecycle()
    life.begin(0.0)
    assert life.receive(CloseAsked("deleted"), 0.1) == [Entered("closing", "deleted"), Close()]
    assert life.receive(Created("m1", 3), 0.2) == []
    assert life.cloud_session_id == "m1"
    assert life.receive(CloudClosed(), 0.3) == [Entered("closed", "deleted")]


happenings = st.sampled_from(
    [
        Created("m1", 1),
        Created("m1", 3),
        Polled(1, started=False),
        Polled(1, started=True),
        Polled(2, started=True),
        Polled(3, started=False),
        Polled(4, started=False),
        Started(),
        ChannelUp(),
        ChannelDown(refused=False),
        ChannelDown(refused=True),
        CallFailed(CloudUnreachable("away")),
        CallFailed(error_of(110018, "")),
        CallFailed(error_of(100005, "")),
        CloseAsked("deleted"),
    ]
)


@given(st.lists(st.tuples(happenings, st.floats(0.01, 60)), max_size=40), st.integers())
def test_whatever_happens_it_ends_once_and_closes_once(story: list[tuple[Happening, float]], seed: int):
    life, now, chance = Lifecycle(), 0.0, random.Random(seed)
    effects = life.begin(now)
    for happening, pause in story:
        if isinstance(happening, Polled | Started | ChannelUp | ChannelDown) and life.cloud_session_id is None:
            continue
        now += pause
        effects += life.tick(now) + life.receive(happening, now, chance.random())
    effects += life.receive(CloseAsked("end"), now) + life.receive(CloudClosed(), now)
    ends = [effect.state for effect in effects if isinstance(effect, Entered) and effect.state in {"closed", "failed"}]
    assert len(ends) == 1
    assert effects.count(Close()) == 1
    assert life.next_deadline() is None

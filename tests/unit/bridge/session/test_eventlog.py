import json

from hypothesis import given
from hypothesis import strategies as st

from bridge.session.eventlog import MAX_AGE_S, MAX_EVENTS, EventLog
from bridge.session.events import Transcript, TurnChanged


@given(st.lists(st.floats(0, 400), max_size=30), st.integers(0, 40))
def test_a_client_gets_all_it_missed_or_nothing(pauses: list[float], seen: int):
    log, now, times = EventLog("s1", "e1"), 1000.0, list[float]()
    for pause in pauses:
        now += pause
        log.append(TurnChanged(turn="idle"), now)
        times.append(now)
    missed = log.since("e1", seen)
    wanted = list(range(seen + 1, len(pauses) + 1))
    lost = any(times[offset - 1] < now - MAX_AGE_S for offset in wanted)
    if seen > len(pauses) or lost:
        assert missed is None
    else:
        assert missed is not None
        assert [entry.offset for entry in missed] == wanted


def test_only_the_last_1024_are_kept():
    log = EventLog("s1", "e1")
    for _ in range(MAX_EVENTS + 6):
        log.append(TurnChanged(turn="idle"), 1.0)
    assert log.since("e1", 5) is None
    missed = log.since("e1", 6)
    assert missed is not None
    assert len(missed) == MAX_EVENTS


def test_another_epoch_is_a_gap():
    log = EventLog("s1", "e1")
    log.append(TurnChanged(turn="idle"), 1.0)
    assert log.since("e0", 1) is None
    assert log.since("e1", -1) is None
    assert log.since("e1", 1) == []


def test_an_entry_is_the_whole_event():
    entry = EventLog("s1", "e1").append(TurnChanged(turn="thinking"), 1700000000.1234)
    assert json.loads(entry.json) == {
        "type": "turn",
        "turn": "thinking",
        "offset": 1,
        "time": 1700000000.123,
        "session_id": "s1",
    }


def test_what_is_forgotten_is_a_gap():
    log = EventLog("s1", "e1")
    log.append(TurnChanged(turn="thinking"), 1.0)
    log.forget()
    assert log.since("e1", 0) is None
    assert log.since("e1", 1) == []
    log.append(TurnChanged(turn="idle"), 2.0)
    missed = log.since("e1", 1)
    assert missed is not None
    assert [entry.offset for entry in missed] == [2]


def test_half_a_surrogate_pair_does_not_keep_an_event_out():
    entry = EventLog("s1", "e1").append(Transcript(who="user", text="hi \ud83d!", final=True), 1.0)
    assert json.loads(entry.json) == {
        "type": "transcript",
        "who": "user",
        "text": "hi ?!",
        "final": True,
        "offset": 1,
        "time": 1.0,
        "session_id": "s1",
    }

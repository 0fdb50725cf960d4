import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.faults import KINDS, Fault, FaultError, Faults, of_user, parse


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("drop@audio:17", Fault("drop", "audio", 17, 0.0)),
        ("close", Fault("close", None, None, 1001)),
        ("close@beat=4000", Fault("close", "beat", None, 4000)),
        ("delay@stat=2", Fault("delay", "stat", None, 2.0)),
        ("delay@TextOver:2=0.25", Fault("delay", "TextOver", 2, 0.25)),
        ("error@create:1=100014", Fault("error", "create", 1, 100014)),
        ("error@start=-101000", Fault("error", "start", None, -101000)),
        ("stuck@stat", Fault("stuck", "stat", None, 0.0)),
        ("lose@down:3", Fault("lose", "down", 3, 0.0)),
        ("rate@text:1", Fault("rate", "text", 1)),
        ("duplicate@TextStart", Fault("duplicate", "TextStart")),
        ("reorder@stream:2", Fault("reorder", "stream", 2)),
        ("slow@connect=0.5", Fault("slow", "connect", None, 0.5)),
        ("no_pong", Fault("no_pong")),
        ("restart@audio:3", Fault("restart", "audio", 3)),
        ("blackhole@connect", Fault("blackhole", "connect", None, 0.0)),
    ],
)
def test_the_grammar(spec: str, fault: Fault):
    assert parse(spec) == fault


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("", "is no fault"),
        ("drop@", "is no fault"),
        ("drop@audio:x", "is no fault"),
        ("drop@audio:0", "counted from 1"),
        ("explode", "unknown fault 'explode'; there are drop,"),
        ("rate@down", "cannot strike at 'down'"),
        ("slow@stat", "cannot strike at 'stat'"),
        ("no_pong=1", "takes no value"),
        ("stuck@audio", "cannot strike at 'audio'"),
        ("lose@create", "cannot strike at 'create'"),
        ("drop@lunch", "cannot strike at 'lunch'"),
        ("stuck=1", "takes no value"),
        ("error=12", "no error code"),
        ("delay=601", "no seconds"),
        ("delay=nan", "no seconds"),
        ("close=1", "no close code"),
        ("delay=soon", "takes a number"),
    ],
)
def test_what_is_no_fault_is_refused_with_the_reason(spec: str, message: str):
    with pytest.raises(FaultError, match=message):
        parse(spec)


@given(st.text(max_size=40))
def test_any_text_is_a_fault_or_refused(text: str):
    try:
        name = parse(text).name
    except FaultError:
        return
    assert name in KINDS


def test_a_user_id_carries_faults():
    assert of_user("kiosk-7") == []
    assert of_user("kiosk-7!drop@audio:17!delay=1") == [Fault("drop", "audio", 17), Fault("delay", value=1.0)]
    with pytest.raises(FaultError):
        of_user("kiosk-7!nonsense")


def names(faults: list[Fault]) -> list[str]:
    return [fault.name for fault in faults]


@given(n=st.integers(1, 9), reached=st.integers(0, 12))
def test_the_nth_time_and_no_other(n: int, reached: int):
    faults = Faults()
    faults.add("*", parse(f"drop@audio:{n}"))
    struck = [names(faults.strike("audio", user_id="a")) for _ in range(reached)]
    assert struck == [["drop"] if number == n else [] for number in range(1, reached + 1)]


def test_each_user_counts_alone():
    faults = Faults()
    faults.add("*", parse("drop@audio:2"))
    assert names(faults.strike("audio", user_id="a")) == []
    assert names(faults.strike("audio", user_id="b")) == []
    assert names(faults.strike("audio", user_id="b")) == ["drop"]


def test_times_limits_and_targets_choose():
    faults = Faults()
    faults.add("m1", parse("lose@stream"), times=2)
    faults.add("b", parse("delay@stream=1"))
    assert names(faults.strike("stream", user_id="a", session_id="m2")) == []
    assert [names(faults.strike("stream", user_id="a", session_id="m1")) for _ in range(3)] == [["lose"], ["lose"], []]
    assert names(faults.strike("stream", user_id="b", session_id="m3")) == ["delay"]
    faults.clear()
    assert names(faults.strike("stream", user_id="b", session_id="m3")) == []


def test_down_is_every_downlink_and_a_status_only_itself():
    faults = Faults()
    faults.add("*", parse("lose@down"))
    faults.add("*", parse("drop@TextOver"))
    assert names(faults.strike("TextStart", user_id="a")) == ["lose"]
    assert names(faults.strike("down", user_id="a")) == ["lose"]
    assert names(faults.strike("TextOver", user_id="a")) == ["lose", "drop"]


def test_a_user_ids_own_faults_hold_once():
    faults = Faults()
    faults.adopt("u!error@create:1=100014")
    faults.adopt("u!error@create:1=100014")
    assert len(faults.strike("create", user_id="u!error@create:1=100014")) == 1
    faults.adopt("u!error@create:1=100014")
    assert faults.strike("create", user_id="u!error@create:1=100014") == []
    assert faults.strike("create", user_id="u") == []

"""What each code does to a session, by each way it can come; the expectations are typed from the manual's measures."""

import pytest

from bridge.clouds.tencent.codes import TABLE, error_of
from bridge.errors import BridgeError, CloudProtocolError, CloudUnreachable
from bridge.session.actions import ACTIONS, lost, refused, told_by
from bridge.session.lifecycle import Lifecycle
from bridge.session.steps import (
    CallFailed,
    ChannelDown,
    ChannelUp,
    Close,
    CloseChannel,
    Complained,
    Create,
    Created,
    Effect,
    Entered,
    Gone,
    OpenChannel,
    Poll,
    Polled,
    Start,
    Started,
)
from bridge.wire.events import DriveStatus, Message, decode

FAILS, ASKS, AGAIN, REPLACED, GOES_ON = "fails", "asks", "is made again", "is replaced", "goes on"

# code: the first createsession, one for a replacement, startsession, statsession, the channel refused, a message of it
ROWS = {
    -101000: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    -101001: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    -101002: (FAILS, FAILS, FAILS, FAILS, ASKS, GOES_ON),
    -111001: (FAILS, FAILS, FAILS, FAILS, ASKS, GOES_ON),
    -111002: (AGAIN, AGAIN, ASKS, ASKS, ASKS, ASKS),
    -111003: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    -111004: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    -111005: (FAILS, FAILS, FAILS, FAILS, ASKS, GOES_ON),
    -100000: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    100000: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    100001: (FAILS, FAILS, FAILS, FAILS, ASKS, GOES_ON),
    100005: (FAILS, FAILS, FAILS, FAILS, ASKS, ASKS),
    100007: (FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    100008: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    100012: (FAILS, AGAIN, ASKS, ASKS, ASKS, GOES_ON),
    100014: (FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    100015: (FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    110013: (AGAIN, AGAIN, ASKS, REPLACED, ASKS, ASKS),
    110014: (AGAIN, AGAIN, ASKS, ASKS, ASKS, ASKS),
    110015: (FAILS, FAILS, FAILS, FAILS, ASKS, GOES_ON),
    110016: (AGAIN, AGAIN, ASKS, ASKS, ASKS, ASKS),
    110018: (AGAIN, AGAIN, ASKS, REPLACED, ASKS, ASKS),
    110021: (FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    110022: (FAILS, FAILS, FAILS, FAILS, FAILS, FAILS),
    123456: (FAILS, FAILS, FAILS, FAILS, ASKS, GOES_ON),
}


def live() -> Lifecycle:
    life = Lifecycle()
    life.begin(0.0)
    for happening in (Created("m1", 1), Started(), ChannelUp()):
        life.receive(happening, 1.0)
    assert life.state == "live"
    return life


def asking() -> Lifecycle:
    """Return one that was live, lost its channel, was refused another, and asks statsession."""
    life = live()
    life.receive(ChannelDown(refused=True), 10.0)
    assert life.tick(11.0) == [Poll("m1")]
    return life


def starting() -> Lifecycle:
    life = asking()
    assert life.receive(Polled(1, started=False), 11.1) == [Start("m1")]
    return life


def replacing() -> Lifecycle:
    life = live()
    assert life.receive(Gone(lost(4, 0, "")), 90.0)[-1] == Create()
    return life


def outcome(life: Lifecycle, effects: list[Effect]) -> str:
    """Return what became of the session, in a word."""
    if life.state == "failed":
        assert effects[-1] == Close()
        return FAILS
    if Create() in effects:
        return REPLACED
    if effects == [] and life.next_deadline() is None:
        return GOES_ON
    assert OpenChannel("m1") not in effects, "nothing is tried again at once"
    due = life.next_deadline()
    assert due is not None
    step = life.tick(due)
    return AGAIN if step == [Create()] else ASKS if step == [Poll("m1")] else "?"


def test_every_known_code_has_an_action():
    assert set(ACTIONS) == {code.number for code in TABLE} == set(ROWS) - {123456}


@pytest.mark.parametrize("code", ROWS)
def test_it_comes_as_the_answer_of_a_call(code: int):
    error = CallFailed(error_of(code, "said the cloud"))
    first = Lifecycle()
    first.begin(0.0)
    lives = (first, replacing(), starting(), asking())
    assert tuple(outcome(life, life.receive(error, 91.0)) for life in lives) == ROWS[code][:4]


@pytest.mark.parametrize("code", ROWS)
def test_it_comes_with_the_refusal_of_the_channel(code: int):
    life = live()
    life.receive(ChannelDown(refused=False), 10.0)
    assert life.tick(11.0) == [OpenChannel("m1")]
    down = ChannelDown(refused=True, error=refused(403, code, "said the cloud"))
    assert outcome(life, life.receive(down, 11.1)) == ROWS[code][4]


@pytest.mark.parametrize(
    "frame",
    [
        '{{"Header":{{"Code":{code},"Message":"x"}},"Payload":{{"Type":3,"ReqId":"r1"}}}}',
        '{{"Header":{{"Code":0}},"Payload":{{"Type":0,"ErrorCode":{code},"ErrorMsg":"x"}}}}',
        '{{"Header":{{"Code":0}},"Payload":{{"Type":9,"ReqId":"r1","ErrorCode":{code},"ErrorMessage":"x"}}}}',
    ],
    ids=["Header", "Type 0", "Type 9"],
)
@pytest.mark.parametrize("code", ROWS)
def test_it_comes_in_a_message_of_the_channel(frame: str, code: int):
    message = decode(frame.format(code=code))
    assert isinstance(message, Message)
    told = told_by(message)
    assert isinstance(told, Complained)
    life = live()
    effects = life.receive(told, 20.0)
    assert outcome(life, effects) == ROWS[code][5]
    assert (CloseChannel() in effects) == (ROWS[code][5] == ASKS)


@pytest.mark.parametrize(
    ("close_type", "code", "ours", "says"),
    [
        (1, 0, "session_stopped", "somebody stopped"),
        (2, 0, REPLACED, "it timed out"),
        (3, 0, REPLACED, "the renderer left"),
        (4, 0, REPLACED, "the service was restarted"),
        (5, 0, "cloud_session_lost", "another session"),
        (None, 110022, "cloud_session_lost", ""),
        (None, 100015, "cloud_session_lost", "the avatar's time is over"),
        (None, 0, REPLACED, "the avatar's time is over"),
        (9, 0, REPLACED, "the avatar's time is over"),
    ],
)
@pytest.mark.parametrize("way", ["statsession", "message"])
def test_a_closed_cloud_session_says_why(way: str, close_type: int | None, code: int, ours: str, says: str):
    error = lost(close_type, code, "the avatar's time is over")
    assert says in error.message
    life = asking() if way == "statsession" else live()
    effects = life.receive(CallFailed(error) if way == "statsession" else Gone(error), 90.0)
    entered, last = effects
    assert isinstance(entered, Entered)
    if ours == REPLACED:
        assert (entered.state, entered.lost, last) == ("reconnecting", True, Create())
    else:
        assert (entered.state, entered.reason, last) == ("failed", ours, Close())
        assert life.cloud_session_id is None, "there is nothing left to close"


def test_a_close_type_in_a_status_is_heeded():
    told = told_by(DriveStatus(req_id="r1", speak_status="TextOver", close_type=4))
    assert isinstance(told, Gone)
    assert told_by(DriveStatus(req_id="r1", speak_status="TextOver")) is None


@pytest.mark.parametrize(
    ("status", "code", "number"),
    [(401, 0, 100005), (404, 0, 110018), (403, 0, None), (409, 0, None), (502, 0, None), (401, 110016, 110016)],
)
def test_a_refusal_without_a_code_of_its_own(status: int, code: int, number: int | None):
    error = refused(status, code, "")
    assert (error and error.cloud_code) == number


def test_a_channel_refused_for_its_signature_is_given_up_at_the_third_time():
    life = live()
    life.receive(ChannelDown(refused=False), 10.0)
    assert life.tick(11.0) == [OpenChannel("m1")]
    refusal = ChannelDown(refused=True, error=refused(401, 0, ""))
    for _ in range(2):
        assert outcome(life, life.receive(refusal, 11.0)) == ASKS
        assert life.receive(Polled(1, started=True), 12.0) == [OpenChannel("m1")]
    assert outcome(life, life.receive(refusal, 12.0)) == FAILS


def test_an_open_channel_wipes_out_the_refusals_before_it():
    life = live()
    life.receive(ChannelDown(refused=False), 10.0)
    assert life.tick(11.0) == [OpenChannel("m1")]
    refusal = ChannelDown(refused=True, error=refused(401, 0, ""))
    for _ in range(4):
        assert outcome(life, life.receive(refusal, 11.0)) == ASKS
        life.receive(Polled(1, started=True), 12.0)
        life.receive(ChannelUp(), 13.0)
        life.receive(ChannelDown(refused=False), 14.0)
        due = life.next_deadline()
        assert due is not None
        assert life.tick(due) == [Poll("m1")]
        assert life.receive(Polled(1, started=True), due) == [OpenChannel("m1")]


@pytest.mark.parametrize(("error", "word"), [(CloudUnreachable("away"), ASKS), (CloudProtocolError("odd"), FAILS)])
def test_errors_without_a_code(error: BridgeError, word: str):
    life = asking()
    assert outcome(life, life.receive(CallFailed(error), 12.0)) == word

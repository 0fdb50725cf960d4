import msgspec
import pytest

from emulator.channel.recorded import MAX_RECORDINGS, RecordedEntry, Replay, Replays, played


def test_what_went_down_is_said_again_under_another_name():
    frame: dict[str, object] = {
        "Header": {"SessionID": "m1", "Code": 0},
        "Payload": {"SessionId": "m1", "ReqId": "R"},
    }
    replay = Replay(
        [
            RecordedEntry(5.0, {"Payload": {}}, "up"),
            RecordedEntry(5.25, frame),
            RecordedEntry(6.5, "no json"),
            RecordedEntry(7.0, {"Payload": [1]}),
        ]
    )
    (first, renamed), *rest = played(replay, "m2")
    assert (first, msgspec.json.decode(renamed)) == (
        0.25,
        {"Header": {"SessionID": "m2", "Code": 0}, "Payload": {"SessionId": "m2", "ReqId": "R"}},
    )
    assert rest == [(1.5, "no json"), (2.0, '{"Payload":[1]}')]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"frames": []}',
        b'{"frames": [{"t": -1, "frame": {}}]}',
        b'{"frames": [{"t": 2, "frame": {}}, {"t": 1, "frame": {}}]}',
        b'{"frames": [{"t": 0, "frame": {}}, {"t": 601, "frame": {}}]}',
        b'{"frames": [{"t": 0, "frame": {}, "direction": "sideways"}]}',
        b'{"frames": [{"t": 0, "frame": {}}], "user": "u"}',
    ],
)
def test_what_is_no_recording(body: bytes):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Replay)


def recording(session_id: str = "*", user_id: str = "*") -> Replay:
    return Replay([RecordedEntry(0.0, "x")], session_id, user_id)


def test_a_recording_is_for_one_channel():
    replays = Replays()
    of_session, of_user, of_any = recording("m1"), recording(user_id="u"), recording()
    for replay in (of_any, of_user, of_session):
        replays.put(replay)
    assert [replays.take("m1", "u") for _ in range(4)] == [of_session, of_user, of_any, None]


def test_of_too_many_the_oldest_goes():
    replays = Replays()
    for number in range(MAX_RECORDINGS + 1):
        replays.put(recording(f"m{number}"))
    assert replays.take("m0", "u") is None
    assert replays.take("m1", "u") is not None
    replays.clear()
    assert replays.take("m2", "u") is None

from hypothesis import given
from hypothesis import strategies as st

from bridge.wire.events import DriveStatus
from bridge.wire.replay import DRIVES, ReplayFilter

drives = st.sampled_from([f"r{n}" for n in range(5)])
statuses = st.builds(
    DriveStatus,
    req_id=drives,
    speak_status=st.sampled_from(["TextStart", "SentenceStart", "SentenceOver", "TextOver"]),
    seq=st.integers(0, 4),
)


@given(st.lists(statuses))
def test_each_status_is_new_once(said: list[DriveStatus]):
    replay = ReplayFilter()
    seen: set[tuple[str, str, int]] = set()
    for status in said:
        key = (status.req_id, status.speak_status, status.seq)
        assert replay.is_new(status) == (key not in seen)
        seen.add(key)


def test_the_oldest_drive_is_forgotten():
    replay = ReplayFilter()
    first = DriveStatus(req_id="first", speak_status="TextOver")
    assert replay.is_new(first)
    for number in range(DRIVES):
        replay.is_new(DriveStatus(req_id=str(number), speak_status="TextOver"))
    assert replay.is_new(first)

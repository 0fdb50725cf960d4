import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.session.orphans import Listed, orphans

PREFIX = "ab-0a1b2c3d-"
NOBODY: frozenset[str] = frozenset()


def test_what_a_crash_left_behind_is_closed():
    listed = [Listed(f"{PREFIX}kiosk-1", "m1", 1), Listed(f"{PREFIX}kiosk-2", "m2", 3)]
    assert orphans(listed, [PREFIX], NOBODY) == ["m1", "m2"]


@pytest.mark.parametrize(
    "user_id", ["other-1", "ab-ffffffff-kiosk-1", "ab-0a1b2c3d", "xab-0a1b2c3d-1", "", "AB-0A1B2C3D-1"]
)
def test_what_is_not_ours_is_not_touched(user_id: str):
    assert orphans([Listed(user_id, "m1", 1)], [PREFIX], NOBODY) == []


def test_without_prefixes_nothing_is_ours():
    assert orphans([Listed("", "m1", 1), Listed(f"{PREFIX}a", "m2", 1)], [], NOBODY) == []


def test_what_several_servers_left_behind_is_closed():
    listed = [Listed(f"{PREFIX}a", "m1", 1), Listed("ab-ffffffff-a", "m2", 1), Listed("other-a", "m3", 1)]
    assert orphans(listed, [PREFIX, "ab-ffffffff-"], NOBODY) == ["m1", "m2"]


def test_what_somebody_holds_is_not_touched():
    assert orphans([Listed(f"{PREFIX}kiosk-1", "m1", 1)], [PREFIX], {f"{PREFIX}kiosk-1"}) == []


def test_what_is_closed_need_not_be_closed():
    assert orphans([Listed(f"{PREFIX}kiosk-1", "m1", 2)], [PREFIX], NOBODY) == []


def test_with_an_empty_prefix_nothing_is_decided():
    with pytest.raises(ValueError, match="prefix"):
        orphans([], [PREFIX, ""], NOBODY)


users = st.sampled_from([f"{PREFIX}{name}" for name in "abc"] + ["other-a", "ab-ffffffff-a", "a"])


@given(st.lists(st.builds(Listed, users, st.uuids().map(str), st.integers(1, 4))), st.sets(users))
def test_only_ours_and_never_a_held_one(listed: list[Listed], held: set[str]):
    closed = orphans(listed, [PREFIX], held)
    for session in listed:
        ours = session.user_id[: len(PREFIX)] == PREFIX
        expected = ours and session.user_id not in held and session.status in {1, 3, 4}
        assert (session.cloud_session_id in closed) == expected

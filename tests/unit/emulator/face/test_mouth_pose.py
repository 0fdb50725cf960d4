import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.face.mouth_pose import GRID, REST, MouthPose, sprites

part = st.floats(0.0, 1.0)
poses = st.builds(MouthPose, part, st.floats(-1.0, 1.0), part, part, part, part, part, part)


@given(poses)
def test_the_shares_sum_to_one_and_the_sprites_exist(pose: MouthPose) -> None:
    found = sprites(pose)
    assert sum(share for _, share in found) == pytest.approx(1.0)
    for (family, row, column), share in found:
        assert 0.0 <= share <= 1.0
        assert 0 <= row < len(GRID[family][0])
        assert 0 <= column < len(GRID[family][1])


def test_the_mouth_at_rest_is_one_sprite() -> None:
    assert sprites(REST) == [(("smile", 1, 0), 1.0)]


@given(poses.filter(lambda pose: max(pose.press, pose.bite) >= 0.5))
def test_touching_lips_are_never_faded_into_open_ones(pose: MouthPose) -> None:
    assert {family for (family, _, _), _ in sprites(pose)} <= {"press" if pose.press >= pose.bite else "bite"}


def test_an_opening_between_two_steps_shows_both() -> None:
    found = dict(sprites(MouthPose(opening=0.5 / 12, smile=0.0)))
    assert found == {("plain", 0, 4): pytest.approx(0.5), ("plain", 1, 4): pytest.approx(0.5)}


def test_a_mix_of_poses_is_their_weighted_mean() -> None:
    mixed = MouthPose.mix([(1.0, MouthPose(opening=1.0, smile=0.0)), (3.0, MouthPose())])
    assert mixed == MouthPose(opening=0.25, smile=0.75)

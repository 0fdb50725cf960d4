from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.face.animator import BLINK_SLOT, Animator
from emulator.face.face_pose import FacePose
from emulator.face.mouth_pose import REST, MouthPose
from emulator.performance import Phoneme

seeds = st.integers(0, 2**32)
times = st.floats(0.0, 100_000.0)


def spoken(t: float) -> list[Phoneme]:
    """Return speech without a pause around `t`."""
    return [Phoneme("A:", "en", t - 0.6 + k * 0.15, t - 0.45 + k * 0.15) for k in range(8)]


@given(seeds, times)
def test_the_same_seed_and_time_give_the_same_face(seed: int, t: float) -> None:
    one, other = Animator(seed), Animator(seed)
    other.pose(t + 1.0, ())
    assert one.pose(t, ()) == other.pose(t, ())


def test_two_seeds_live_differently() -> None:
    assert [Animator(1).pose(t / 5, ()).lid for t in range(100)] != [
        Animator(2).pose(t / 5, ()).lid for t in range(100)
    ]


def mouth_shift(pose: FacePose) -> tuple[float, float]:
    """Return how far the middle of the mouth, 120 pixels above the pivot of the neck, is displaced at most."""
    right = abs(pose.sway) + 120 * abs(pose.tilt) + abs(pose.turn)
    return right, 1.2 * abs(pose.nod) + 0.45 * pose.breath


@given(seeds, times)
def test_a_silent_face_moves_a_little_and_its_mouth_not_at_all(seed: int, t: float) -> None:
    pose = Animator(seed).pose(t, ())
    assert pose.mouth == REST
    assert max(mouth_shift(pose)) <= 2.0
    assert pose.brow == 0.0


@given(seeds, times)
def test_a_speaking_face_stays_within_its_measures(seed: int, t: float) -> None:
    pose = Animator(seed).pose(t, spoken(t))
    assert max(mouth_shift(pose)) <= 6.0
    assert 0.0 <= pose.lid <= 1.0
    assert 1.0 <= pose.brow <= 3.0


@given(seeds, times)
def test_nothing_but_lids_and_gaze_moves_suddenly(seed: int, t: float) -> None:
    animator = Animator(seed)
    here, there = animator.pose(t, ()), animator.pose(t + 0.04, ())
    assert abs(here.sway - there.sway) < 0.15
    assert abs(here.nod - there.nod) < 0.15
    assert abs(here.tilt - there.tilt) < 0.001
    assert abs(here.breath - there.breath) < 0.06


@pytest.mark.parametrize("seed", range(8))
def test_it_blinks_at_natural_intervals_and_looks_at_the_viewer(seed: int) -> None:
    animator = Animator(seed)
    lids = [animator.pose(tick / 25, ()).lid for tick in range(25 * 120)]
    shut = [tick for tick, lid in enumerate(lids) if lid < 0.3 and lids[tick - 1] >= 0.3]
    assert 120 / BLINK_SLOT * 0.9 <= len(shut) <= 120 / BLINK_SLOT * 1.6
    assert all(sum(lid < 0.5 for lid in lids[tick : tick + 12]) <= 10 for tick in shut)
    straight = sum(astuple(animator.pose(tick / 5, ()))[2:4] == (0.0, 0.0) for tick in range(5 * 120))
    assert 0.45 < straight / 600 < 0.8


def test_sound_without_phonemes_moves_the_mouth_only_where_there_is_no_phoneme() -> None:
    heard = MouthPose(opening=0.6, smile=0.0)
    assert Animator(1).pose(5.0, (), heard).mouth == heard
    assert Animator(1).pose(5.0, spoken(5.0), heard).mouth != heard


def test_an_action_is_a_nod_that_nobody_misses():
    animator = Animator(1)
    still = [animator.pose(5 + step / 25, ()) for step in range(25)]
    acting = [animator.pose(5 + step / 25, (), None, (5.0,)) for step in range(25)]
    bows = [moved.nod - usual.nod for moved, usual in zip(acting, still, strict=True)]
    assert max(bows) > 5
    assert bows[0] == bows[-1] == 0
    assert animator.pose(4.9, (), None, (5.0,)) == animator.pose(4.9, ())

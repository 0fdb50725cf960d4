from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from emulator.face.atlas import Box, Picture, load_atlas
from emulator.face.compositor import Compositor, Planes
from emulator.face.face_pose import FacePose
from emulator.face.mouth_pose import MouthPose
from emulator.face.visemes import REST, VISEMES, Viseme
from emulator.face.warp import CHEST_BOX, HEAD_BOX

STILL = FacePose()


@pytest.fixture
def compositor() -> Compositor:
    return Compositor(load_atlas())


def region(picture: Picture, box: Box) -> NDArray[np.int16]:
    return picture[box.top : box.bottom, box.left : box.right].astype(np.int16)


def outside(picture: Picture, *boxes: Box) -> Picture:
    kept = picture[:960].copy()
    for box in boxes:
        kept[box.top : box.bottom, box.left : box.right] = 0
    return kept


def difference(a: Picture, b: Picture, box: Box) -> float:
    return float(np.abs(region(a, box) - region(b, box)).mean())


def test_a_still_face_is_the_plate(compositor: Compositor) -> None:
    picture = compositor.draw(STILL)
    assert picture.shape == (1440, 540)
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(np.int16) - load_atlas().plate).mean() < 0.5


def test_a_face_that_does_not_change_is_the_very_same_picture(compositor: Compositor) -> None:
    first = compositor.draw(STILL)
    assert compositor.draw(FacePose(sway=0.01, breath=0.01)) is first
    assert not first.flags.writeable


def test_a_picture_given_away_is_not_drawn_over(compositor: Compositor) -> None:
    first = compositor.draw(STILL)
    kept = first.copy()
    compositor.draw(FacePose(MouthPose(opening=1.0, smile=0.0), sway=3.0))
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("viseme", [v for v in VISEMES if v is not REST], ids=lambda v: v.name)
def test_every_shape_shows_in_the_mouth_and_nowhere_else(compositor: Compositor, viseme: Viseme) -> None:
    atlas = load_atlas()
    rest = compositor.draw(STILL)
    picture = compositor.draw(FacePose(viseme.pose))
    assert difference(rest, picture, atlas.mouth_box) > 0.6
    assert np.array_equal(outside(rest, atlas.mouth_box), outside(picture, atlas.mouth_box))


def test_no_two_shapes_look_alike(compositor: Compositor) -> None:
    box = load_atlas().mouth_box
    seen = [region(compositor.draw(FacePose(viseme.pose)), box) for viseme in VISEMES]
    for number, one in enumerate(seen):
        for other in seen[:number]:
            assert np.abs(one - other).max() > 20


def test_the_wider_the_mouth_the_more_of_its_dark_shows(compositor: Compositor) -> None:
    box = load_atlas().mouth_box
    dark = [
        int((region(compositor.draw(FacePose(MouthPose(step / 10, smile=0.0))), box) < 60).sum())
        for step in range(1, 11)
    ]
    assert all(more > less for less, more in pairwise(dark[2:]))
    assert dark[-1] > dark[0] + 400


def test_a_blink_shows_in_the_eyes_only(compositor: Compositor) -> None:
    atlas = load_atlas()
    awake, shut = compositor.draw(STILL), compositor.draw(FacePose(lid=0.0))
    assert difference(awake, shut, atlas.eye_box) > 4
    assert np.array_equal(outside(awake, atlas.eye_box), outside(shut, atlas.eye_box))


def test_the_mouth_at_rest_only_moves_with_the_head(compositor: Compositor) -> None:
    """A head two pixels to the right has the same mouth, two pixels to the right."""
    box = load_atlas().mouth_box
    still, moved = compositor.draw(STILL), compositor.draw(FacePose(sway=2.0))
    shifted = Box(box.left + 2, box.top, box.right + 2, box.bottom)
    assert np.abs(region(still, box)[:80, 40:180] - region(moved, shifted)[:80, 40:180]).max() <= 1


@pytest.mark.parametrize(
    "pose", [FacePose(sway=4.0, tilt=0.02), FacePose(nod=4.0, turn=4.0), FacePose(brow=3.0), FacePose(breath=1.5)]
)
def test_movement_stays_in_its_part_and_leaves_no_seam(compositor: Compositor, pose: FacePose) -> None:
    still, moved = compositor.draw(STILL), compositor.draw(pose)
    assert not np.array_equal(still, moved)
    assert np.array_equal(outside(still, HEAD_BOX, CHEST_BOX), outside(moved, HEAD_BOX, CHEST_BOX))
    for row in (HEAD_BOX.top, CHEST_BOX.top):
        step = np.abs(moved[row].astype(np.int16) - moved[row - 1])
        before = np.abs(still[row].astype(np.int16) - still[row - 1])
        assert int(step.max()) <= int(before.max()) + 40


def test_planes_share_the_memory_of_their_canvas() -> None:
    canvas = np.zeros((1440, 540), np.uint8)
    planes = Planes.of(canvas)
    planes.v[:] = 7
    assert planes.u.shape == planes.v.shape == (480, 270)
    assert int(canvas[1200:].min()) == 7
    assert int(canvas[:1200].max()) == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-1.0, 1.0), st.floats(0.0, 1.0)), min_size=1, max_size=6))
def test_drawing_only_what_changes_gives_what_drawing_all_gives(course: list[tuple[float, float, float]]) -> None:
    """The head stands turned and tilted; mouth and lids change."""
    patient = Compositor(load_atlas())
    poses = [
        FacePose(MouthPose(opening, width, smile=0.0), lid=lid, sway=1.3, turn=-2.1, tilt=0.01)
        for opening, width, lid in course
    ]
    drawn = [patient.draw(pose) for pose in poses]
    assert np.array_equal(drawn[-1], Compositor(load_atlas()).draw(poses[-1]))


def test_the_matte_of_a_still_face_is_that_of_the_plate(compositor: Compositor) -> None:
    compositor.draw(STILL)
    assert np.array_equal(compositor.matte(), load_atlas().matte)


def test_the_matte_moves_with_the_face_and_is_drawn_again_only_then(compositor: Compositor) -> None:
    compositor.draw(STILL)
    rest = compositor.matte()
    compositor.draw(FacePose(mouth=MouthPose(opening=0.5)))
    assert compositor.matte() is rest
    compositor.draw(FacePose(sway=6.0))
    assert 3 <= edge(compositor.matte()) - edge(rest) <= 7
    compositor.draw(FacePose(sway=-6.0))
    assert -7 <= edge(compositor.matte()) - edge(rest) <= -3


def edge(matte: Picture) -> int:
    """Return the column in which the head begins beside the eyes."""
    return int(np.argmax(matte[310] > 127))

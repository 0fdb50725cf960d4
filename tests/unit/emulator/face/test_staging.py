import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emulator.face.atlas import AtlasError, Picture, load_atlas
from emulator.face.staging import BadImageError, Staging, background
from emulator.performance import Scene

WIDTH, HEIGHT = 540, 960
GREEN_Y = 145


@pytest.fixture
def plate() -> Picture:
    return load_atlas().plate.copy()


def green(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (54, 96), "#00ff00").save(file, kind)
    return file.getvalue()


def matte() -> Picture:
    return load_atlas().matte


def wall() -> Picture:
    return background(green(), WIDTH, HEIGHT)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_background_is_stretched(kind: str):
    picture = background(green(kind), WIDTH, HEIGHT)
    assert picture.shape == (HEIGHT * 3 // 2, WIDTH)
    assert np.abs(picture[:HEIGHT].astype(int) - GREEN_Y).max() <= 2


@pytest.mark.parametrize("data", [b"", b"no picture", green()[:60], green("GIF"), green("BMP")])
def test_what_is_no_background(data: bytes):
    with pytest.raises(BadImageError):
        background(data, WIDTH, HEIGHT)


def test_the_first_scene_is_the_picture_itself(plate: Picture):
    assert Staging().put(plate, Scene(), matte) is plate


def test_another_background_leaves_the_character(plate: Picture):
    staged = Staging().put(plate, Scene(wall()), matte)
    assert staged.shape == plate.shape
    assert abs(int(staged[20, 20]) - GREEN_Y) <= 2
    assert np.array_equal(staged[200:460, 200:360], plate[200:460, 200:360])


def test_to_the_right_and_upwards(plate: Picture):
    staged = Staging().put(plate, Scene(wall(), position=0.1, vertical=0.1), matte)
    right, up = round(0.1 * WIDTH), round(0.1 * HEIGHT)
    face = plate[250:450, 200:340].astype(int)
    moved = staged[250 - up : 450 - up, 200 + right : 340 + right].astype(int)
    assert np.abs(face - moved).mean() < 3
    assert abs(int(staged[HEIGHT - 10, 270]) - GREEN_Y) <= 2


def test_zoom_keeps_the_foot(plate: Picture):
    staged = Staging().put(plate, Scene(wall(), zoom=0.5), matte)
    assert abs(int(staged[HEIGHT // 2 - 4, 270]) - GREEN_Y) <= 2
    small = np.asarray(Image.fromarray(plate[:HEIGHT]).reduce(2), int)
    assert np.abs(staged[HEIGHT // 2 + 140 : HEIGHT, 200:340].astype(int) - small[140:, 65:205]).mean() < 8


def test_a_moved_character_leaves_no_shadow_of_itself_in_the_room(plate: Picture):
    staged = Staging().put(plate, Scene(position=0.5), matte)
    room = Staging().put(plate, Scene(position=0.5, zoom=0.25), matte)
    assert np.array_equal(staged[200:500, :200], room[200:500, :200])


def test_a_still_picture_in_a_still_scene_is_not_drawn_again(plate: Picture):
    staging, scene = Staging(), Scene(wall())
    first = staging.put(plate, scene, matte)
    assert staging.put(plate, scene, matte) is first
    assert staging.put(plate.copy(), scene, matte) is not first
    assert staging.put(plate, Scene(wall()), matte) is not first


def test_a_damaged_atlas_is_named(plate: Picture, tmp_path: Path):
    with pytest.raises(AtlasError):
        Staging(tmp_path).put(plate, Scene(zoom=0.5), matte)


def test_the_alpha_picture_stands_beside_the_coloured_one(plate: Picture):
    staged = Staging().put(plate, Scene(alpha=True), matte)
    assert staged.shape == (HEIGHT * 3 // 2, 540 + 4 + 540)
    assert np.array_equal(staged[:HEIGHT, :540], plate[:HEIGHT])
    assert (staged[:HEIGHT, 540:544] == 16).all()
    alpha = staged[:HEIGHT, 544:]
    assert (alpha[200:460, 200:360] == 235).all()
    assert (alpha[:100] == 16).all()
    colours = staged[HEIGHT:].reshape(2, HEIGHT // 2, 542)
    assert np.array_equal(colours[:, :, :270], plate[HEIGHT:].reshape(2, HEIGHT // 2, 270))
    assert (colours[:, :, 270:] == 128).all()


def test_the_alpha_picture_moves_with_the_character(plate: Picture):
    first = Staging().put(plate, Scene(alpha=True), matte)
    staged = Staging().put(plate, Scene(wall(), position=0.5, alpha=True), matte)
    assert np.array_equal(staged[:HEIGHT, 544 + 270 :], first[:HEIGHT, 544 : 544 + 270])
    assert abs(int(staged[HEIGHT - 10, 100]) - GREEN_Y) <= 2
    assert (staged[:HEIGHT, 544 : 544 + 100] == 16).all()

import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from emulator.face.art.eyes import Eyes
from emulator.face.art.mouth import Mouth
from emulator.face.atlas import (
    FOLDER,
    MATTE,
    ROOM,
    AtlasError,
    Sheet,
    eye_order,
    load_atlas,
    load_cells,
    load_index,
    mouth_order,
    planar,
)
from emulator.face.build import EYE_BOX, MOUTH_BOX, cut_out, eyes_of, mouth_of, rasterise
from emulator.face.mouth_pose import Sprite


def test_the_index_fits_the_files() -> None:
    index = load_index()
    for sheet in (index.plate, index.mouths, index.eyes):
        assert len(load_cells(sheet)) == sheet.count
    assert index.mouths.count == len(mouth_order())
    assert index.eyes.count == len(eye_order())
    assert (index.mouths.box, index.eyes.box) == (MOUTH_BOX, EYE_BOX)
    assert all(edge % 2 == 0 for box in (MOUTH_BOX, EYE_BOX) for edge in msgspec.structs.astuple(box))


def test_the_atlas_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 2_000_000


def apart(shipped: Image.Image, drawn: Image.Image) -> tuple[float, float]:
    """Return how far two pictures are apart: on average, and in the worst hundredth of their pixels."""
    away = np.abs(np.asarray(shipped, np.int16) - np.asarray(drawn, np.int16)).mean(axis=2)
    return float(away.mean()), float(np.quantile(away, 0.99))


@pytest.mark.parametrize(
    "sprite", [("plain", 12, 4), ("teeth", 1, 8), ("between", 1, 2), ("press", 2, 2), ("smile", 1, 0)]
)
def test_a_shipped_mouth_is_the_one_that_the_art_draws(sprite: Sprite) -> None:
    shipped = load_cells(load_index().mouths)[mouth_order().index(sprite)]
    mean, worst = apart(shipped, rasterise(mouth_of(sprite), Eyes(), MOUTH_BOX))
    assert mean < 2.0
    assert worst < 16.0


@pytest.mark.parametrize("steps", [(7, 2, 1), (0, 2, 1), (4, 0, 2)])
def test_a_shipped_pair_of_eyes_is_the_one_that_the_art_draws(steps: tuple[int, int, int]) -> None:
    shipped = load_cells(load_index().eyes)[eye_order().index(steps)]
    mean, worst = apart(shipped, rasterise(Mouth(smile=1.0), eyes_of(steps), EYE_BOX))
    assert mean < 2.0
    assert worst < 16.0


def edges_apart(one: Image.Image, other: Image.Image) -> float:
    """Return how far the outermost pixels of two pictures are apart on average."""
    away = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean(axis=2)
    return float(np.concatenate([away[0], away[-1], away[:, 0], away[:, -1]]).mean())


@pytest.mark.parametrize("sprite", [("plain", 12, 0), ("plain", 12, 4), ("plain", 12, 8), ("bite", 2, 4)])
def test_no_mouth_reaches_the_edge_of_its_box(sprite: Sprite) -> None:
    rest = rasterise(Mouth(smile=1.0), Eyes(), MOUTH_BOX)
    assert edges_apart(rasterise(mouth_of(sprite), Eyes(), MOUTH_BOX), rest) == 0.0


@pytest.mark.parametrize("steps", [(0, 2, 1), (7, 0, 0)])
def test_no_eyes_reach_the_edge_of_their_box(steps: tuple[int, int, int]) -> None:
    awake = rasterise(Mouth(smile=1.0), Eyes(), EYE_BOX)
    assert edges_apart(rasterise(Mouth(smile=1.0), eyes_of(steps), EYE_BOX), awake) == 0.0


def test_shipped_sprites_and_plate_meet_without_a_seam() -> None:
    index = load_index()
    (plate,) = load_cells(index.plate)
    for sheet in (index.mouths, index.eyes):
        there = plate.crop(msgspec.structs.astuple(sheet.box))
        assert max(edges_apart(cell, there) for cell in load_cells(sheet)) < 4.0


def test_colours_become_studio_range() -> None:
    for colour, expected in (
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (81, 90, 240)),
    ):
        flat = planar(Image.new("RGB", (4, 2), colour))
        assert flat.tolist() == pytest.approx([expected[0]] * 8 + [expected[1]] * 2 + [expected[2]] * 2, abs=1)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "atlas")
    eyes = tmp_path / "atlas" / "eyes.webp"
    eyes.write_bytes(eyes.read_bytes()[:-1] + b"x")
    with pytest.raises(AtlasError, match="is not the file that the index describes"):
        load_cells(load_index(tmp_path / "atlas").eyes, tmp_path / "atlas")


def test_a_missing_or_malformed_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="cannot be read"):
        load_index(tmp_path)
    (tmp_path / "index.json").write_text('{"plate": 1}')
    with pytest.raises(AtlasError, match="cannot be read"):
        load_index(tmp_path)


def test_a_sheet_of_another_size_is_refused() -> None:
    sheet = load_index().eyes
    wrong = Sheet(sheet.file, sheet.sha256, sheet.box, sheet.columns, sheet.count + 20)
    with pytest.raises(AtlasError, match="pixels"):
        load_cells(wrong)


def test_the_atlas_is_loaded_once() -> None:
    assert load_atlas() is load_atlas()


def test_the_shipped_room_and_matte_are_those_that_the_art_draws() -> None:
    room, matte = cut_out()
    with Image.open(FOLDER / ROOM) as shipped:
        mean, worst = apart(shipped.convert("RGB"), room)
    assert mean < 2.0
    assert worst < 16.0
    with Image.open(FOLDER / MATTE) as shipped:
        assert np.array_equal(np.asarray(shipped), np.asarray(matte))

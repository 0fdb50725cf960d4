import xml.etree.ElementTree as ET

import pytest

from emulator.face.art.eyes import Eyes
from emulator.face.art.mouth import SEAM, Mouth, lips_of
from emulator.face.art.portrait import portrait
from emulator.face.art.svg import element, path, symmetric
from emulator.face.atlas import eye_order, mouth_order
from emulator.face.build import eyes_of, mouth_of


def test_every_picture_is_well_formed_and_names_what_it_uses() -> None:
    for sprite in mouth_order()[::7]:
        for steps in eye_order()[::31]:
            svg = portrait(mouth_of(sprite), eyes_of(steps))
            tree = ET.fromstring(svg)
            names = {node.get("id") for node in tree.iter()}
            used = {value[5:-1] for node in tree.iter() for value in node.attrib.values() if value.startswith("url(#")}
            assert used <= names
            assert "<!--" not in svg.replace("<!-- ", "")


def test_a_path_mirrored_about_an_axis_is_its_own_image() -> None:
    assert symmetric(10, (10, 0), ((14, 1), (15, 2), (16, 4)), ((12, 9), (10, 9))) == (
        "M 10.00 0.00 C 14.00 1.00 15.00 2.00 16.00 4.00 Q 12.00 9.00 10.00 9.00 "
        "Q 8.00 9.00 4.00 4.00 C 5.00 2.00 6.00 1.00 10.00 0.00 Z"
    )


def test_numbers_are_short() -> None:
    assert element("circle", r=1.5, stroke_width=2.0, fill="red") == '<circle r="1.5" stroke-width="2" fill="red"/>'
    assert path((0, 0), ((1, 1),)) == "M 0.00 0.00 L 1.00 1.00"


def test_an_open_mouth_drops_the_lower_lip_and_hardly_lifts_the_upper() -> None:
    shut, wide = lips_of(Mouth()), lips_of(Mouth(opening=1.0))
    assert wide.lower - shut.lower == pytest.approx(40.0)
    assert shut.upper - wide.upper == pytest.approx(6.0)
    assert wide.gap > 40


def test_pressed_lips_are_thin_and_shut_and_rounded_lips_are_narrow() -> None:
    relaxed, pressed, rounded = lips_of(Mouth()), lips_of(Mouth(press=1.0)), lips_of(Mouth(width=-1.0))
    assert pressed.bottom - pressed.top < 0.6 * (relaxed.bottom - relaxed.top)
    assert pressed.gap == 0.0
    assert rounded.half < 0.7 * relaxed.half


def test_the_bitten_lip_meets_the_upper_teeth() -> None:
    bitten = lips_of(Mouth(opening=0.08, bite=1.0))
    assert bitten.upper < SEAM - 5
    assert abs(bitten.lower - (SEAM + 4)) < 3


def test_eyes_shut_where_they_were_open() -> None:
    shut, awake = (portrait(Mouth(), Eyes(lid=lid)) for lid in (0.0, 1.0))
    assert "url(#iris)" in awake
    assert "url(#iris)" not in shut

import numpy as np
from numpy.typing import NDArray

from emulator.face.mouth_pose import MouthPose
from emulator.face.sounding import AFTER, BEFORE, sounding
from emulator.performance import SAMPLE_RATE

COUNT = round((BEFORE + AFTER) * SAMPLE_RATE)


def tones(level: float, *frequencies: float) -> NDArray[np.int16]:
    at = np.arange(COUNT) / SAMPLE_RATE
    mixed = sum(np.sin(2 * np.pi * frequency * at) for frequency in frequencies) / len(frequencies)
    return np.rint(32_767 * level * np.asarray(mixed)).astype(np.int16)


def heard(sound: NDArray[np.int16]) -> MouthPose:
    pose = sounding(sound)
    assert pose is not None
    return pose


def test_silence_and_a_whisper_of_noise_leave_the_mouth_at_rest() -> None:
    assert sounding(np.zeros(COUNT, np.int16)) is None
    assert sounding(tones(0.001, 300)) is None


def test_louder_opens_wider() -> None:
    openings = [heard(tones(level, 700)).opening for level in (0.02, 0.1, 0.5)]
    assert openings == sorted(openings)
    assert openings[0] < 0.4 < 0.8 < openings[-1]


def test_hissing_closes_the_teeth() -> None:
    noise = np.random.default_rng(1).normal(0, 1, COUNT)
    hiss = np.rint(4000 * np.diff(noise, prepend=0.0)).astype(np.int16)
    pose = heard(hiss)
    assert pose.teeth > 0.8
    assert pose.opening < 0.4


def test_dark_sound_rounds_and_bright_sound_spreads_the_lips() -> None:
    assert heard(tones(0.3, 250, 350)).width < -0.4
    assert heard(tones(0.3, 350, 2300)).width > 0.2


def test_full_scale_noise_gives_a_mouth_within_its_measures() -> None:
    noise = np.random.default_rng(2).integers(-32_768, 32_767, COUNT).astype(np.int16)
    pose = heard(noise)
    assert -1.0 <= pose.width <= 1.0
    assert 0.0 <= pose.opening <= 1.0

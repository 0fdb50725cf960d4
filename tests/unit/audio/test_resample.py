import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.resample import Signal, StreamResampler

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)


def noise(size: int) -> Signal:
    return (np.random.default_rng(size).standard_normal(size) * 0.3).astype(np.float32)


@given(st.sampled_from(RATES), st.integers(0, 20_000), st.lists(st.integers(0, 3_000), max_size=30))
def test_pieces_give_what_the_whole_gives_to_the_last_sample(rate: int, size: int, cuts: list[int]):
    signal = noise(size)
    at_once = StreamResampler(rate)
    whole = np.concatenate([at_once.push(signal), at_once.flush()])
    resampler = StreamResampler(rate)
    places = np.minimum(np.cumsum(cuts, dtype=int), size)
    pieces = [resampler.push(piece) for piece in np.split(signal, places)]
    joined = np.concatenate([*pieces, resampler.flush()])
    assert np.array_equal(joined, whole)
    assert resampler.samples_in == size
    assert resampler.samples_out == joined.size
    assert abs(joined.size - size * 16_000 / rate) <= 0.5


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch_its_level_and_its_time(rate: int):
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.float32)
    resampler = StreamResampler(rate)
    done = np.concatenate([resampler.push(tone), resampler.flush()])
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    inner = slice(200, -200)
    assert np.abs(done[inner] - wanted[inner]).max() < 1e-3


def test_what_16_khz_cannot_hold_is_silenced():
    tone = (0.5 * np.sin(2 * np.pi * 12_000 * np.arange(48_000) / 48_000)).astype(np.float32)
    resampler = StreamResampler(48_000)
    done = np.concatenate([resampler.push(tone), resampler.flush()])
    assert np.abs(done[200:-200]).max() < 1e-3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.guard import CEILING, Limiter, to_samples
from audio.resample import Signal
from tests.unit.audio.signals import noise, tone


def limited(signal: Signal, cuts: list[int] | None = None) -> Signal:
    limiter = Limiter()
    pieces = np.split(signal, np.minimum(np.cumsum(cuts or [], dtype=int), signal.size))
    return np.concatenate([*(limiter.push(piece) for piece in pieces), limiter.flush()])


@given(st.floats(0.1, 4), st.integers(0, 6_000), st.lists(st.integers(0, 900), max_size=20))
def test_nothing_passes_the_ceiling_and_nothing_is_lost_whatever_the_pieces(level: float, size: int, cuts: list[int]):
    signal = noise(size, level)
    done = limited(signal, cuts)
    assert done.size == size
    assert np.abs(done).max(initial=0) <= CEILING + 1e-6
    assert np.allclose(done, limited(signal), atol=1e-6)
    assert (np.sign(done) == np.sign(signal)).all()


def test_what_is_not_too_loud_stays_as_it_is():
    signal = tone(440, 16_000, 1, 0.97)
    assert np.array_equal(limited(signal, [100, 3_000, 17]), signal)


def test_a_loud_tone_stays_a_tone_and_does_not_pump():
    done = limited(tone(200, 16_000, 1, 2.0))[1_600:-1_600]
    wanted = tone(200, 16_000, 1, CEILING)[1_600:-1_600]
    assert np.abs(done - wanted).max() < 0.01


def test_a_peak_turns_only_its_neighbourhood_down():
    signal = tone(440, 16_000, 1)
    signal[8_000] = 3.0
    done = limited(signal)
    assert done[8_000] == pytest.approx(CEILING, abs=1e-4)
    untouched = np.r_[0:7_840, 9_000:16_000]
    assert np.array_equal(done[untouched], signal[untouched])


def test_sixteen_bits_are_rounded_and_cut_off():
    signal = np.array([0, 0.5, 1, -1, 2, -2], np.float32)
    assert to_samples(signal).tolist() == [0, 16384, 32767, -32768, 32767, -32768]

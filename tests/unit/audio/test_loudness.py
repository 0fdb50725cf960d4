import numpy as np
import pytest

from audio.loudness import Loudness
from audio.resample import Signal
from tests.unit.audio.signals import tone


def levelled(signal: Signal, pieces: int = 1) -> Signal:
    loudness = Loudness(-20)
    return np.concatenate([*(loudness.push(piece) for piece in np.array_split(signal, pieces)), loudness.flush()])


def decibels(signal: Signal) -> float:
    return float(10 * np.log10(np.mean(np.square(signal))))


@pytest.mark.parametrize("level", [0.05, 0.14, 0.5])
def test_quiet_and_loud_voices_come_to_one_level(level: float):
    done = levelled(tone(300, 16_000, 5, level))
    assert done.size == 80_000
    assert decibels(done[16_000:]) == pytest.approx(-20, abs=0.3)


def test_the_gain_has_a_limit_and_pauses_do_not_raise_it():
    quiet = tone(300, 16_000, 3, 0.01)
    assert decibels(levelled(quiet)) == pytest.approx(decibels(quiet) + 12, abs=0.1)
    pause = tone(300, 16_000, 3, 0.002)
    done = levelled(np.concatenate([tone(300, 16_000, 2, 0.5), pause]))
    assert decibels(done[-16_000:]) < decibels(pause)


def test_pieces_give_what_the_whole_gives():
    signal = tone(300, 16_000, 2.03, 0.4)
    assert np.array_equal(levelled(signal, 7), levelled(signal))

import numpy as np
import pytest

from audio.downmix import LAYOUTS, downmix, weights
from audio.errors import TooManyChannels


def test_two_channels_give_their_mean():
    sound = np.array([[1.0, 0.0], [0.5, 0.5]], np.float32)
    assert downmix(sound, weights(2)).tolist() == [0.5, 0.5]


def test_one_channel_is_itself():
    sound = np.array([[0.25], [-1.0]], np.float32)
    assert downmix(sound, weights(1)).tolist() == [0.25, -1.0]


def test_surround_as_the_standard_has_it():
    """ITU-R BS.775: L' = L + 0.7071 C + 0.7071 Ls, the same on the right, no LFE; mono is their mean."""
    names = ("FL", "FR", "FC", "LFE", "BL", "BR")
    assert weights(6, names).tolist() == pytest.approx([0.5, 0.5, 0.70711, 0, 0.35355, 0.35355], abs=1e-5)
    assert weights(6).tolist() == weights(6, names).tolist()
    assert weights(6, ("FL", "FR", "FC", "LFE", "SL", "SR")).tolist() == weights(6).tolist()


def test_the_names_count_more_than_the_number():
    assert weights(3, ("FL", "FR", "LFE")).tolist() == [0.5, 0.5, 0.0]
    assert weights(2, ("LFE", "LFE")).tolist() == [0.5, 0.5]
    assert weights(2, ("UNKNOWN", "FR")).tolist() == [0.5, 0.5]


def test_every_number_up_to_eight_and_no_more():
    for channels in range(1, 9):
        assert weights(channels).size == channels
    assert set(LAYOUTS) == set(range(2, 9))
    for channels in (0, 9, 64):
        with pytest.raises(TooManyChannels, match="at most 8"):
            weights(channels)

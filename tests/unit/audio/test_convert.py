import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.convert import Converter, PcmConverter
from audio.loudness import Loudness
from audio.pcm import HOUSE, PcmFormat, from_bytes
from tests.unit.audio.signals import loudest_pitch, tone


def s16le(frequency: float, rate: int, channels: int, seconds: float = 0.5) -> bytes:
    samples = np.round(tone(frequency, rate, seconds) * 32_768).astype("<i2")
    return np.repeat(samples, channels).tobytes()


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_of_a_microphone_becomes_the_house_format(rate: int, channels: int):
    converter = PcmConverter(PcmFormat(rate, channels))
    done = from_bytes(converter.push(s16le(440, rate, channels, 0.4)) + converter.flush())
    assert done.size == 6_400
    wanted = tone(440, 16_000, 0.4) * 32_768
    assert np.abs(done[200:-200] - wanted[200:-200]).max() < 40


@given(st.sampled_from([(16_000, 2), (44_100, 2), (48_000, 1)]), st.lists(st.integers(0, 900), max_size=30))
def test_pieces_may_end_within_a_sample(form: tuple[int, int], cuts: list[int]):
    pcm = s16le(440, *form, seconds=0.1)
    whole = PcmConverter(PcmFormat(*form))
    wanted = from_bytes(whole.push(pcm) + whole.flush())
    converter = PcmConverter(PcmFormat(*form))
    done = b""
    rest = pcm
    for cut in cuts:
        done += converter.push(rest[:cut])
        rest = rest[cut:]
    done += converter.push(rest) + converter.flush()
    assert np.abs(from_bytes(done).astype(int) - wanted).max() <= 1


def test_what_is_in_the_house_format_passes_untouched():
    converter = PcmConverter(HOUSE)
    piece = s16le(440, 16_000, 1)
    assert converter.push(piece) is piece
    assert converter.push(b"\x01\x02\x03") == b"\x01\x02"
    assert converter.push(b"\x04\x05") == b"\x03\x04"
    assert converter.flush() == b""


def test_full_scale_does_not_clip_on_another_rate():
    """A square wave at full scale overshoots when its band is limited; a clipped one would be flat at full scale."""
    square = np.repeat(np.tile(np.array([32_767, -32_768], "<i2"), 500), 24)
    converter = PcmConverter(PcmFormat(48_000, 1))
    done = from_bytes(converter.push(square.tobytes()) + converter.flush())
    full = np.abs(done.astype(int)) >= 32_767
    assert not (full[1:] & full[:-1]).any()
    assert loudest_pitch(done.astype(np.float32)) == pytest.approx(1_000, abs=3)


def test_surround_is_mixed_and_levelled():
    converter = Converter(48_000, 6, loudness=Loudness(-20))
    surround = np.repeat(tone(300, 48_000, 2, 0.15)[:, None], 6, axis=1)
    done = np.concatenate([converter.push(surround), converter.flush()])
    assert done.size == 32_000
    level = 10 * np.log10(np.mean(np.square(done[8_000:] / 32_768)))
    assert level == pytest.approx(-20, abs=0.5)

import io
import wave

import numpy as np
import pytest

from audio.pcm import HOUSE, PcmFormat, Resampler, duration_us, from_bytes, resample, samples_in, to_bytes, to_wav


def tone(frequency: float, rate: int, seconds: float):
    return np.round(10_000 * np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate)).astype(np.int16)


def test_a_tone_keeps_its_shape_and_its_time():
    changed = resample(tone(440, 22_050, 0.5), 22_050, 48_000)
    wanted = tone(440, 48_000, 0.5)
    assert changed.size == wanted.size
    assert changed.dtype == np.int16
    inner = slice(480, -480)
    assert np.abs(changed[inner].astype(int) - wanted[inner]).max() < 20


def test_the_same_rate_and_silence_of_no_length_pass_unchanged():
    samples = tone(440, 48_000, 0.01)
    assert resample(samples, 48_000, 48_000) is samples
    assert resample(samples[:0], 16_000, 48_000).size == 0


def test_pieces_give_what_the_whole_gives():
    whole = tone(300, 16_000, 0.48)
    resampler = Resampler(16_000, 48_000)
    pieces = [resampler.push(piece, last=number == 2) for number, piece in enumerate(np.split(whole, 3))]
    joined = np.concatenate(pieces)
    wanted = resample(whole, 16_000, 48_000)
    assert joined.size == wanted.size
    assert np.abs(joined.astype(int) - wanted).max() <= 2


def test_bytes_are_little_endian_and_whole_samples():
    assert from_bytes(b"\x01\x00\xff\xff").tolist() == [1, -1]
    with pytest.raises(ValueError, match="even number"):
        from_bytes(b"\x01\x00\xff")


def test_a_format_says_what_it_is_and_refuses_what_cannot_be():
    assert PcmFormat(16_000, 1) == HOUSE
    assert (HOUSE.frame_bytes, PcmFormat(48_000, 6).frame_bytes) == (2, 12)
    for rate, channels in [(0, 1), (3_999, 1), (800_000, 1), (16_000, 0), (16_000, 9)]:
        with pytest.raises(ValueError, match=r"rate|channels"):
            PcmFormat(rate, channels)


def test_lengths_are_whole_numbers():
    assert duration_us(2_560) == 160_000
    assert duration_us(1, 44_100) == 22
    assert samples_in(160) == 2_560
    assert samples_in(20, 11_025) == 220


def test_bytes_come_back():
    data = bytes(range(100))
    assert to_bytes(from_bytes(data)) == data


def test_a_wav_file_holds_the_samples():
    samples = tone(440, 16_000, 0.1)
    with wave.open(io.BytesIO(to_wav(samples, 16_000))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.readframes(file.getnframes()) == samples.astype("<i2").tobytes()

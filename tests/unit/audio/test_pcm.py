import io
import wave

import numpy as np
import pytest

from audio.pcm import Resampler, from_bytes, resample, to_wav


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


def test_a_wav_file_holds_the_samples():
    samples = tone(440, 16_000, 0.1)
    with wave.open(io.BytesIO(to_wav(samples, 16_000))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        assert file.readframes(file.getnframes()) == samples.astype("<i2").tobytes()

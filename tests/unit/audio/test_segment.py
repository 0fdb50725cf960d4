import io
import warnings
from pathlib import Path

import numpy as np
import pytest

from audio.errors import TooManyChannels
from audio.pcm import Samples
from audio.segment import PydubSegment, from_pydub
from tests.unit.audio.files import by_soundfile, written
from tests.unit.audio.signals import tone

with warnings.catch_warnings():
    # audioop is deprecated from Python 3.11 on, and pydub misses ffmpeg, which is not needed.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment


@pytest.fixture(autouse=True)
def no_program_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))


def sound(segment: PydubSegment) -> Samples:
    return np.concatenate(list(from_pydub(segment)))


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (48_000, 6)])
def test_a_segment_of_any_width_rate_and_channels(width: int, rate: int, channels: int):
    data = by_soundfile("WAV", "PCM_16", tone(440, rate, 2, 0.3), rate, channels)
    segment = AudioSegment.from_wav(io.BytesIO(data)).set_sample_width(width)
    done = sound(segment)
    assert done.size == 32_000
    level = 0.3 * (1 if channels < 3 else 1 + 2 * np.sqrt(0.5))
    wanted = tone(440, 16_000, 2, level)
    assert np.abs(done[400:-400] / 32_768 - wanted[400:-400]).max() < (0.03 if width == 1 else 0.002)


def test_what_was_edited_is_what_is_heard():
    segment = AudioSegment.from_wav(io.BytesIO(written(np.full(16_000, 10_000, np.int16), 16_000))) + -6.0206
    assert sound(segment)[1_000:15_000] == pytest.approx(5_000, abs=1)


def test_an_empty_segment_and_too_many_channels():
    assert sound(AudioSegment(b"", sample_width=2, frame_rate=44_100, channels=2)).size == 0
    with pytest.raises(TooManyChannels):
        sound(AudioSegment(bytes(90), sample_width=2, frame_rate=44_100, channels=9))


def test_a_width_that_is_none():
    class Odd:
        frame_rate = 16_000
        channels = 1
        sample_width = 3
        raw_data = b""

    with pytest.raises(ValueError, match="1, 2 or 4"):
        sound(Odd())

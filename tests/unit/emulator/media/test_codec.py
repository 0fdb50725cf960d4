from fractions import Fraction
from io import BytesIO

import av
import numpy as np
from numpy.typing import NDArray

from emulator.face.atlas import load_atlas
from emulator.media.codec import SoundEncoder, WebmWriter, audio_frame, video_frame


def test_a_picture_becomes_a_frame_of_the_media_clock() -> None:
    picture = load_atlas().plate
    frame = video_frame(picture, 50)
    assert (frame.width, frame.height, frame.format.name) == (540, 960, "yuv420p")
    assert (frame.pts, frame.time_base) == (180_000, Fraction(1, 90_000))
    assert np.array_equal(frame.to_ndarray(), picture)


def test_samples_become_a_frame_of_the_media_clock() -> None:
    samples = np.arange(960, dtype=np.int16)
    frame = audio_frame(samples, 48_000)
    assert (frame.samples, frame.sample_rate, frame.pts) == (960, 48_000, 48_000)
    assert frame.time_base == Fraction(1, 48_000)
    assert np.array_equal(frame.to_ndarray()[0], samples)


def test_each_frame_of_sound_is_one_packet_that_keeps_its_time_over_a_gap() -> None:
    encoder = SoundEncoder()
    silence = np.zeros(960, np.int16)
    starts = [0, 960, 1920, 96_000, 96_960]
    assert [encoder.encode(silence, start).pts for start in starts] == starts


def decoded(data: bytes) -> tuple[list[float], NDArray[np.float32]]:
    """Return the times of the pictures and the sound of a WebM of VP8 and Opus."""
    times: list[float] = []
    sound: list[NDArray[np.float32]] = []
    with av.open(BytesIO(data), "r") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec.canonical_name, audio.codec.canonical_name) == ("vp8", "opus")
        for frame in container.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                assert frame.time is not None
                times.append(frame.time)
            elif isinstance(frame, av.AudioFrame):
                sound.append(np.asarray(frame.to_ndarray()[0], np.float32))
    return times, np.concatenate(sound)


def test_a_live_webm_plays_and_keeps_picture_and_sound_together() -> None:
    writer = WebmWriter()
    picture = load_atlas().plate
    sound = np.rint(9000 * np.sin(np.arange(1920) * 2 * np.pi * 450 / 48_000)).astype(np.int16)
    data = b"".join(writer.write(picture, sound, 1000 + tick) for tick in range(50))
    writer.close()
    writer.close()
    pictures, heard = decoded(data)
    assert pictures[:3] == [0.0, 0.04, 0.08]
    assert len(pictures) >= 40
    spectrum = np.abs(np.fft.rfft(heard[4800 : 4800 + 48_000]))
    assert int(np.argmax(spectrum)) == 450

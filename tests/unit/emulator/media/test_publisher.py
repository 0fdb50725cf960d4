import io
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from emulator.face.atlas import load_atlas
from emulator.media.feed import LIVE, NOT_ALLOWED, PushOrder, packed
from emulator.media.publisher import push
from emulator.media.pushes import wait_before

TONE = np.rint(9000 * np.sin(np.arange(48_000) * 2 * np.pi * 450 / 48_000)).astype(np.int16)


def order(url: str, *, anywhere: bool = False) -> bytes:
    return msgspec.json.encode(PushOrder(url, 540, 960, anywhere)) + b"\n"


def pictures() -> bytes:
    """Return a second of picture and sound; the third picture was left out, its sound came with the fourth."""
    plate = load_atlas().plate
    parts = [packed(number, plate, TONE[number * 1920 : (number + 1) * 1920]) for number in range(25)]
    parts[2:4] = [packed(3, plate, TONE[2 * 1920 : 4 * 1920])]
    return b"".join(parts)


def decoded(file: Path) -> tuple[list[float], NDArray[np.float64], set[str]]:
    times: list[float] = []
    sound: list[NDArray[np.float64]] = []
    with av.open(str(file), "r") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        for frame in container.decode(video, audio):
            if isinstance(frame, av.VideoFrame):
                assert (frame.width, frame.height) == (540, 960)
                times.append(round(frame.time, 3))
            elif isinstance(frame, av.AudioFrame):
                sound.append(np.asarray(frame.to_ndarray()[0], np.float64))
        return times, np.concatenate(sound), {video.codec.canonical_name, audio.codec.canonical_name}


@pytest.mark.parametrize("torn", [0, 1000])
def test_a_feed_becomes_h264_and_aac(tmp_path: Path, torn: int):
    """The feed may end in the midst of a picture: its owner has gone."""
    steps: list[int] = []
    told, feed = io.BytesIO(), order(str(tmp_path / "a.flv"), anywhere=True) + pictures()
    push(io.BytesIO(feed + pictures()[:torn]), told, lambda: steps.append(1))
    assert told.getvalue() == LIVE
    assert len(steps) == 1 + 24
    times, sound, codecs = decoded(tmp_path / "a.flv")
    assert codecs == {"h264", "aac"}
    assert np.round(np.diff(times), 3).tolist() == [0.04, 0.08] + [0.04] * 21
    assert len(sound) >= 46_000
    spectrum = np.abs(np.fft.rfft(sound[4800 : 4800 + 38_400]))
    assert int(np.argmax(spectrum)) * 48_000 / 38_400 == 450


def test_a_stranger_is_not_called():
    told = io.BytesIO()
    push(io.BytesIO(order("rtmp://203.0.113.7/live/a") + pictures()), told, list[int])
    assert told.getvalue() == NOT_ALLOWED


def test_a_host_that_there_is_not():
    with pytest.raises(ConnectionRefusedError):
        push(io.BytesIO(order("rtmp://127.0.0.1:1/live/a") + pictures()), io.BytesIO(), list[int])


def test_it_tries_again_more_and_more_patiently():
    assert [wait_before(number) for number in (1, 2, 3, 4, 5, 1000)] == [1, 2, 4, 8, 15, 15]

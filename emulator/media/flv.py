"""H.264 and AAC in FLV, which is what RTMP carries."""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from emulator.face.atlas import Picture
from emulator.face.face import RATE
from emulator.media.codec import Encoder, Muxer, audio_frame, video_frame
from emulator.performance import SAMPLE_RATE

VIDEO_BITS: Final = 1_500_000
AUDIO_BITS: Final = 64_000
KEYFRAME_SECONDS: Final = 2


def _flv(target: str) -> Muxer:
    return av.open(target, mode="w", format="flv", options={"flvflags": "no_duration_filesize"})


class FlvWriter:
    """Writes to an rtmp address or a file; blocks as long as the other end does. Not thread-safe."""

    def __init__(self, target: str, width: int, height: int) -> None:
        """Connect to `target`; raises OSError."""
        self._muxer = _flv(target)
        video = self._muxer.add_stream("h264", RATE)
        audio = self._muxer.add_stream("aac", SAMPLE_RATE)
        assert isinstance(video, VideoStream)
        assert isinstance(audio, AudioStream)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.bit_rate, video.gop_size, video.thread_count = VIDEO_BITS, KEYFRAME_SECONDS * RATE, 1
        video.time_base = Fraction(1, RATE)
        video.options = {"preset": "superfast", "tune": "zerolatency"}
        audio.layout, audio.bit_rate = "mono", AUDIO_BITS
        self._video: Encoder[av.VideoFrame] = video
        self._audio: Encoder[av.AudioFrame] = audio
        self._heard = 0
        self._muxer.start_encoding()

    def write(self, number: int, picture: Picture, sound: NDArray[np.int16]) -> None:
        """Add the picture that is the `number`-th after the first, and the sound that follows on the last; OSError."""
        self._muxer.mux(self._video.encode(video_frame(picture, number)))
        self._muxer.mux(self._audio.encode(audio_frame(sound, self._heard)))
        self._heard += len(sound)

    def close(self) -> None:
        """Say goodbye and disconnect; the last frame of sound is dropped. Raises OSError."""
        self._muxer.close()

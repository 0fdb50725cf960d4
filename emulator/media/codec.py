"""What PyAV does for those who watch: frames for WebRTC, and a live WebM."""

from collections import deque
from fractions import Fraction
from typing import Final, Protocol, TypeAlias, TypeVar

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from emulator.face.atlas import Picture
from emulator.face.face import HEIGHT, RATE, WIDTH
from emulator.performance import SAMPLE_RATE

VIDEO_TIME_BASE: Final = Fraction(1, 90_000)
AUDIO_TIME_BASE: Final = Fraction(1, SAMPLE_RATE)
VIDEO_BITS: Final = 1_200_000
AUDIO_BITS: Final = 64_000

VideoFrame = av.VideoFrame
AudioFrame = av.AudioFrame


Encoded: TypeAlias = "av.Packet[AudioStream | VideoStream]"

_Frame_contra = TypeVar("_Frame_contra", bound=VideoFrame | AudioFrame, contravariant=True)


class Encoder(Protocol[_Frame_contra]):
    """What a stream of a container does, with the types PyAV's own stubs leave open."""

    def encode(self, frame: _Frame_contra) -> list[Encoded]:
        """Return the packets that are ready."""
        ...


def video_frame(picture: Picture, tick: int) -> VideoFrame:
    """Return a planar `picture` as the frame of `tick`, counted in pictures since the media clock began."""
    frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
    frame.pts = tick * VIDEO_TIME_BASE.denominator // RATE
    frame.time_base = VIDEO_TIME_BASE
    return frame


def audio_frame(samples: NDArray[np.int16], start: int) -> AudioFrame:
    """Return mono `samples` at 48 kHz as the frame that begins at sample `start` of the media clock."""
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    frame.pts = start
    frame.time_base = AUDIO_TIME_BASE
    return frame


class SoundEncoder:
    """Opus, one packet of 20 ms for each frame of 960 samples; quick enough (0.3 ms) to need no thread."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.format, codec.layout, codec.sample_rate = av.AudioFormat("s16"), av.AudioLayout("mono"), SAMPLE_RATE
        codec.bit_rate, codec.options = AUDIO_BITS, {"application": "voip"}
        self._codec: Encoder[AudioFrame] = codec

    def encode(self, samples: NDArray[np.int16], start: int) -> Encoded:
        """Return 960 mono samples, the first of which is sample `start` of the media clock, as a packet."""
        (packet,) = self._codec.encode(audio_frame(samples, start))
        packet.pts, packet.time_base = start, AUDIO_TIME_BASE
        return packet


class _Sink:
    """A file that a muxer writes into and that can be emptied; it cannot seek, so the WebM is a live one."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class Muxer(Protocol):
    """What a container does, with the types PyAV's own stubs leave open."""

    def add_stream(self, codec_name: str, rate: int) -> VideoStream | AudioStream | SubtitleStream:
        """Add a stream before the first packet."""
        ...

    def start_encoding(self) -> None:
        """Open the file or the connection and write the header."""
        ...

    def mux(self, packets: list[Encoded]) -> None:
        """Write packets."""
        ...

    def close(self) -> None:
        """Write the end and close."""
        ...


def _live_webm(sink: _Sink) -> Muxer:
    options = {"live": "1", "cluster_time_limit": "120", "flush_packets": "1"}
    return av.open(sink, mode="w", format="webm", options=options)


def _video_stream(muxer: Muxer, width: int) -> Encoder[VideoFrame]:
    stream = muxer.add_stream("libvpx", RATE)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, HEIGHT, "yuv420p"
    stream.bit_rate, stream.gop_size = VIDEO_BITS, 2 * RATE
    stream.options = {"deadline": "realtime", "cpu-used": "-6", "lag-in-frames": "0"}
    return stream


def _audio_stream(muxer: Muxer) -> Encoder[AudioFrame]:
    stream = muxer.add_stream("libopus", SAMPLE_RATE)
    assert isinstance(stream, AudioStream)
    stream.layout, stream.bit_rate = "mono", AUDIO_BITS
    return stream


class WebmWriter:
    """A live WebM of VP8 and Opus; frames go in, bytes come out. Not thread-safe."""

    def __init__(self, width: int = WIDTH) -> None:
        """Write pictures of `width`."""
        self._sink = _Sink()
        self._origin: int | None = None
        self._muxer = _live_webm(self._sink)
        self._video = _video_stream(self._muxer, width)
        self._audio = _audio_stream(self._muxer)

    def write(self, picture: Picture, sound: NDArray[np.int16], tick: int) -> bytes:
        """Add the picture of `tick` and the sound that begins with it; return the bytes that are ready."""
        if self._origin is None:
            self._origin = tick
        tick -= self._origin
        self._muxer.mux(self._video.encode(video_frame(picture, tick)))
        self._muxer.mux(self._audio.encode(audio_frame(sound, tick * SAMPLE_RATE // RATE)))
        return self._sink.take()

    def close(self) -> None:
        """Free the encoders; what they still hold is dropped. May be called twice."""
        self._muxer.close()

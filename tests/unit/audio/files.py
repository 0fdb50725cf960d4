"""Sound files for tests, encoded when they are needed by FFmpeg's and libsndfile's encoders."""

import io
import tempfile
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

import av
import numpy as np
import soundfile
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from audio.resample import Signal

NAMES = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1", 16: "hexadecagonal"}
Codec = Literal["aac", "libopus", "wmav2", "libmp3lame"]
ENCODERS: dict[str, tuple[str, Codec, int]] = {
    "m4a": ("ipod", "aac", 44_100),
    "mp4": ("mp4", "aac", 48_000),
    "aac": ("adts", "aac", 32_000),
    "opus": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "mkv": ("matroska", "aac", 22_050),
    "wma": ("asf", "wmav2", 44_100),
    "mp3": ("mp3", "libmp3lame", 44_100),
}
"""Name: FFmpeg's muxer, its encoder, the rate in Hz."""


class Encoder(Protocol):
    """What is used of a stream of PyAV's; its own types leave the packets open."""

    bit_rate: int

    @property
    def codec_context(self) -> AudioCodecContext: ...
    def encode(self, frame: AudioFrame | None = None) -> "list[Packet[AudioStream]]": ...


class Output(Protocol):
    """What is used of an open file of PyAV's."""

    def add_stream(self, codec_name: Codec, rate: int, *, layout: str) -> Encoder: ...
    def mux(self, packets: "list[Packet[AudioStream]]") -> None: ...


class FilmEncoder(Protocol):
    width: int
    height: int
    pix_fmt: str | None

    def encode(self, frame: av.VideoFrame | None = None) -> "list[Packet[VideoStream]]": ...


class FilmOutput(Protocol):
    def add_stream(self, codec_name: Literal["mpeg4"], rate: int) -> FilmEncoder: ...
    def mux(self, packets: "list[Packet[VideoStream]]") -> None: ...


def write_sound(file: Output, kind: str, signal: Signal, channels: int) -> None:
    _, codec, rate = ENCODERS[kind]
    stream = file.add_stream(codec, rate, layout=NAMES[channels])
    stream.bit_rate = 128_000
    context = stream.codec_context
    fit = AudioResampler(context.format, NAMES[channels], rate, frame_size=context.frame_size or None)
    whole = AudioFrame.from_ndarray(np.repeat(signal, channels)[None, :], format="flt", layout=NAMES[channels])
    whole.sample_rate = rate
    for frame in fit.resample(whole) + fit.resample(None):
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


def write_film(file: FilmOutput) -> None:
    stream = file.add_stream("mpeg4", 25)
    stream.width = stream.height = 64
    stream.pix_fmt = "yuv420p"
    file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
    file.mux(stream.encode(None))


def by_ffmpeg(kind: str, signal: Signal, channels: int = 2, options: dict[str, str] | None = None) -> bytes:
    """`signal`, at the rate of `kind`, on every channel."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sound")
        with av.open(str(path), "w", format=ENCODERS[kind][0], options=options or {}) as file:
            write_sound(file, kind, signal, channels)
        return path.read_bytes()


def by_soundfile(kind: str, subtype: str | None, signal: Signal, rate: int, channels: int = 2) -> bytes:
    return written(np.repeat(signal[:, None], channels, axis=1), rate, kind, subtype)


def written(
    samples: NDArray[np.float32] | NDArray[np.int16], rate: int, kind: str = "WAV", subtype: str | None = "PCM_16"
) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind, subtype=subtype)
    return file.getvalue()


@cache
def film() -> bytes:
    """A picture without sound."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        write_film(container)
    return file.getvalue()

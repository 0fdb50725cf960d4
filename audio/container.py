"""Everything of PyAV: the containers and codecs of FFmpeg, without a system ffmpeg."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import DecoderNotFoundError, FFmpegError
from numpy.typing import NDArray

from audio.downmix import weights
from audio.errors import FetchFailed, NoAudioTrack, NotAudio, ProtectedAudio, UnsupportedCodec
from audio.pcm import RATES
from audio.source import Reader, Source

FORMATS = (
    "aac,ac3,adts,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,eac3,flac,flv,loas,m4a,matroska,mov,mp3,mp4,mpeg,mpegts,"
    "mpc,mpc8,ogg,rm,tak,tta,voc,w64,wav,webm,wv"
)
"""Containers of sound and film. None of them names another file or address, as playlists do."""
PROBE_BYTES = 262_144
ANALYSE_US = 500_000
_OPTIONS = {
    "format_whitelist": FORMATS,
    "protocol_whitelist": "none",
    "probesize": str(PROBE_BYTES),
    "analyzeduration": str(ANALYSE_US),
}
_NO_DECODER = "no decoder for this kind of sound; bring WAV, MP3, FLAC, Ogg, AAC or Opus"
_SCALES = {"u8": 128.0, "s16": 32_768.0, "s32": 2_147_483_648.0, "s64": 9_223_372_036_854_775_808.0}
_STATED = {"aiff", "asf", "caf", "flac", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2"}
"""Containers that say how long they are; of the others FFmpeg guesses."""

Opener = Callable[[str, int, Mapping[str, str]], Reader]
"""Opens an address for FFmpeg: the address, FFmpeg's flags, its options; has `close`, which FFmpeg calls."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoded: `samples` of shape (samples, channels) at full scale ±1, and what they are."""

    samples: NDArray[np.float32]
    rate: int
    channels: tuple[str, ...]


class Track:
    """The sound of one container."""

    def __init__(self, container: InputContainer) -> None:
        """Take the best track. Raises NoAudioTrack, UnsupportedCodec, TooManyChannels."""
        self._container = container
        self._stream = _best(container)
        self.damaged = 0
        self.broke_off = False

    @property
    def format(self) -> str:
        """The container's name as FFmpeg has it."""
        return self._container.format.name

    def stated_s(self) -> float | None:
        """Return how many seconds the container says that it holds, if it does."""
        if self.format not in _STATED:
            return None
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration * self._stream.time_base)
        return None if self._container.duration is None else self._container.duration / 1_000_000

    def sounds(self) -> Iterator[Sound]:
        """Yield what can be decoded; packets that cannot are counted in `damaged`. Raises ProtectedAudio, NotAudio.

        `broke_off` tells afterwards whether it was the container that could not be read on.
        """
        decoded = False
        try:
            for packet in self._container.demux(self._stream):
                if packet.has_sidedata("encryption_info"):
                    raise ProtectedAudio("the sound is encrypted (DRM); bring one that is not")
                try:
                    frames = packet.decode()
                except FFmpegError:
                    self.damaged += 1
                    continue
                for frame in frames:
                    decoded = True
                    yield _sound(frame)
        except FFmpegError as error:
            self.damaged += 1
            self.broke_off = True
            if not decoded:
                raise NotAudio("the sound is damaged beyond reading") from error

    def close(self) -> None:
        """Let go of the container. May be called twice."""
        self._container.close()


def open_source(source: Source) -> Track:
    """Return the sound in `source`; see AudioError for what is raised."""
    try:
        return _opened(source, None, _OPTIONS, None)
    except DecoderNotFoundError:
        raise UnsupportedCodec(_NO_DECODER) from None
    except FFmpegError as error:
        raise NotAudio("this is no sound that is known; bring WAV, MP3, FLAC, Ogg, M4A, WebM or the like") from error


def open_address(
    address: str,
    *,
    protocols: str,
    formats: str,
    timeout_s: float,
    options: dict[str, str],
    opener: Opener | None = None,
) -> Track:
    """Return the sound at `address`, by these protocols and in these formats only; `opener` opens it instead of FFmpeg.

    Raises FetchFailed, or the AudioError that fits; none of them tells the address.
    """
    limits = {"protocol_whitelist": protocols, "format_whitelist": formats}
    try:
        return _opened(address, timeout_s, _OPTIONS | limits | options, opener)
    except DecoderNotFoundError:
        raise UnsupportedCodec(_NO_DECODER) from None
    except FFmpegError as error:
        raise FetchFailed(f"the address gave no sound ({type(error).__name__})") from None


def _opened(file: Source | str, timeout_s: float | None, options: dict[str, str], opener: Opener | None) -> Track:
    container = av.open(
        file,
        "r",
        options=options,
        metadata_errors="ignore",
        buffer_size=PROBE_BYTES,
        timeout=timeout_s,
        io_open=opener,
    )
    try:
        return Track(container)
    except BaseException:
        container.close()
        raise


def _best(container: InputContainer) -> AudioStream:
    tracks = container.streams.audio
    if not tracks:
        raise NoAudioTrack("there is no sound in this file")
    stream = tracks[0]
    # PyAV's types promise a context, but a codec that nobody knows has none.
    if getattr(stream, "codec_context", None) is None:
        raise UnsupportedCodec(_NO_DECODER)
    _check_rate(stream.rate)
    weights(stream.codec_context.layout.nb_channels)
    return stream


def _check_rate(rate: int) -> None:
    if rate not in RATES:
        raise UnsupportedCodec(f"the sound has a sample rate of {rate} Hz; bring {RATES[0]} to {RATES[-1]} Hz")


def _sound(frame: AudioFrame) -> Sound:
    _check_rate(frame.sample_rate)
    layout = frame.layout
    form = frame.format
    values = frame.to_ndarray()
    shaped = values.T if form.is_planar else values.reshape(-1, layout.nb_channels)
    scale = _SCALES.get(form.packed.name, 1.0)
    samples = shaped.astype(np.float32)
    if scale == 1.0:
        samples = np.nan_to_num(samples, posinf=1.0, neginf=-1.0)
    elif form.packed.name == "u8":
        samples = (samples - 128) / np.float32(scale)
    else:
        samples = samples / np.float32(scale)
    return Sound(samples, frame.sample_rate, tuple(channel.name for channel in layout.channels))

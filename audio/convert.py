"""Sound of any rate and up to eight channels into the house format, as it comes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audio.downmix import downmix, weights
from audio.guard import Limiter, to_samples
from audio.loudness import Loudness
from audio.pcm import HOUSE, PcmFormat, Samples, to_bytes
from audio.resample import Signal, StreamResampler


class Converter:
    """Mixes down, changes the rate, levels if told so and limits; no seams, and no sample too many or too few."""

    def __init__(
        self, rate: int, channels: int, names: Sequence[str] = (), *, loudness: Loudness | None = None
    ) -> None:
        """Convert from `rate` Hz and `channels`, named as FFmpeg does if known. Raises TooManyChannels."""
        self._mix = weights(channels, names)
        self._resampler = StreamResampler(rate)
        self._loudness = loudness
        self._limiter = Limiter()

    def push(self, sound: NDArray[np.float32]) -> Samples:
        """Return what is ready after `sound`, of shape (samples, channels) and full scale ±1."""
        return to_samples(self._limiter.push(self._level(self._resampler.push(downmix(sound, self._mix)))))

    def flush(self) -> Samples:
        """Return all that was held back. Nothing may be pushed afterwards."""
        signal = self._level(self._resampler.flush())
        if self._loudness:
            signal = np.concatenate([signal, self._loudness.flush()])
        return to_samples(np.concatenate([self._limiter.push(signal), self._limiter.flush()]))

    def _level(self, signal: Signal) -> Signal:
        return self._loudness.push(signal) if self._loudness else signal


class PcmConverter:
    """Turns `s16le` bytes of one format into bytes of the house format; what is that already passes as it is."""

    def __init__(self, source: PcmFormat) -> None:
        """Convert from `source`."""
        self._source = source
        self._converter = None if source == HOUSE else Converter(source.rate, source.channels)
        self._torn = b""

    def push(self, data: bytes) -> bytes:
        """Return what is ready after `data`, which may end within a sample."""
        if self._torn:
            data = self._torn + data
        whole = len(data) - len(data) % self._source.frame_bytes
        self._torn = data[whole:]
        if self._torn:
            data = data[:whole]
        if self._converter is None:
            return data
        sound = np.frombuffer(data, "<i2").reshape(-1, self._source.channels)
        return to_bytes(self._converter.push((sound / np.float32(32_768)).astype(np.float32)))

    def flush(self) -> bytes:
        """Return all that was held back; a torn sample at the very end is let go."""
        self._torn = b""
        return b"" if self._converter is None else to_bytes(self._converter.flush())

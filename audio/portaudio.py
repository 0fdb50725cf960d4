"""Everything of PortAudio, which `sounddevice` brings; importing this raises ImportError or OSError without it."""

from collections.abc import Callable, Sequence

import sounddevice

from audio.devices import Device, NoMicrophone
from audio.pcm import LIVE_RATES, PcmFormat

PIECE_S = 0.020


def devices() -> Sequence[Device]:
    """Return the microphones of this machine. Raises NoMicrophone where they cannot be asked for."""
    try:
        default = sounddevice.default.device[0]
        return [
            Device(
                device["index"],
                device["name"],
                sounddevice.query_hostapis(device["hostapi"])["name"],
                device["max_input_channels"],
                round(device["default_samplerate"]),
                device["index"] == default,
            )
            for device in sounddevice.query_devices()
            if device["max_input_channels"] > 0
        ]
    except sounddevice.PortAudioError as error:
        raise NoMicrophone(f"the microphones cannot be listed: {error}") from None


class Recording:
    """An open microphone: `take` gets each piece of 20 ms, `s16le` of `form`, `finish` is told its end, in a thread."""

    def __init__(self, device: Device) -> None:
        """Find out how it records: at its own rate if that is a usual one, and mono if it can."""
        rate = device.rate if device.rate in LIVE_RATES else LIVE_RATES[-1]
        self.form = PcmFormat(rate, _channels(device, rate))
        self._device = device
        self._stream: sounddevice.RawInputStream | None = None

    def start(self, take: Callable[[bytes, bool], None], finish: Callable[[], None]) -> None:
        """Begin; `take` is also told whether sound was lost before the piece. Raises NoMicrophone."""

        def receive(data: memoryview, frames: int, time: object, flags: sounddevice.CallbackFlags) -> None:
            take(bytes(data), flags.input_overflow)

        try:
            self._stream = sounddevice.RawInputStream(
                samplerate=self.form.rate,
                blocksize=round(self.form.rate * PIECE_S),
                device=self._device.index,
                channels=self.form.channels,
                dtype="int16",
                latency="low",
                callback=receive,
                finished_callback=finish,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self.stop()
            raise NoMicrophone(f"{self._device.name} cannot be recorded from: {error}") from None

    def stop(self) -> None:
        """Let go of the device. May be called twice."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


def _channels(device: Device, rate: int) -> int:
    """Return 1, or 2 where a device gives only both."""
    try:
        sounddevice.check_input_settings(device.index, 1, "int16", samplerate=rate)
    except sounddevice.PortAudioError:
        return min(2, device.channels)
    return 1

"""A client's microphone as the avatar's voice (`audio.start` with purpose drive)."""

import asyncio
import time

from audio.convert import PcmConverter
from audio.pcm import HOUSE, PcmFormat
from bridge.session.session import Session
from bridge.talk.voice import VoiceFormat, VoiceOpener, VoiceSink
from bridge.talk.voice_arrivals import Arrivals
from bridge.talk.voice_gate import GatedMicrophone
from bridge.talk.voice_stretch import LOST, Stretch


class Microphone:
    """A `VoiceSink`: its sound is one utterance. Once that has ended, what still comes is not heard."""

    def __init__(self, session: Session, wanted: VoiceFormat, tasks: asyncio.TaskGroup) -> None:
        """Begin an utterance; one task of `tasks` feeds it. Raises ModeMismatch, SessionEnded, QueueFull."""
        self._frame_bytes = 2 * wanted.channels
        self._is_followed = wanted.on_wire is not None
        source = PcmFormat(wanted.sample_rate, wanted.channels)
        self._converter = None if source == HOUSE else PcmConverter(source)
        self._arrivals = Arrivals(wanted.sample_rate)
        self._stretch = Stretch(session, wanted, tasks, self._arrivals, takes_over=wanted.interrupt)
        self.utterance_id = self._stretch.utterance_id
        self.feed = self._stretch.feed if self._converter is None and not self._is_followed else self._take
        """Takes the next whole samples."""

    def end(self) -> None:
        """Take note that the microphone was turned off."""
        self._flush()
        self._stretch.end()

    def lost(self) -> None:
        """Take note that the client is gone; what came is spoken, then the utterance fails with `source_lost`."""
        self._flush()
        self._stretch.end(LOST)

    def _take(self, pcm: bytes) -> None:
        if self._is_followed:
            self._arrivals.came(len(pcm) // self._frame_bytes, time.monotonic())
        if self._converter is None:
            self._stretch.feed(pcm)
        elif self._stretch.takes_more:
            self._stretch.feed(self._converter.push(pcm))

    def _flush(self) -> None:
        if self._converter is not None and self._stretch.takes_more:
            self._stretch.feed(self._converter.flush())


def voice_opener(session: Session, tasks: asyncio.TaskGroup) -> VoiceOpener:
    """Return what begins to listen to the microphones of a session; their tasks are of `tasks`."""

    def open_voice(wanted: VoiceFormat) -> VoiceSink:
        return GatedMicrophone(session, wanted, tasks) if wanted.gate else Microphone(session, wanted, tasks)

    return open_voice

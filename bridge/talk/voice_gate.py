"""A host's open microphone: only speech passes, and each stretch of it takes over from what is being said."""

import asyncio
import time
from collections import deque

import numpy as np
import structlog

from audio.chunker import Chunker
from audio.convert import PcmConverter
from audio.pcm import PcmFormat, to_bytes
from audio.speech import SpeechBegan, SpeechDetector, SpeechEffect, SpeechEnded, SpeechGoesOn, SpeechRules
from audio.voice import WINDOW, SileroVoiceActivity, VoiceActivity
from bridge.errors import BridgeError
from bridge.session.session import Session
from bridge.talk.voice import VoiceFormat
from bridge.talk.voice_arrivals import Arrivals
from bridge.talk.voice_stretch import LOST, Stretch

log = structlog.stdlib.get_logger("bridge.talk")

WAITING_BLOCKS = 256
"""Pieces that wait while the detector is made ready; of more the oldest is dropped."""


class GatedMicrophone:
    """A `VoiceSink` that is many utterances, or none; each has 320 ms of what was before it, so no syllable is lost."""

    utterance_id = None

    def __init__(self, session: Session, wanted: VoiceFormat, tasks: asyncio.TaskGroup) -> None:
        self._session = session
        self._wanted = wanted
        self._tasks = tasks
        self._converter = PcmConverter(PcmFormat(wanted.sample_rate, wanted.channels))
        self._arrivals = Arrivals(wanted.sample_rate)
        self._windows = Chunker(WINDOW * 2)
        self._detector = SpeechDetector(SpeechRules(end_ms=wanted.silence_ms))
        self._activity: VoiceActivity | None = None
        self._waiting: deque[bytes] = deque(maxlen=WAITING_BLOCKS)
        self._stretch: Stretch | None = None
        self._ended = False
        tasks.create_task(self._prepare(), name=f"voice-gate-{session.session_id}")

    def feed(self, pcm: bytes) -> None:
        """Take the next whole samples."""
        if self._ended:
            return
        self._arrivals.came(len(pcm) // (2 * self._wanted.channels), time.monotonic())
        if self._activity is None:
            self._waiting.append(pcm)
        else:
            self._listen(self._activity, self._converter.push(pcm))

    def end(self) -> None:
        """Take note that the microphone was turned off: speech ends with it."""
        self._end()

    def lost(self) -> None:
        """Take note that the client is gone; what came is spoken, then the utterance fails with `source_lost`."""
        if self._stretch is not None:
            self._stretch.end(LOST)
        self._end()

    def _end(self) -> None:
        self._ended = True
        self._take(self._detector.finish())

    async def _prepare(self) -> None:
        """Make the detector ready, which takes a tenth of a second in which the loop has others to serve."""
        try:
            activity = await asyncio.to_thread(SileroVoiceActivity)
        except Exception:
            log.exception("voice_gate_broken", session_id=self._session.session_id)
            self._ended = True
            self._waiting.clear()
            return
        while self._waiting:
            self._listen(activity, self._converter.push(self._waiting.popleft()))
        self._activity = activity
        if self._ended:
            self._take(self._detector.finish())

    def _listen(self, activity: VoiceActivity, sound: bytes) -> None:
        for window in self._windows.push(sound):
            samples = np.frombuffer(window, "<i2")
            self._take(self._detector.receive(samples, activity.probability(samples)))

    def _take(self, effects: list[SpeechEffect]) -> None:
        for effect in effects:
            match effect:
                case SpeechBegan():
                    self._begin(effect)
                case SpeechGoesOn():
                    if self._stretch is not None:
                        self._stretch.feed(to_bytes(effect.samples))
                case SpeechEnded():
                    if self._stretch is not None:
                        self._stretch.end()
                    self._stretch = None

    def _begin(self, began: SpeechBegan) -> None:
        """Take over. A session that takes nothing more hears nothing more."""
        try:
            self._stretch = Stretch(
                self._session, self._wanted, self._tasks, self._arrivals, began=began.at, takes_over=True
            )
        except BridgeError as error:
            log.info("voice_refused", session_id=self._session.session_id, code=error.code)
            return
        self._stretch.feed(to_bytes(began.samples))

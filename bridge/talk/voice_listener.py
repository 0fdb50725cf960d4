"""A client's microphone as a person's voice in a conversation (`audio.start` with purpose converse)."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

import numpy as np
import structlog

from audio.convert import PcmConverter
from audio.pcm import HOUSE_RATE, PcmFormat, Samples, from_bytes, to_bytes
from audio.speech import SpeechBegan, SpeechDetector, SpeechEnded, SpeechRules
from audio.voice import WINDOW, VoiceActivity
from bridge.talk.ears import Ears
from bridge.talk.voice import VoiceFormat
from dialog.turnevents import Event, HandsFree, Muted, Pressed, VoiceEnded, VoiceStarted

log = structlog.stdlib.get_logger("bridge.talk")

RULES = SpeechRules(end_ms=224)
"""Short, so that a cough is over before it counts as an interruption; how long to wait for more words is the turns'."""
KEPT_S = 10
"""Seconds of sound that may wait to be looked at; of more the oldest is dropped, and counted."""


class Listener:
    """The microphones of one conversation, of which the newest counts; `tell` gets what happens in front of it."""

    def __init__(
        self,
        ears: Ears,
        tasks: asyncio.TaskGroup,
        tell: Callable[[Event], None],
        dropped: Callable[[float], None],
        detect: Callable[[], VoiceActivity],
    ) -> None:
        self.ears = ears
        self.tell = tell
        self.dropped = dropped
        self.speech_ended_at = float("-inf")
        """When somebody was last heard to speak."""
        self._tasks = tasks
        self._detect = detect
        self._activity: VoiceActivity | None = None
        self._current: PersonMicrophone | None = None

    def open(self, wanted: VoiceFormat) -> "PersonMicrophone":
        """Begin to listen; a microphone that was open is off from now on."""
        self.close()
        self.ears.begin()
        microphone = self._current = PersonMicrophone(self, wanted)
        self.tell(HandsFree(wanted.hands_free))
        if not wanted.hands_free:
            self.tell(Pressed())
        self._tasks.create_task(microphone.run(), name="listener")
        return microphone

    def close(self) -> None:
        """Hear nothing more of the microphone. May be called twice."""
        current, self._current = self._current, None
        if current is not None:
            current.cut_off()

    def over(self, microphone: "PersonMicrophone") -> None:
        """Take note that a microphone is off."""
        if self._current is microphone:
            self._current = None
        self.tell(Muted())

    async def activity(self) -> VoiceActivity:
        """Return what tells a voice from other sounds, ready for another stream; it is loaded once."""
        if self._activity is None:
            # It takes a tenth of a second and more, in which the loop has others to serve.
            self._activity = await asyncio.to_thread(self._detect)
        self._activity.reset()
        return self._activity


class PersonMicrophone:
    """A `VoiceSink`; one task looks at its sound, window by window."""

    utterance_id = None

    def __init__(self, listener: Listener, wanted: VoiceFormat) -> None:
        self._listener = listener
        self._hands_free = wanted.hands_free
        self._converter = PcmConverter(PcmFormat(wanted.sample_rate, wanted.channels))
        self._second = wanted.sample_rate * wanted.channels * 2
        self._detector = SpeechDetector(RULES)
        self._blocks: deque[bytes] = deque()
        self._bytes = 0
        self._heard = 0
        self._left = np.empty(0, dtype=np.int16)
        self._ended = self._over = False
        self._news = asyncio.Event()

    def feed(self, pcm: bytes) -> None:
        """Take the next whole samples."""
        if self._ended:
            return
        self._blocks.append(pcm)
        self._bytes += len(pcm)
        while self._bytes > KEPT_S * self._second:
            lost = len(self._blocks.popleft())
            self._bytes -= lost
            self._listener.dropped(lost / self._second)
        self._news.set()

    def end(self) -> None:
        """Take note that the microphone was turned off; what came is heard."""
        self._ended = True
        self._news.set()

    def lost(self) -> None:
        """Take note that the client is gone; what came is heard."""
        self.end()

    def cut_off(self) -> None:
        """Hear nothing more: what was said until now is all."""
        self._ended = True
        self._blocks.clear()
        self._news.set()
        self._be_over()

    async def run(self) -> None:
        """Look at the sound until the microphone is off."""
        try:
            activity = await self._listener.activity() if self._hands_free else None
            while not self._over:
                while self._blocks:
                    await self._look(self._next(), activity)
                if self._ended:
                    break
                self._news.clear()
                await self._news.wait()
            if not self._over:
                await self._look(self._converter.flush(), activity)
                self._listener.ears.feed(to_bytes(self._left))
        except Exception:
            log.exception("listener_broken")
        finally:
            self._be_over()

    def _next(self) -> bytes:
        block = self._blocks.popleft()
        self._bytes -= len(block)
        return self._converter.push(block)

    async def _look(self, pcm: bytes, activity: VoiceActivity | None) -> None:
        """Take the next sound; others get their turn between its windows."""
        sound = np.concatenate([self._left, from_bytes(pcm)])
        whole = sound.size - sound.size % WINDOW
        self._left = sound[whole:]
        for start in range(0, whole, WINDOW):
            if self._over:
                return
            self._take(sound[start : start + WINDOW], activity)
            await asyncio.sleep(0)

    def _take(self, window: Samples, activity: VoiceActivity | None) -> None:
        listener = self._listener
        listener.ears.feed(to_bytes(window))
        if activity is None:
            return
        self._heard += window.size
        for effect in self._detector.receive(window, activity.probability(window)):
            if isinstance(effect, SpeechBegan):
                listener.tell(VoiceStarted())
            elif isinstance(effect, SpeechEnded):
                listener.speech_ended_at = time.monotonic() - (self._heard - effect.at) / HOUSE_RATE
                listener.tell(VoiceEnded())

    def _be_over(self) -> None:
        if self._over:
            return
        self._over = self._ended = True
        if not self._hands_free or self._detector.speaking:
            self._listener.speech_ended_at = time.monotonic()
        self._listener.over(self)

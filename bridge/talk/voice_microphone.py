"""A client's microphone as the avatar's voice (`audio.start` with purpose drive)."""

import asyncio

from audio.convert import PcmConverter
from audio.pcm import PcmFormat
from bridge.errors import NoVoice, SourceLost
from bridge.session.events import Problem
from bridge.session.session import Session
from bridge.talk.voice import VoiceFormat, VoiceOpener, VoiceSink
from bridge.talk.voice_feed import VoiceFeed
from bridge.talk.voice_live import LivePace

LOST = Problem(SourceLost.code, "the microphone was lost; what came of its sound was spoken")


class Microphone:
    """A `VoiceSink`: its sound is one utterance. Once that has ended, what still comes is not heard."""

    def __init__(self, session: Session, wanted: VoiceFormat, tasks: asyncio.TaskGroup) -> None:
        """Begin an utterance; one task of `tasks` feeds it. Raises ModeMismatch, SessionEnded, QueueFull."""
        self.utterance_id = session.open_utterance("audio", ref=wanted.ref)
        self._converter = PcmConverter(PcmFormat(wanted.sample_rate, wanted.channels))
        self._feed = VoiceFeed(session, self.utterance_id, LivePace())
        self._ended = False
        tasks.create_task(self._feed.run(), name=f"voice-{self.utterance_id}")

    def feed(self, pcm: bytes) -> None:
        """Take the next whole samples."""
        if not self._ended and not self._feed.is_over:
            self._feed.receive(self._converter.push(pcm))

    def end(self) -> None:
        """Take note that the microphone was turned off."""
        self._end(None)

    def lost(self) -> None:
        """Take note that the client is gone; what came is spoken, then the utterance fails with `source_lost`."""
        self._end(LOST)

    def _end(self, problem: Problem | None) -> None:
        if self._ended:
            return
        self._ended = True
        self._feed.receive(self._converter.flush())
        self._feed.end(problem)


def voice_opener(session: Session, tasks: asyncio.TaskGroup) -> VoiceOpener:
    """Return what begins to listen to the microphones of a session; their tasks are of `tasks`."""

    def open_voice(wanted: VoiceFormat) -> VoiceSink:
        if wanted.purpose == "converse":
            raise NoVoice("this server does not listen to what people say; a microphone may drive the avatar")
        return Microphone(session, wanted, tasks)

    return open_voice

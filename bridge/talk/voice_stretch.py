"""One utterance of a microphone, from its first sample to its last."""

import asyncio
import time

from bridge.errors import SourceLost
from bridge.session.events import Problem
from bridge.session.session import Session
from bridge.talk.voice import OnWire, VoiceFormat
from bridge.talk.voice_arrivals import Arrivals
from bridge.talk.voice_feed import VoiceFeed
from bridge.talk.voice_live import LivePace

LOST = Problem(SourceLost.code, "the microphone was lost; what came of its sound was spoken")


class Stretch:
    """Passes sound in the house format on as one utterance; it begins at the place `began` of the microphone's stream.

    Once it has ended, what still comes is not heard.
    """

    def __init__(
        self,
        session: Session,
        wanted: VoiceFormat,
        tasks: asyncio.TaskGroup,
        arrivals: Arrivals,
        *,
        began: int = 0,
        takes_over: bool,
    ) -> None:
        """Begin an utterance; one task of `tasks` feeds it. Raises ModeMismatch, SessionEnded, QueueFull."""
        self.utterance_id = session.open_utterance("audio", interrupt=takes_over, by="voice", ref=wanted.ref)
        self._wanted = wanted
        self._arrivals = arrivals
        self._began = began
        self._pace = LivePace()
        self._feed = VoiceFeed(session, self.utterance_id, self._pace, self._given)
        self._ended = False
        self.feed = self._feed.receive
        """Takes the next samples."""
        tasks.create_task(self._feed.run(), name=f"voice-{self.utterance_id}")

    @property
    def takes_more(self) -> bool:
        """Whether it makes sense to feed it."""
        return not self._ended and not self._feed.has_ended

    def end(self, problem: Problem | None = None) -> None:
        """Say that nothing follows; with `problem` it fails after what came was spoken. May be called twice."""
        if not self._ended:
            self._ended = True
            self._feed.end(problem)

    def _given(self) -> None:
        """Tell who wants to know which sample the cloud gets now."""
        if self._wanted.on_wire is not None:
            sample, came = self._arrivals.of(self._began + self._pace.place)
            held_ms = max(0, round((time.monotonic() - came) * 1_000))
            self._wanted.on_wire(OnWire(self.utterance_id, sample, held_ms))

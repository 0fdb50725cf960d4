"""Gives the frames of one utterance to its session, each in its time."""

import asyncio
import time
from collections.abc import Callable

import structlog

from audio.pacer import Frame
from audio.pcm import SAMPLE_BYTES, duration_us
from bridge.errors import BridgeError
from bridge.session.events import AudioDropped, AudioSent, Problem
from bridge.session.session import Session
from bridge.talk.voice_pace import VoicePace

log = structlog.stdlib.get_logger("bridge.talk")

NEVER = float("inf")
TELL_S = 1.0
"""How far it has got is told once in this time at most."""
LATE_S = 0.040
"""A frame that is given later than this counts as late."""
BROKEN = Problem(BridgeError.code, "the sound could not be passed on; the log has more")


class VoiceFeed:
    """Feeds the utterance `utterance_id` by the law of `pace`; `run` lasts until it has all, or wants no more.

    `given` is called after each frame.
    """

    def __init__(
        self, session: Session, utterance_id: str, pace: VoicePace, given: Callable[[], None] = lambda: None
    ) -> None:
        self.utterance_id = utterance_id
        self.flow = session.audio_flow(utterance_id)
        self.has_ended = False
        self._session = session
        self._pace = pace
        self._given = given
        self._problem: Problem | None = None
        self._news = False
        self._wakes_at = NEVER
        self._dropped_ms = 0
        self._sent = 0
        self._told_at = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether the utterance takes no more sound."""
        return self.flow.is_over

    def receive(self, pcm: bytes) -> None:
        """Take the next piece, in the house format; a frame that it completes goes at once if it may.

        Once the feed has ended, or was told that it has all, nothing more is heard.
        """
        if self.has_ended:
            return
        if not self._pace.receive(pcm, time.monotonic()) and self._wakes_at < NEVER:
            return  # as most pieces of 20 ms
        self._give()
        if not self._pace.has_frames and self._wakes_at < NEVER:
            return
        deadline = self._pace.next_deadline()
        if deadline is not None and deadline < self._wakes_at:
            self._tell()

    def end(self, problem: Problem | None = None) -> None:
        """Note that nothing follows; with `problem` the utterance ends `failed` after what came was spoken."""
        self._problem = self._problem or problem
        self._pace.end(time.monotonic())
        self._tell()

    async def room(self) -> None:
        """Return when there is room for more, or no more is wanted."""
        await self._session.progress.until(lambda: self._pace.wants_more or self.is_over)

    async def run(self) -> None:
        """Feed to the end; a mistake of ours ends this utterance `failed`, and nothing else."""
        try:
            while not self.is_over:
                self._give()
                if not self.is_over:
                    await self._wait()
        finally:
            self.has_ended = True

    def _give(self) -> None:
        """Give the frames that are due, and the end."""
        try:
            self._give_due()
        except Exception:
            log.exception("voice_broken", session_id=self._session.session_id)
            self._session.finish(self.utterance_id, BROKEN)

    def _give_due(self) -> None:
        state = self.flow.state
        while (frame := self._pace.step(time.monotonic(), wanted=state == "open")) is not None:
            self._session.push_audio(self.utterance_id, frame.pcm)
            now = time.monotonic()
            self._pace.given(now)
            self._given()
            self._note(frame, now)
            if not self._pace.has_frames:
                break
            state = self.flow.state
        self._report()
        if state != "over" and self._pace.is_finished:
            self._session.finish(self.utterance_id, self._problem)

    async def _wait(self) -> None:
        """Return when frames are wanted or no more, one is due, or there is news."""
        state = self.flow.state
        deadline = self._pace.next_deadline()
        self._wakes_at = NEVER if deadline is None else deadline
        self._news = False
        try:
            async with asyncio.timeout(None if deadline is None else deadline - time.monotonic()):
                await self._session.progress.until(lambda: self._news or self.flow.state != state)
        except TimeoutError:
            pass  # a frame is due

    def _report(self) -> None:
        lost_ms = self._pace.losses(time.monotonic())
        if lost_ms:
            self._dropped_ms += lost_ms
            self._session.emit(
                AudioDropped(utterance_id=self.utterance_id, dropped_ms=lost_ms, total_ms=self._dropped_ms)
            )

    def _note(self, frame: Frame, now: float) -> None:
        """Take note of a frame that was given, and tell now and then how far it has got."""
        self._sent += len(frame.pcm) // SAMPLE_BYTES
        if frame.lateness > LATE_S:
            self._session.measures.frame_late()
        if now >= self._told_at + TELL_S:
            self._told_at = now
            self._session.touch()
            sent_ms = duration_us(self._sent) // 1_000
            self._session.whisper(AudioSent(utterance_id=self.utterance_id, sent_ms=sent_ms))

    def _tell(self) -> None:
        self._news = True
        self._session.progress.tell()

"""Tells of each turn when its stages were reached: an event for clients, a line of the log, and metrics."""

import asyncio
from dataclasses import asdict

import structlog

from bridge.session.events import TurnTimeline
from bridge.session.session import Session
from bridge.talk.media import MediaReports
from dialog.timeline import Outcome, Stage, Timeline

log = structlog.stdlib.get_logger("bridge.talk")

LATE_S = 2.0
"""How long after its end a turn is not told yet for the first sound in a page, where pages tell of it."""


class Stages:
    """Tells of a turn once all is known of it; waiting for that are tasks of `tasks`."""

    def __init__(self, session: Session, media: MediaReports, tasks: asyncio.TaskGroup) -> None:
        self._session = session
        self._media = media
        self._tasks = tasks
        self._silent: dict[str, asyncio.Event] = {}
        media.follow(self._sounded)

    def over(self, utterance_id: str, timeline: Timeline, outcome: Outcome) -> None:
        """Take note that the turn that was answered with this utterance is over."""
        sound = self._media.first_sound(utterance_id)
        if sound is None and self._media.latest and timeline.has(Stage.STARTED):
            waiting = self._tell_later(utterance_id, timeline, outcome)
            self._tasks.create_task(waiting, name=f"stages-{utterance_id}")
        else:
            self._tell(utterance_id, timeline, outcome)

    async def _tell_later(self, utterance_id: str, timeline: Timeline, outcome: Outcome) -> None:
        sounded = self._silent[utterance_id] = asyncio.Event()
        try:
            async with asyncio.timeout(LATE_S):
                await sounded.wait()
        except TimeoutError:
            pass
        finally:
            del self._silent[utterance_id]
            self._tell(utterance_id, timeline, outcome)

    def _sounded(self, utterance_id: str) -> None:
        if utterance_id in self._silent:
            self._silent[utterance_id].set()

    def _tell(self, utterance_id: str, timeline: Timeline, outcome: Outcome) -> None:
        sound = self._media.first_sound(utterance_id)
        if sound is not None:
            timeline.mark(Stage.FIRST_SOUND, sound)
        record = timeline.record(outcome)
        log.info("turn_over", session_id=self._session.session_id, **asdict(record))
        self._session.measures.turn(
            transcript=record.transcript_ms if record.aloud else None,
            first_token=record.first_token_ms,
            first_fragment=record.first_fragment_ms,
            started=record.started_ms,
            first_sound=record.first_sound_ms,
            ended=record.ended_ms,
        )
        self._session.emit(TurnTimeline(utterance_id=utterance_id, **asdict(record)))

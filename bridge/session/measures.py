"""What the events of a session mean in metrics and traces. Times are handed in; no text is looked at."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from bridge.session.events import (
    AudioDropped,
    Event,
    Interrupted,
    InterruptSource,
    StateChanged,
    UtteranceChanged,
)
from bridge.session.utterance import ENDS
from bridge.telemetry.metrics import Stage
from bridge.telemetry.telemetry import Telemetry
from bridge.telemetry.traces import Span


class Utterance:
    """When an utterance entered its last stage, and since when it is to be silent."""

    def __init__(self, span: Span, now: float) -> None:
        self.span = span
        self.since = now
        self.interrupted_at: float | None = None


class Measures:
    """Follows the events of one session."""

    def __init__(self, telemetry: Telemetry, session_id: str, mode: str) -> None:
        self._metrics = telemetry.metrics
        self._traces = telemetry.traces
        self._span = telemetry.traces.begin("session", avatar__session_id=session_id, avatar__mode=mode)
        self._utterances: dict[str, Utterance] = {}
        self._lost = False
        self._over = False
        self._metrics.session_created()

    @contextmanager
    def current(self) -> Generator[None]:
        """Make the session's span the parent of what begins within."""
        with self._span.current():
            yield

    def unread(self) -> None:
        """Count a channel that was broken off because the cloud did not read."""
        self._metrics.write_aborted("channel")

    def frame_late(self) -> None:
        """Count a frame of sound that was given late."""
        self._metrics.frame_late()

    def sound_unheard(self, seconds: float) -> None:
        """Count sound of a person's microphone that was dropped because there was too much of it."""
        self._metrics.audio_dropped(seconds)

    def asr_failed(self, code: str) -> None:
        """Count an utterance of a person that could not be recognised."""
        self._metrics.asr_failed(code)

    def silenced(self, took: float, by: InterruptSource, seen: Literal["page", "cloud"]) -> None:
        """Measure how long after an interruption the avatar was silent."""
        self._metrics.silenced(by, seen, took)

    def dialog_failed(self, code: str) -> None:
        """Count an answer that the dialog failed to give, by the code of the error."""
        self._metrics.dialog_failed(code)

    def turn(self, **reached_ms: int | None) -> None:
        """Measure which stages of a turn were reached, and when after the question; None for those that were not."""
        for stage, ms in reached_ms.items():
            if ms is not None:
                self._metrics.turn_stage(stage, ms / 1_000)

    def receive(self, event: Event, now: float) -> None:
        """Take an event at `now`, in seconds of any clock that does not jump."""
        match event:
            case StateChanged():
                self._state(event)
            case UtteranceChanged():
                self._utterance(event, now)
            case Interrupted():
                for utterance_id in event.utterance_ids:
                    if utterance_id in self._utterances:
                        self._utterances[utterance_id].interrupted_at = now
                        self._utterances[utterance_id].span.event("interrupt")
            case AudioDropped():
                self._metrics.audio_dropped(event.dropped_ms / 1_000)
            case _:
                pass

    def _state(self, event: StateChanged) -> None:
        state = event.state
        self._span.event(state)
        if state == "reconnecting" and not self._lost:
            self._lost = True
            self._metrics.channel_lost()
        elif state == "live" and self._lost:
            self._lost = False
            self._metrics.channel_back()
        elif state in {"closed", "failed"} and not self._over:
            self._over = True
            self._metrics.session_ended("closed" if state == "closed" else "failed")
            if event.error is not None:
                self._span.fail(event.error.code)
            self._span.end()

    def _utterance(self, event: UtteranceChanged, now: float) -> None:
        if event.status == "queued":
            with self.current():
                span = self._traces.begin("utterance", avatar__utterance_id=event.utterance_id, avatar__kind=event.kind)
            self._utterances[event.utterance_id] = Utterance(span, now)
        followed = self._utterances.get(event.utterance_id)
        if followed is None:
            return
        if event.status in ENDS:
            self._end(event, followed, now)
            return
        followed.span.event(event.status)
        if event.status != "queued":
            stage: Stage = "accepted_to_sent" if event.status == "sent" else "sent_to_started"
            self._metrics.stage(stage, now - followed.since)
        followed.since = now

    def _end(self, event: UtteranceChanged, followed: Utterance, now: float) -> None:
        del self._utterances[event.utterance_id]
        self._metrics.utterance_ended(event.kind, event.status)
        if followed.interrupted_at is not None:
            self._metrics.stage("interrupt_to_end", now - followed.interrupted_at)
        followed.span.set(avatar__end=event.status)
        if event.error is not None:
            followed.span.fail(event.error.code)
        followed.span.end()

"""What may be said now. Pure.

One utterance speaks at a time, as one SEND_STREAMTEXT drive in clause mode: the next clause goes out on SentenceNext,
or when the one before must have been spoken if that does not come. The next utterance waits for TextOver, an
interrupt too (manual: "Instruction Sending Requirements", "Streaming Text-driven Instructions").
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bridge.errors import DriveFailed, NoOver, QueueFull
from bridge.session.estimate import SpeechRate
from bridge.session.events import (
    Event,
    Interrupted,
    InterruptSource,
    Problem,
    SentenceChanged,
    SpeakStatusChanged,
    UtteranceKind,
    UtteranceStatus,
)
from bridge.session.utterance import Utterance
from bridge.wire.commands import FRAGMENT_BYTES, Command, StreamText
from bridge.wire.events import DriveError, DriveStatus
from bridge.wire.text import fragments

MAX_WAITING = 16
MAX_ASKED = 3
"""How often in a row the cloud may answer that it is still speaking without a status to show for it."""
OVER_SLACK_S = 5.0
DOUBT_S = 1.0
"""How long after a reconnect the cloud may take to tell what it had received, before the last packet is repeated."""
INTERRUPT_LIMIT_S = 3.0
"""How long an interrupted drive may owe us its TextOver before the next utterance goes out all the same."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send `command` as part of the drive `req_id`."""

    req_id: str
    command: Command


@dataclass(frozen=True, slots=True)
class Emit:
    """Tell the clients."""

    event: Event


@dataclass(frozen=True, slots=True)
class AskCloud:
    """Call statsession: the cloud owes us an Over; answer with `cloud_says`."""


Effect = Send | Emit | AskCloud
NO_OVER = Problem(NoOver.code, "the cloud never said that this was spoken to its end", NoOver.retryable)


class Drives:
    """The utterances of a session; `new_req_id` yields a fresh id for each drive."""

    def __init__(self, new_req_id: Callable[[], str]) -> None:
        self._new_req_id = new_req_id
        self._open: dict[str, Utterance] = {}
        self._rate = SpeechRate()
        self._channel_up = False
        self._knows_clauses = False

    @property
    def unfinished(self) -> list[Utterance]:
        """The utterances that have not ended, the speaking one first."""
        return list(self._open.values())

    def open(
        self,
        utterance_id: str,
        kind: UtteranceKind,
        now: float,
        *,
        interrupt: bool = False,
        by: InterruptSource = "api",
        ref: str | None = None,
    ) -> list[Effect]:
        """Accept an utterance; with `interrupt` all others are interrupted and this is next.

        Raises QueueFull when 16 wait already.
        """
        effects = self.interrupt("all", by, now)[1] if interrupt else []
        if len(self._open) > MAX_WAITING:
            raise QueueFull(f"{MAX_WAITING} utterances wait already; wait for one to end, or interrupt")
        utterance = Utterance(utterance_id, kind, ref)
        self._open[utterance_id] = utterance
        return [*effects, Emit(utterance.changed())]

    def push(self, utterance_id: str, clause: str, now: float, *, last: bool = False) -> list[Effect]:
        """Add a clause to an open utterance, the `last` one perhaps; one that ended or is interrupted takes no more."""
        utterance = self._open.get(utterance_id)
        if utterance is None or utterance.interrupted or utterance.complete:
            return []
        utterance.waiting.extend(fragments(clause, FRAGMENT_BYTES))
        utterance.complete = last
        return self._advance(now)

    def finish(self, utterance_id: str, error: Problem | None, now: float) -> list[Effect]:
        """Say that no clause follows; with `error` the utterance ends `failed` after what came was spoken."""
        utterance = self._open.get(utterance_id)
        if utterance is None or utterance.complete:
            return []
        utterance.complete = True
        utterance.source_error = error
        return self._advance(now)

    def interrupt(
        self, scope: Literal["all", "current"], by: InterruptSource, now: float
    ) -> tuple[tuple[str, ...], list[Effect]]:
        """Stop the utterance that speaks or is next, and with "all" those that wait; return their ids and what to do.

        One that is interrupted already stays so: asking twice for "current" spares the utterance after it.
        """
        candidates = self.unfinished if scope == "all" else self.unfinished[:1]
        targets = [utterance for utterance in candidates if not utterance.interrupted]
        if not targets:
            return (), []
        ids = tuple(utterance.utterance_id for utterance in targets)
        effects: list[Effect] = [Emit(Interrupted(utterance_ids=ids, by=by))]
        for utterance in targets:
            effects += self._interrupt(utterance, now)
        return ids, effects + self._advance(now)

    def receive(self, status: DriveStatus, now: float) -> list[Effect]:
        """Take a status of the channel."""
        utterance = self._of_drive(status.req_id)
        effects: list[Effect] = [Emit(_speak_status(status, utterance))]
        if utterance is None:
            return effects
        utterance.asked = 0
        match status.speak_status:
            case "TextStart":
                effects += self._started(utterance)
                self._believe(utterance, 1)
            case "SentenceStart":
                effects += self._sentence_started(utterance, status.seq, now)
            case "SentenceNext":
                if status.seq in {0, utterance.seq}:
                    utterance.may_send = True
                    self._believe(utterance, utterance.seq)
            case "SentenceOver":
                effects += self._sentence_over(utterance, status.seq, now)
            case "TextOver":
                effects += self._over(utterance)
            case "Error":
                effects += self._refused(utterance, status.error_code, status.error_message)
            case _:
                pass
        self._expect_over(utterance, now)
        return effects + self._advance(now)

    def refused(self, error: DriveError, now: float) -> list[Effect]:
        """Take a drive failure (Type 9) of the channel."""
        utterance = self._of_drive(error.req_id)
        if utterance is None:
            return []
        return self._refused(utterance, error.code, error.message) + self._advance(now)

    def channel(self, *, up: bool, now: float) -> list[Effect]:
        """Take note that the channel is open, or is not."""
        self._channel_up = up
        effects: list[Effect] = []
        utterance = self._speaking()
        if up and utterance is not None:
            self._expect_over(utterance, now)
            if utterance.interrupted:
                effects += self._stop(utterance, now)
            else:
                self._doubt(utterance, now)
        return effects + self._advance(now)

    def cloud_says(self, *, speaking: bool, now: float) -> list[Effect]:
        """Take statsession's answer to AskCloud: whether the avatar is still speaking.

        An answer that was overtaken, by a sign of life or by the next utterance, counts for nothing.
        """
        utterance = self._speaking()
        if utterance is None or utterance.over_by is not None or not utterance.asked:
            return []
        if speaking and utterance.asked < MAX_ASKED:
            self._expect_over(utterance, now)
            return []
        if utterance.interrupted:
            return self._end(utterance, "interrupted", None) + self._advance(now)
        return self._end(utterance, "failed", NO_OVER) + self._advance(now)

    def abandon(
        self, status: Literal["interrupted", "failed"], error: Problem | None, *, only_sent: bool = False
    ) -> list[Effect]:
        """End every utterance, or only what was sent to a cloud session that is gone."""
        gone = [utterance for utterance in self._open.values() if utterance.req_id or not only_sent]
        effects: list[Effect] = []
        for utterance in gone:
            effects += self._end(utterance, "interrupted" if utterance.interrupted else status, error)
        return effects

    def tick(self, now: float) -> list[Effect]:
        """Do what is due at `now`."""
        utterance = self._speaking()
        if utterance is None or not self._channel_up:
            return []
        effects: list[Effect] = []
        if utterance.doubt_until is not None and now >= utterance.doubt_until:
            utterance.doubt_until = None
            effects.append(_packet(utterance))
        if utterance.next_clause_at is not None and now >= utterance.next_clause_at:
            utterance.next_clause_at = None
            # Where clauses are told of, one that has not begun is waited for, however long it takes.
            utterance.may_send = not self._is_unheard_of(utterance)
        if utterance.over_by is not None and now >= utterance.over_by:
            utterance.over_by = None
            if utterance.interrupted:
                effects += self._end(utterance, "interrupted", None)
            else:
                utterance.asked += 1
                effects.append(AskCloud())
        return effects + self._advance(now)

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        utterance = self._speaking()
        if utterance is None or not self._channel_up:
            return None
        deadlines = (utterance.next_clause_at, utterance.over_by, utterance.doubt_until)
        return min((at for at in deadlines if at is not None), default=None)

    def _speaking(self) -> Utterance | None:
        return next((utterance for utterance in self._open.values() if utterance.req_id), None)

    def _of_drive(self, req_id: str) -> Utterance | None:
        return next((utterance for utterance in self._open.values() if req_id and utterance.req_id == req_id), None)

    def _advance(self, now: float) -> list[Effect]:
        """Send what may be sent, and end what has nothing to say."""
        effects: list[Effect] = []
        while self._open:
            utterance = next(iter(self._open.values()))
            nothing_to_say = utterance.complete and not utterance.req_id and not utterance.waiting
            if nothing_to_say:
                effects += self._end(utterance, "failed" if utterance.source_error else "ended", utterance.source_error)
                continue
            return effects + (self._send(utterance, now) if self._channel_up else [])
        return effects

    def _send(self, utterance: Utterance, now: float) -> list[Effect]:
        if utterance.interrupted or utterance.final_sent or utterance.doubt_until is not None:
            return []
        if utterance.waiting and utterance.may_send:
            clause = utterance.waiting.popleft()
        elif utterance.complete and not utterance.waiting and utterance.req_id:
            clause = ""
        else:
            return []
        effects: list[Effect] = []
        if not utterance.req_id:
            utterance.req_id = self._new_req_id()
            utterance.status = "sent"
            effects.append(Emit(utterance.changed()))
        utterance.seq += 1
        utterance.final_sent = utterance.complete and not utterance.waiting
        if clause:
            ends_at = max(now, utterance.next_clause_at or now) + self._rate.seconds(clause)
            utterance.sent[utterance.seq] = clause
            utterance.may_send = False
            utterance.next_clause_at = None if utterance.final_sent else ends_at
        self._expect_over(utterance, now)
        return [*effects, _packet(utterance)]

    def _interrupt(self, utterance: Utterance, now: float) -> list[Effect]:
        utterance.interrupted = True
        utterance.waiting.clear()
        if not utterance.req_id:
            return self._end(utterance, "interrupted", None)
        utterance.next_clause_at = utterance.doubt_until = None
        return self._stop(utterance, now) if self._channel_up else []

    def _stop(self, utterance: Utterance, now: float) -> list[Effect]:
        utterance.seq += 1
        utterance.over_by = now + INTERRUPT_LIMIT_S
        stop = StreamText(text="", seq=utterance.seq, is_final=True, interrupt=True, is_sentence=True)
        return [Send(utterance.req_id, stop)]

    def _started(self, utterance: Utterance) -> list[Effect]:
        if utterance.status != "sent" or utterance.interrupted:
            return []
        utterance.status = "started"
        return [Emit(utterance.changed())]

    def _sentence_started(self, utterance: Utterance, seq: int, now: float) -> list[Effect]:
        effects = self._started(utterance)
        self._knows_clauses = True
        self._believe(utterance, seq)
        utterance.started_at[seq] = now
        if seq == utterance.seq and not utterance.may_send and not utterance.final_sent:
            utterance.next_clause_at = now + self._rate.seconds(utterance.sent.get(seq, ""))
        return effects + self._sentence(utterance, seq, "started")

    def _sentence_over(self, utterance: Utterance, seq: int, now: float) -> list[Effect]:
        if seq in utterance.sent and seq in utterance.started_at and not utterance.interrupted:
            utterance.spoken.add(seq)
            self._rate.learn(utterance.sent[seq], now - utterance.started_at[seq])
        if utterance.doubt_until is not None and seq == utterance.seq - 1:
            utterance.doubt_until = min(utterance.doubt_until, now + DOUBT_S)
        return self._sentence(utterance, seq, "ended")

    def _sentence(self, utterance: Utterance, seq: int, status: Literal["started", "ended"]) -> list[Effect]:
        text = utterance.sent.get(seq)
        if text is None or utterance.interrupted:
            return []
        return [Emit(SentenceChanged(utterance_id=utterance.utterance_id, seq=seq, text=text, status=status))]

    def _over(self, utterance: Utterance) -> list[Effect]:
        if utterance.interrupted:
            return self._end(utterance, "interrupted", None)
        if utterance.source_error is not None:
            return self._end(utterance, "failed", utterance.source_error)
        if not utterance.final_sent:
            problem = Problem(DriveFailed.code, "the cloud stopped speaking before all was said")
            return self._end(utterance, "failed", problem)
        return self._end(utterance, "ended", None)

    def _refused(self, utterance: Utterance, code: int, message: str) -> list[Effect]:
        if utterance.interrupted:
            return self._end(utterance, "interrupted", None)
        said = f" ({code}: {message})" if message else f" ({code})"
        problem = Problem(DriveFailed.code, f"the cloud could not say this{said}", cloud_code=code)
        return self._end(utterance, "failed", problem)

    def _end(self, utterance: Utterance, status: UtteranceStatus, error: Problem | None) -> list[Effect]:
        utterance.status = status
        del self._open[utterance.utterance_id]
        return [Emit(utterance.changed(error))]

    def _is_unheard_of(self, utterance: Utterance) -> bool:
        """Whether the last packet is a clause of whose beginning this cloud would tell, and has not."""
        return self._knows_clauses and utterance.seq in utterance.sent and utterance.seq not in utterance.started_at

    def _doubt(self, utterance: Utterance, now: float) -> None:
        """Give the cloud time to show that the last packet before the channel broke has arrived; then it is repeated.

        It shows by beginning with it, which it does when the clause before has been spoken.
        """
        begun = utterance.seq in utterance.started_at
        if begun or not (self._knows_clauses or (utterance.seq == 1 and utterance.status == "sent")):
            return
        before = utterance.sent.get(utterance.seq - 1)
        being_said = before is not None and utterance.seq - 1 not in utterance.spoken
        utterance.doubt_until = now + DOUBT_S + (2 * self._rate.seconds(before) if before and being_said else 0.0)

    def _believe(self, utterance: Utterance, seq: int) -> None:
        if seq == utterance.seq:
            utterance.doubt_until = None

    def _expect_over(self, utterance: Utterance, now: float) -> None:
        """Give the cloud twice the estimate of what it may still be saying, plus 5 s, from its last sign of life.

        While a stream that it has begun to say waits for its source, it owes us nothing.
        """
        if utterance.interrupted:
            return
        left = sum(self._rate.seconds(text) for seq, text in utterance.sent.items() if seq not in utterance.spoken)
        owes_us = utterance.final_sent or utterance.status == "sent" or self._is_unheard_of(utterance)
        utterance.over_by = now + 2 * left + OVER_SLACK_S if owes_us else None


def _packet(utterance: Utterance) -> Send:
    """Return the last packet of the drive, for the first time or once more."""
    text = utterance.sent.get(utterance.seq, "")
    return Send(
        utterance.req_id,
        StreamText(text=text, seq=utterance.seq, is_final=utterance.final_sent, is_sentence=True),
    )


def _speak_status(status: DriveStatus, utterance: Utterance | None) -> SpeakStatusChanged:
    return SpeakStatusChanged(
        utterance_id=utterance.utterance_id if utterance else None,
        req_id=status.req_id,
        speak_status=status.speak_status,
        seq=status.seq,
        final_type=status.final_type,
        error_code=status.error_code,
        error_message=status.error_message,
    )

"""What may be said now. Pure.

One utterance speaks at a time, carried by one drive after another; the next drive waits for the Over of the one before.
Only a SEND_TEXT may go out over another, which it stops (manual: "Instruction Sending Requirements").
"""

from collections.abc import Callable, Sequence
from typing import Literal

from bridge.errors import DriveFailed, NoOver
from bridge.session.captions import Caption
from bridge.session.drives import text
from bridge.session.drives.audio import AudioDrive
from bridge.session.drives.backlog import SOURCE_LOST, Backlog
from bridge.session.drives.common import STOP_LIMIT_S, Command, Drive, Line
from bridge.session.drives.effects import Effect, Emit, Unanswered, told_as_it_came
from bridge.session.drives.late import LateAnswers
from bridge.session.drives.patience import ANSWER_LIMIT_S
from bridge.session.drives.question import QuestionDrive
from bridge.session.drives.stream import StreamDrive
from bridge.session.drives.text import TextDrive
from bridge.session.events import CloudMessage, Interrupted, InterruptSource, Problem, UtteranceKind
from bridge.session.utterance import Question, Utterance
from bridge.wire.commands import FRAGMENT_BYTES, TEXT_BYTES
from bridge.wire.events import DriveError, DriveStatus, Passed

KINDS: dict[Command, type[Drive]] = {"text": TextDrive, "stream": StreamDrive, "audio": AudioDrive}

TextCommand = Literal["stream", "text"]
Flow = Literal["open", "held", "over"]
NO_OVER = Problem(NoOver.code, "the cloud never said that this was spoken to its end", NoOver.retryable)
TOO_SOON = 100012
"""The cloud asks for fewer requests a second (manual: "Error Code Description")."""
NO_ANSWER = Problem(
    NoOver.code, "the cloud's bot gave no answer; ask again, or look at it on the cloud's own page", retryable=True
)
CUT_OFF = Problem(DriveFailed.code, "the cloud stopped speaking before all was said")


class Drives:
    """The utterances of a session.

    `new_req_id` yields a fresh id for each drive; `command` is what text is sent with, in clause mode or not; `burst`
    frames of sound may begin a drive without an interval.
    """

    def __init__(
        self,
        new_req_id: Callable[[], str],
        command: TextCommand = "stream",
        *,
        clauses: bool = True,
        burst: int = 0,
    ) -> None:
        self._line = Line(new_req_id, clauses, burst)
        self._command: Command = command
        self._backlog = Backlog(TEXT_BYTES if command == "text" else FRAGMENT_BYTES)
        self._drive: Drive | None = None
        self._replaced: dict[str, Drive] = {}
        self._late = LateAnswers(self._line)
        self._channel_up = False

    @property
    def unfinished(self) -> list[Utterance]:
        """The utterances that have not ended, the speaking one first."""
        return self._backlog.all

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
        effects = self._interrupt(self.unfinished, by, now, replaced=True)[1] if interrupt else []
        effects += self._backlog.open(utterance_id, kind, ref)
        return effects + self._advance(now)

    def push(self, utterance_id: str, clause: str, now: float, *, last: bool = False) -> list[Effect]:
        """Add a clause to an open utterance, the `last` one perhaps; one that ended or is interrupted takes no more.

        Raises QueueFull, and takes nothing, while 8192 clauses wait; ValueError for an utterance of sound.
        """
        return self._advance(now) if self._backlog.push(utterance_id, clause, now, last=last) else []

    def ask(self, utterance_id: str, question: Question, now: float) -> list[Effect]:
        """Let an open utterance be what the cloud's own bot answers to `question`; one that ended asks nothing.

        `Answered` tells the words. If there are none `Unanswered` says why, and the utterance takes clauses instead.
        """
        return self._advance(now) if self._backlog.ask(utterance_id, question) else []

    def audio(self, utterance_id: str, frame: bytes, now: float) -> list[Effect]:
        """Add a frame (at most 5120 bytes, only the last fewer) to an open utterance of kind audio.

        It goes out at once while `flow` is open. Otherwise it waits; when 8 wait already the oldest is dropped.
        Raises ValueError for a frame that is empty, too long, or ends in the middle of a sample, and for an utterance
        of text.
        """
        return self._advance(now) if self._backlog.hold(utterance_id, frame) else []

    def caption(self, utterance_id: str, caption: Caption) -> None:
        """Take what is said at a place in the sound of an utterance; one that takes no more sound takes none."""
        utterance = self._backlog.taking(utterance_id)
        if utterance is not None:
            utterance.caption(caption)

    def arrange(self, utterance_id: str, captions: Sequence[Caption]) -> None:
        """Take all that is said in the sound of an utterance, in place of what was told of it before."""
        utterance = self._backlog.taking(utterance_id)
        if utterance is not None:
            utterance.arrange(captions)

    def flow(self, utterance_id: str) -> Flow:
        """Return whether frames of an utterance may be given now; `held` ones should wait where they come from."""
        utterance = self._backlog.taking(utterance_id)
        if utterance is None:
            return "over"
        drive = self._drive
        is_its_turn = self._next() is utterance if drive is None else drive.utterance is utterance
        awaits_over = drive is not None and drive.final_sent
        return "open" if self._channel_up and is_its_turn and not awaits_over and not utterance.frames else "held"

    def finish(self, utterance_id: str, error: Problem | None, now: float) -> list[Effect]:
        """Say that nothing follows; with `error` the utterance ends `failed` after what came was spoken."""
        return self._advance(now) if self._backlog.complete(utterance_id, error) else []

    def interrupt(
        self, scope: Literal["all", "current"], by: InterruptSource, now: float
    ) -> tuple[tuple[str, ...], list[Effect]]:
        """Stop the utterance that speaks or is next, and with "all" those that wait; return their ids and what to do.

        One that is interrupted already stays so: asking twice for "current" spares the utterance after it.
        """
        return self._interrupt(self.unfinished if scope == "all" else self._current(), by, now, replaced=False)

    def stop(self, utterance_id: str, by: InterruptSource, now: float) -> list[Effect]:
        """Stop one utterance, whether it speaks or waits; one that has ended or is interrupted already stays so."""
        return self._interrupt([u for u in self.unfinished if u.utterance_id == utterance_id], by, now, replaced=False)[
            1
        ]

    def receive(self, status: DriveStatus, now: float) -> list[Effect]:
        """Take a status of the channel."""
        drive = self._find(status.req_id)
        effects: list[Effect] = [told_as_it_came(status, drive and drive.utterance.utterance_id)]
        if drive is None:
            self._late.hear(status)
            return effects + self._advance(now)
        drive.patience.renew()
        if status.speak_status == "Error":
            effects += self._failed(drive, status.error_code, status.error_message)
        elif status.speak_status == drive.over:
            effects += self._over(drive, status.final_type, now)
        elif drive is self._drive:
            effects += drive.hear(status, now)
            self._expect_over(drive, now)
        return effects + self._advance(now)

    def told(self, message: Passed, now: float) -> list[Effect]:
        """Take a message that is no status: the cloud's bot answers a question, or anything else."""
        drive = self._find(message.req_id)
        utterance_id = drive.utterance.utterance_id if drive is not None else None
        effects: list[Effect] = [Emit(CloudMessage(message=message.raw, utterance_id=utterance_id))]
        if not isinstance(drive, QuestionDrive) or drive is not self._drive:
            return effects
        drive.patience.renew()
        effects += drive.answer(message, now)
        self._expect_over(drive, now)
        if drive.is_shown_only:
            self._release(drive)
        return effects + self._advance(now)

    def refused(self, error: DriveError, now: float) -> list[Effect]:
        """Take a drive failure (Type 9) of the channel."""
        drive = self._find(error.req_id)
        if drive is None or drive is not self._drive:
            return []
        if error.code == TOO_SOON and drive.came_too_soon(error.req_id, now):
            return self._advance(now)
        if drive.stop_sent or error.req_id != drive.req_id:
            return self._stop_refused(drive, now)
        if drive.pardons:
            # What was sent to be sure after a reconnect may come as no news to the cloud.
            drive.pardons -= 1
            return drive.patience.ask(now + ANSWER_LIMIT_S) if drive.command == "audio" else []
        if drive.seq > 1 or drive.started:
            # What it took before is perhaps still being spoken.
            if drive.stopping:
                return []
            effects = self._fail(drive, error.code, error.message)
            drive.want_stop(now)
            return effects + self._advance(now)
        return self._failed(drive, error.code, error.message) + self._advance(now)

    def channel(self, *, up: bool, now: float) -> list[Effect]:
        """Take note that the channel is open, or is not."""
        self._channel_up = up
        drive = self._drive
        if not up or drive is None:
            return self._advance(now)
        effects = drive.reconnected(now) if not drive.stopping else []
        drive.shaken = True
        drive.stop_sent = False
        drive.patience.renew()
        self._expect_over(drive, now)
        return effects + self._advance(now)

    def cloud_says(self, *, speaking: bool, now: float) -> list[Effect]:
        """Take statsession's answer to AskCloud: whether the avatar is still speaking.

        An answer that was overtaken, by a sign of life or by the next drive, counts for nothing.
        """
        drive = self._drive
        if drive is None or not drive.patience.asking:
            return []
        if drive.patience.believes(speaking=speaking) or (speaking and drive.stopping):
            self._expect_over(drive, now)
            return []
        return self._despair(drive, now, silent=not speaking) + self._advance(now)

    def abandon(
        self, status: Literal["interrupted", "failed"], error: Problem | None, *, only_sent: bool = False
    ) -> list[Effect]:
        """End every utterance, or only what was sent to a cloud session that is gone; its drives are gone with it."""
        self._drive = None
        self._replaced.clear()
        gone = [utterance for utterance in self.unfinished if utterance.status != "queued" or not only_sent]
        silenced = [effect for u in gone if u.interrupted for effect in self._backlog.end(u, "interrupted", None)]
        return silenced + [effect for u in gone if not u.is_over for effect in self._backlog.end(u, status, error)]

    def tick(self, now: float) -> list[Effect]:
        """Do what is due at `now`."""
        if not self._channel_up:
            return []
        effects: list[Effect] = []
        for drive in [*self._replaced.values()]:
            if drive.patience.has_ended(now):
                effects += self._give_up(drive, silent=True)
        drive = self._drive
        if drive is not None:
            effects += drive.tick(now)
            if drive.patience.has_ended(now):
                effects += self._overdue(drive, now)
        starved = self._backlog.starved(now)
        if starved is not None:
            effects += self.finish(starved.utterance_id, SOURCE_LOST, now)
        return effects + self._advance(now)

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if not self._channel_up:
            return None
        drive = self._drive
        deadlines = [self._backlog.starved_at, *[replaced.patience.ends_at for replaced in self._replaced.values()]]
        if drive is not None:
            deadlines += [drive.patience.ends_at, *drive.deadlines()]
        else:
            deadlines.append(self._late.stops_at)
        if self._may_replace():
            deadlines.append(self._begins_at())
        return min([at for at in deadlines if at is not None], default=None)

    def _interrupt(
        self, candidates: list[Utterance], by: InterruptSource, now: float, *, replaced: bool
    ) -> tuple[tuple[str, ...], list[Effect]]:
        targets = [utterance for utterance in candidates if not utterance.interrupted]
        if not targets:
            return (), []
        ids = tuple(utterance.utterance_id for utterance in targets)
        effects: list[Effect] = [Emit(Interrupted(utterance_ids=ids, by=by))]
        for utterance in targets:
            utterance.silence()
            if self._drive is not None and self._drive.utterance is utterance:
                self._drive.want_stop(now, replaced=replaced)
            else:
                effects += self._backlog.end(utterance, "interrupted", None)
        return ids, effects + self._advance(now)

    def _current(self) -> list[Utterance]:
        if self._drive is not None and not self._drive.utterance.is_over:
            return [self._drive.utterance]
        following = self._next()
        return [following] if following else []

    def _next(self) -> Utterance | None:
        """Return the utterance that speaks when the present drive is over."""
        drive = self._drive
        busy = drive.utterance if drive is not None else None
        return self._backlog.next(busy)

    def _find(self, req_id: str) -> Drive | None:
        """Return the drive of an id, its own or that of its stop, while its Over has not come."""
        drives = (self._drive, *self._replaced.values())
        return next((d for d in drives if d is not None and req_id and req_id in {d.req_id, d.stop_req_id}), None)

    def _advance(self, now: float) -> list[Effect]:
        """Send what may be sent, and end what has nothing to say."""
        effects = self._go_on(now)
        self._backlog.watch(self._next() if self._drive is None else self._drive.utterance, now)
        return effects

    def _go_on(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        while True:
            drive = self._drive
            if drive is not None and not drive.stopping:
                return effects + (self._pump(drive, now) if self._channel_up else [])
            utterance = self._next()
            if drive is None and utterance is not None and utterance.complete and not utterance.has_more:
                effects += self._backlog.end(
                    utterance, "failed" if utterance.source_error else "ended", utterance.source_error
                )
            elif not self._channel_up:
                return effects
            elif utterance is not None and self._may_begin(utterance, now):
                effects += self._begin(utterance, now)
            else:
                return effects + (self._stop(drive, now) if drive is not None else self._late.stop(now))

    def _pump(self, drive: Drive, now: float) -> list[Effect]:
        effects = drive.pump(now)
        if effects:
            self._expect_over(drive, now)
        return effects

    def _stop(self, drive: Drive, now: float) -> list[Effect]:
        if drive.stop_sent:
            return []
        effects = drive.stop(now)
        if drive.stop_sent:
            drive.patience.ends_at = now + STOP_LIMIT_S + drive.tail_s(now)
        return effects

    def _kind_of(self, utterance: Utterance) -> type[Drive]:
        if utterance.asks:
            return QuestionDrive
        return KINDS["audio" if utterance.kind == "audio" else self._command]

    def _may_replace(self) -> bool:
        """Whether a SEND_TEXT may go out now, as far as the present drive is concerned."""
        drive = self._drive
        return drive is None or (drive.command == "text" and drive.stopping)

    def _begins_at(self) -> float | None:
        """Return when a SEND_TEXT that waits may go out."""
        utterance = self._next()
        if utterance is None or self._kind_of(utterance).command != "text":
            return None
        return text.due_at(utterance, self._line)

    def _may_begin(self, utterance: Utterance, now: float) -> bool:
        if self._kind_of(utterance).command != "text":
            return self._drive is None and utterance.has_more
        due = text.due_at(utterance, self._line)
        return self._may_replace() and due is not None and now >= due

    def _begin(self, utterance: Utterance, now: float) -> list[Effect]:
        """Let the utterance speak, or go on speaking, with a new drive."""
        if self._drive is not None:
            self._drive.patience.ends_at = now + STOP_LIMIT_S
            self._replaced[self._drive.req_id] = self._drive
        self._drive = self._kind_of(utterance)(self._line, utterance)
        if utterance.status != "queued":
            return []
        utterance.status = "sent"
        return [Emit(utterance.changed())]

    def _over(self, drive: Drive, final_type: int | None, now: float) -> list[Effect]:
        """Take the end of a drive; its utterance goes on if there is more of it, and `_advance` ends it otherwise."""
        effects = drive.finish(now)
        self._release(drive)
        utterance = drive.utterance
        if utterance.interrupted:
            return effects + self._backlog.end(utterance, "interrupted", None)
        if not drive.final_sent and final_type not in drive.closed_by_cloud:
            return effects + self._backlog.end(utterance, "failed", utterance.source_error or CUT_OFF)
        return effects

    def _failed(self, drive: Drive, code: int, message: str) -> list[Effect]:
        """Take the failure of a drive as its end."""
        self._release(drive)
        return self._fail(drive, code, message)

    def _fail(self, drive: Drive, code: int, message: str) -> list[Effect]:
        if drive.utterance.interrupted:
            return self._backlog.end(drive.utterance, "interrupted", None)
        self._line.guarded = False
        said = f" ({code}: {message})" if message else f" ({code})"
        problem = Problem(DriveFailed.code, f"the cloud could not say this{said}", cloud_code=code)
        if _is_unanswered(drive):
            return self._unanswered(drive, problem)
        return self._backlog.end(drive.utterance, "failed", problem)

    def _stop_refused(self, drive: Drive, now: float) -> list[Effect]:
        effects = drive.retry_stop()
        if effects or drive.patience.asking:
            return effects
        return drive.patience.ask(drive.patience.ends_at or now + STOP_LIMIT_S)

    def _overdue(self, drive: Drive, now: float) -> list[Effect]:
        stop_at = drive.stop_at()
        if stop_at is not None:
            # What has not been told to be silent may still begin to speak.
            drive.patience.ends_at = stop_at
            return []
        if drive.stopping or drive.patience.asking:
            return self._despair(drive, now, silent=True)
        return drive.patience.ask(now + ANSWER_LIMIT_S)

    def _despair(self, drive: Drive, now: float, *, silent: bool) -> list[Effect]:
        """Try another channel before an utterance fails; nobody waits for what is to be stopped, or to go on."""
        wanted = not drive.stopping and not (silent and (drive.goes_on or isinstance(drive, QuestionDrive)))
        return (drive.patience.reopen(now) if wanted else []) or self._give_up(drive, silent=silent)

    def _give_up(self, drive: Drive, *, silent: bool) -> list[Effect]:
        """Wait no longer for an Over; an utterance that has more to say goes on if the cloud is `silent`."""
        self._release(drive)
        utterance = drive.utterance
        if utterance.interrupted:
            return self._backlog.end(utterance, "interrupted", None)
        if silent and drive.goes_on:
            return []
        if _is_unanswered(drive):
            return self._unanswered(drive, NO_ANSWER)
        if silent and isinstance(drive, QuestionDrive) and not drive.started:
            drive.unsay()  # an answer to be read; `_advance` ends it
            return []
        return self._backlog.end(utterance, "failed", NO_OVER)

    def _unanswered(self, drive: Drive, problem: Problem) -> list[Effect]:
        """Let others say something in place of an answer."""
        drive.utterance.complete = False
        return [Unanswered(drive.utterance.utterance_id, problem)]

    def _expect_over(self, drive: Drive, now: float) -> None:
        if not drive.stopping:
            drive.patience.expect(drive.left_s(now), now)

    def _release(self, drive: Drive) -> None:
        if isinstance(drive, QuestionDrive) and not drive.started:
            self._late.expect(drive.req_id)
        if drive is self._drive:
            self._drive = None
        else:
            del self._replaced[drive.req_id]


def _is_unanswered(drive: Drive) -> bool:
    return isinstance(drive, QuestionDrive) and drive.is_unanswered and not drive.silenced

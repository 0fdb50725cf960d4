"""The playout of one session: which clause sounds when, and the statuses that follow from it. PURE.

A drive is a row of clauses. A clause is queued before it is spoken; once its speech is there it is placed on the media
clock: right behind the clause before it, or a moment after now where nothing sounds. Statuses are due when the
playhead passes a beginning or an end, never earlier.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from audio.pcm import Samples
from emulator.performance import SAMPLE_RATE, Phoneme
from emulator.speech.cues import (
    CLIENT_FINAL,
    Begin,
    Cue,
    Fail,
    Finish,
    Interrupt,
    Kind,
    Provide,
    Queue,
    SpeakStatus,
    Status,
)
from emulator.speech.recording import Recording
from emulator.speech.speech import Speech

LEAD_SECONDS: dict[Kind, float] = {"text": 0.06, "stream": 0.06, "audio": 0.2}
"""From the moment a speech is there to its first sample, where it follows no other without a gap.

Sound that arrives frame by frame waits longer, so that a late frame leaves no hole.
"""

_TEXT_STATUSES: tuple[SpeakStatus, ...] = ("WaitingTextStart", "TextStart", "WaitingTextOver", "TextOver")
_AUDIO_STATUSES: tuple[SpeakStatus, ...] = ("WaitingAudioStart", "AudioStart", "WaitingAudioOver", "AudioOver")


@dataclass(slots=True)
class _Clause:
    ticket: int
    seq: int
    text: str
    inserted: bool
    speech: Speech | None = None
    start: int | None = None

    @property
    def end(self) -> int:
        assert self.start is not None
        assert self.speech is not None
        return self.start + self.speech.pcm48.size


@dataclass(slots=True)
class _Drive:
    req_id: str
    kind: Kind
    sentences: bool
    started: bool = False
    final: Finish | None = None
    final_at: float = 0.0
    sounding: _Clause | None = None
    waiting: deque[_Clause] = field(default_factory=deque[_Clause])


class Timeline:
    """One session's playout; it holds at most one drive, and a new one interrupts it."""

    def __init__(self) -> None:
        self._recording = Recording()
        self._drive: _Drive | None = None

    @property
    def running(self) -> str | None:
        """The ReqId of the drive that has no end yet."""
        return self._drive.req_id if self._drive else None

    @property
    def running_kind(self) -> Kind | None:
        """The kind of the running drive."""
        return self._drive.kind if self._drive else None

    @property
    def started(self) -> bool:
        """Whether the running drive has begun to sound."""
        return self._drive is not None and self._drive.started

    @property
    def sounds(self) -> bool:
        """Whether the running drive has sound that is not over."""
        return self._drive is not None and bool(self._drive.sounding or self._drive.waiting)

    @property
    def waiting(self) -> int:
        """How many clauses of the running drive have not begun."""
        return len(self._drive.waiting) if self._drive else 0

    def receive(self, cue: Cue, now: float) -> list[Status]:
        """Take `cue` at media time `now`; return the statuses that are due."""
        statuses = self.tick(now)
        match cue:
            case Begin():
                statuses += self._end_early(now)
                self._drive = _Drive(cue.req_id, cue.kind, cue.sentences)
                statuses.append(self._status(self._drive, now, _names(self._drive)[0]))
            case Queue():
                self._queue(cue)
            case Provide():
                self._provide(cue)
            case Fail():
                if self._find(cue.ticket):
                    statuses += self._end_early(now, "Error")
            case Finish():
                if self._drive and self._drive.final is None:
                    self._drive.final, self._drive.final_at = cue, now
            case Interrupt():
                statuses += self._end_early(now)
        self._place(now)
        return statuses + self.tick(now)

    def tick(self, now: float) -> list[Status]:
        """Return the statuses that are due by media time `now`, in order."""
        statuses: list[Status] = []
        while self._drive is not None:
            step = self._step(self._drive, now)
            if step is None:
                break
            statuses += step
        self._recording.forget(int(now * SAMPLE_RATE))
        return statuses

    def next_deadline(self) -> float | None:
        """Return the media time of the next status, None while only an event can bring one."""
        drive = self._drive
        if drive is None:
            return None
        if drive.sounding is not None:
            return drive.sounding.end / SAMPLE_RATE
        if drive.waiting and drive.waiting[0].start is not None:
            return drive.waiting[0].start / SAMPLE_RATE
        return None

    def unspoken(self) -> tuple[int, str] | None:
        """Return ticket and text of the next clause whose speech is wanted."""
        waiting = self._drive.waiting if self._drive else ()
        return next(((c.ticket, c.text) for c in waiting if c.speech is None and c.text), None)

    def audio(self, start: int, count: int) -> Samples:
        """Return `count` samples from sample `start` of the media clock."""
        return self._recording.audio(start, count)

    def phonemes(self, start: float, end: float) -> Sequence[Phoneme]:
        """Return the phonemes that overlap [start, end) of media time."""
        return self._recording.phonemes(start, end)

    def actions(self) -> tuple[float, ...]:
        """Return the media times of all actions that are placed and kept."""
        return self._recording.actions()

    def spoken(self, now: float) -> Samples:
        """Return what has sounded by media time `now`, as far as it is kept, without the silence between."""
        return self._recording.spoken(int(now * SAMPLE_RATE))

    def _step(self, drive: _Drive, now: float) -> list[Status] | None:
        """Let the playhead pass one beginning or end; None when none is due."""
        if drive.sounding is not None:
            if drive.sounding.end / SAMPLE_RATE > now:
                return None
            clause, drive.sounding = drive.sounding, None
            return self._sentence(drive, clause.end / SAMPLE_RATE, "SentenceOver", clause.seq)
        if drive.waiting:
            if drive.waiting[0].start is None or drive.waiting[0].start / SAMPLE_RATE > now:
                return None
            return self._start(drive, drive.waiting.popleft())
        if drive.final is None:
            return None
        return self._end(drive, drive.final)

    def _start(self, drive: _Drive, clause: _Clause) -> list[Status]:
        assert clause.start is not None
        due = clause.start / SAMPLE_RATE
        drive.sounding = clause
        statuses: list[Status] = []
        if not drive.started:
            drive.started = True
            statuses.append(self._status(drive, due, _names(drive)[1]))
        statuses += self._sentence(drive, due, "SentenceStart", clause.seq)
        if drive.final is None or drive.waiting:
            statuses += self._sentence(drive, due, "SentenceNext", clause.seq)
        return statuses

    def _end(self, drive: _Drive, final: Finish) -> list[Status]:
        self._drive = None
        due = max(drive.final_at, self._recording.end / SAMPLE_RATE if drive.started else 0.0)
        names = _names(drive)[2 if drive.started else 1 :]
        return [self._status(drive, due, name, final.final_type) for name in names]

    def _end_early(self, now: float, name: SpeakStatus | None = None) -> list[Status]:
        drive, self._drive = self._drive, None
        if drive is None:
            return []
        self._recording.cut(math.ceil(now * SAMPLE_RATE))
        statuses: list[Status] = []
        if drive.sounding is not None:
            statuses += self._sentence(drive, now, "SentenceOver", drive.sounding.seq)
        return [*statuses, self._status(drive, now, name or _names(drive)[-1], CLIENT_FINAL)]

    def _queue(self, cue: Queue) -> None:
        drive = self._drive
        if drive is None:
            return
        clause = _Clause(cue.ticket, cue.seq, cue.text, cue.insert)
        if not cue.insert:
            drive.waiting.append(clause)
            return
        position = _after_current(drive)
        self._take_back(drive, position)
        drive.waiting.insert(position, clause)

    def _take_back(self, drive: _Drive, position: int) -> None:
        """Undo the placing of the clauses from `position` on, for another one comes before them."""
        placed = [c for c in list(drive.waiting)[position:] if c.start is not None]
        if placed and placed[0].start is not None:
            self._recording.take_back(placed[0].start)
        for clause in placed:
            clause.start = None

    def _provide(self, cue: Provide) -> None:
        clause = self._find(cue.ticket)
        if clause is not None and clause.speech is None:
            clause.speech = cue.speech

    def _find(self, ticket: int) -> _Clause | None:
        waiting = self._drive.waiting if self._drive else ()
        return next((clause for clause in waiting if clause.ticket == ticket), None)

    def _place(self, now: float) -> None:
        """Give every clause its place whose speech, and that of all before it, is there."""
        drive = self._drive
        if drive is None:
            return
        for clause in drive.waiting:
            if clause.speech is None:
                break
            if clause.start is None:
                end = self._recording.end
                joins = end / SAMPLE_RATE >= now and (drive.started or clause is not drive.waiting[0])
                clause.start = end if joins else math.ceil((now + LEAD_SECONDS[drive.kind]) * SAMPLE_RATE)
                self._recording.place(clause.speech, clause.start)

    def _sentence(self, drive: _Drive, due: float, name: SpeakStatus, seq: int) -> list[Status]:
        return [self._status(drive, due, name, seq=seq)] if drive.sentences else []

    def _status(
        self, drive: _Drive, due: float, name: SpeakStatus, final_type: int | None = None, seq: int = 0
    ) -> Status:
        return Status(due, drive.req_id, name, seq, final_type if name == "AudioOver" else None)


def _names(drive: _Drive) -> tuple[SpeakStatus, ...]:
    return _AUDIO_STATUSES if drive.kind == "audio" else _TEXT_STATUSES


def _after_current(drive: _Drive) -> int:
    """Return where an inserted clause goes: behind the one at hand and those inserted there before."""
    for position, clause in enumerate(drive.waiting):
        at_hand = position == 0 and drive.sounding is None and clause.start is not None
        if not clause.inserted and not at_hand:
            return position
    return len(drive.waiting)

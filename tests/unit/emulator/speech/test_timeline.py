"""The timeline against a naive model that computes a whole drive at once from its schedule."""

import math
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.performance import SAMPLE_RATE, Phoneme
from emulator.speech.cues import Begin, Cue, Fail, Finish, Interrupt, Kind, Provide, Queue, Status
from emulator.speech.recording import FADE
from emulator.speech.speech import Speech
from emulator.speech.timeline import LEAD_SECONDS, Timeline

MS = SAMPLE_RATE // 1000


def speech(milliseconds: int, level: int = 1000) -> Speech:
    sound = np.full(milliseconds * MS, level, np.int16)
    return Speech(sound, (Phoneme("a", "en", 0.0, milliseconds / 1000),) if milliseconds else ())


@dataclass(frozen=True)
class Clause:
    queued: float
    provided: float
    milliseconds: int


@dataclass(frozen=True)
class Schedule:
    kind: Kind
    sentences: bool
    clauses: list[Clause]
    finished: float
    interrupted: float | None

    def cues(self) -> list[tuple[float, Cue]]:
        cues: list[tuple[float, Cue]] = [(0.0, Begin("R", self.kind, self.sentences))]
        for number, clause in enumerate(self.clauses, 1):
            cues.append((clause.queued, Queue(number, number, "text")))
            cues.append((clause.provided, Provide(number, speech(clause.milliseconds, number))))
        cues.append((self.finished, Finish()))
        if self.interrupted is not None:
            cues.append((self.interrupted, Interrupt()))
        return sorted(cues, key=lambda cue: cue[0])


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """Clauses are queued on full milliseconds, finished at .3 and interrupted at .7 of one: no two coincide."""
    queued = 0.0
    clauses: list[Clause] = []
    for _ in range(draw(st.integers(0, 5))):
        queued += draw(st.integers(0, 200)) / 1000
        provided = queued + draw(st.integers(0, 300)) / 1000
        clauses.append(Clause(queued, provided, draw(st.sampled_from([0, 1, 7, 40, 90, 250]))))
    finished = queued + draw(st.integers(0, 400)) / 1000 + 0.0003
    interrupted = draw(st.one_of(st.none(), st.integers(0, 1500).map(lambda ms: ms / 1000 + 0.0007)))
    kind: Kind = draw(st.sampled_from(get_args(Kind)))
    return Schedule(kind, draw(st.booleans()), clauses, finished, interrupted)


def starts(schedule: Schedule) -> list[int]:
    """Return the first sample of each clause: it joins the one before, or follows a lead after it is there."""
    found: list[int] = []
    end: int | None = None
    there = 0.0
    for clause in schedule.clauses:
        there = max(there, clause.provided)
        joins = end is not None and there <= end / SAMPLE_RATE
        start = end if joins and end is not None else math.ceil((there + LEAD_SECONDS[schedule.kind]) * SAMPLE_RATE)
        found.append(start)
        end = start + clause.milliseconds * MS
    return found


def expected(schedule: Schedule) -> list[tuple[str, int, float]]:
    """Return name, Seq and due time of every status."""
    word = "Audio" if schedule.kind == "audio" else "Text"
    rows = [(f"Waiting{word}Start", 0, 0.0)]
    began = starts(schedule)
    over = schedule.finished
    for number, (start, clause) in enumerate(zip(began, schedule.clauses, strict=True), 1):
        due, end = start / SAMPLE_RATE, start / SAMPLE_RATE + clause.milliseconds / 1000
        if number == 1:
            rows.append((f"{word}Start", 0, due))
        if schedule.sentences:
            more = any(later.queued <= due for later in schedule.clauses[number:])
            rows.append(("SentenceStart", number, due))
            rows += [("SentenceNext", number, due)] if more or schedule.finished > due else []
            rows.append(("SentenceOver", number, end))
        over = max(over, end)
    rows += [] if schedule.clauses else [(f"{word}Start", 0, over)]
    rows += [(f"Waiting{word}Over", 0, over), (f"{word}Over", 0, over)]
    cut = schedule.interrupted
    if cut is None or cut > over:
        return rows
    kept = [row for row in rows if row[2] <= cut]
    open_clause = [seq for name, seq, _ in kept if name == "SentenceStart"][-1:]
    if open_clause and ("SentenceOver", open_clause[0]) not in {row[:2] for row in kept}:
        kept.append(("SentenceOver", open_clause[0], cut))
    return [*kept, (f"{word}Over", 0, cut)]


def play(schedule: Schedule, extra_ticks: list[float]) -> tuple[Timeline, list[tuple[float, Status]]]:
    """Run the timeline as a shell does: at its deadlines, at the cues, and at other times as well."""
    timeline = Timeline()
    seen: list[tuple[float, Status]] = []
    cues = schedule.cues()
    ticks = sorted(extra_ticks)
    while True:
        times = [t for t in (timeline.next_deadline(), cues[0][0] if cues else None) if t is not None]
        times += ticks[:1]
        if not times:
            return timeline, seen
        now = min(times)
        if ticks and ticks[0] == now:
            ticks.pop(0)
            seen += [(now, status) for status in timeline.tick(now)]
        elif timeline.next_deadline() == now:
            seen += [(now, status) for status in timeline.tick(now)]
        else:
            seen += [(now, status) for status in timeline.receive(cues.pop(0)[1], now)]


@given(schedule=schedules(), ticks=st.lists(st.floats(0, 3), max_size=5))
def test_statuses_are_those_of_the_naive_model(schedule: Schedule, ticks: list[float]):
    _, seen = play(schedule, ticks)
    wanted = expected(schedule)
    assert [(status.name, status.seq) for _, status in seen] == [row[:2] for row in wanted]
    assert [status.due for _, status in seen] == pytest.approx([row[2] for row in wanted], abs=1e-9)
    for now, status in seen:
        assert status.due - 1e-9 <= now <= status.due + 1e-9


@given(schedule=schedules())
def test_the_sound_is_that_of_the_naive_model(schedule: Schedule):
    timeline, _ = play(schedule, [])
    began = starts(schedule)
    wanted = np.zeros(4 * SAMPLE_RATE, np.int16)
    for number, (start, clause) in enumerate(zip(began, schedule.clauses, strict=True), 1):
        wanted[start : start + clause.milliseconds * MS] = number
    heard = timeline.audio(0, wanted.size)
    cut = schedule.interrupted
    if cut is None:
        assert np.array_equal(heard, wanted)
        return
    at = math.ceil(cut * SAMPLE_RATE)
    assert np.array_equal(heard[:at], wanted[:at])
    assert not heard[at + FADE :].any() or cut > expected(schedule)[-1][2]


def begin(timeline: Timeline, *milliseconds: int, final: bool = True) -> None:
    timeline.receive(Begin("R", "stream", sentences=True), 0.0)
    for number, length in enumerate(milliseconds, 1):
        timeline.receive(Queue(number, number, "text"), 0.0)
        timeline.receive(Provide(number, speech(length, number)), 0.0)
    if final:
        timeline.receive(Finish(), 0.0)


def names(statuses: list[Status]) -> list[str]:
    return [status.name for status in statuses]


def test_a_new_drive_interrupts_the_running_one():
    timeline = Timeline()
    begin(timeline, 500)
    timeline.tick(0.1)
    statuses = timeline.receive(Begin("S", "text"), 0.2)
    assert [(s.req_id, s.name) for s in statuses] == [
        ("R", "SentenceOver"),
        ("R", "TextOver"),
        ("S", "WaitingTextStart"),
    ]
    assert timeline.running == "S"
    assert not timeline.audio(math.ceil(0.2 * SAMPLE_RATE) + FADE, SAMPLE_RATE).any()


def test_an_interrupted_sound_dies_away_within_the_fade():
    timeline = Timeline()
    begin(timeline, 500)
    timeline.receive(Interrupt(), 0.3)
    tail = timeline.audio(math.ceil(0.3 * SAMPLE_RATE), FADE)
    assert tail[0] == 1
    assert tail[-1] == 0


def test_phonemes_stand_on_the_media_clock_and_are_cut_with_the_sound():
    timeline = Timeline()
    begin(timeline, 200, 100)
    lead = LEAD_SECONDS["stream"]
    assert [(p.start, p.end) for p in timeline.phonemes(0.0, 1.0)] == pytest.approx(
        [(lead, lead + 0.2), (lead + 0.2, lead + 0.3)]
    )
    assert [p.start for p in timeline.phonemes(lead + 0.2, 1.0)] == pytest.approx([lead + 0.2])
    assert timeline.phonemes(0.0, lead) == ()
    timeline.receive(Interrupt(), lead + 0.1)
    assert [(p.start, p.end) for p in timeline.phonemes(0.0, 1.0)] == pytest.approx([(lead, lead + 0.1)])


def test_an_inserted_clause_comes_behind_the_one_that_sounds():
    timeline = Timeline()
    begin(timeline, 100, 100, 100, final=False)
    order = [(s.name, s.seq) for s in timeline.tick(0.2)]
    timeline.receive(Queue(4, 4, "text", insert=True), 0.2)
    timeline.receive(Queue(5, 5, "text", insert=True), 0.2)
    timeline.receive(Provide(4, speech(100, 4)), 0.2)
    timeline.receive(Provide(5, speech(100, 5)), 0.2)
    while (due := timeline.next_deadline()) is not None:
        order += [(s.name, s.seq) for s in timeline.tick(due)]
    assert [seq for name, seq in order if name == "SentenceStart"] == [1, 2, 4, 5, 3]
    heard = timeline.audio(0, SAMPLE_RATE)
    assert [int(level) for level in heard[np.flatnonzero(np.diff(heard, prepend=0))]] == [1, 2, 4, 5, 3, 0]


def test_an_inserted_clause_waits_for_its_speech_and_the_others_with_it():
    timeline = Timeline()
    begin(timeline, 100, 100, final=False)
    timeline.tick(0.1)
    timeline.receive(Queue(3, 3, "text", insert=True), 0.1)
    assert not timeline.audio(math.ceil(0.16 * SAMPLE_RATE), SAMPLE_RATE).any()
    timeline.tick(0.2)
    timeline.receive(Provide(3, speech(100, 3)), 0.3)
    heard = timeline.audio(0, SAMPLE_RATE)
    assert [int(level) for level in heard[np.flatnonzero(np.diff(heard, prepend=0))]] == [1, 0, 3, 2, 0]


def test_a_clause_that_cannot_be_spoken_ends_its_drive_with_error():
    timeline = Timeline()
    timeline.receive(Begin("R", "stream", sentences=True), 0.0)
    timeline.receive(Queue(1, 1, "text"), 0.0)
    assert timeline.unspoken() == (1, "text")
    assert names(timeline.receive(Fail(1), 0.1)) == ["Error"]
    assert timeline.running is None
    assert timeline.unspoken() is None


def test_speech_of_the_past_is_ignored():
    timeline = Timeline()
    timeline.receive(Begin("R", "stream"), 0.0)
    timeline.receive(Queue(1, 1, "text"), 0.0)
    timeline.receive(Interrupt(), 0.1)
    assert timeline.receive(Provide(1, speech(100)), 0.2) == []
    assert not timeline.audio(0, SAMPLE_RATE).any()


def test_old_sound_is_forgotten():
    timeline = Timeline()
    begin(timeline, 500)
    timeline.tick(1.0)
    assert timeline.spoken(1.0).size == 500 * MS
    timeline.tick(400.0)
    assert timeline.spoken(400.0).size == 0


@given(piece=st.integers(1, 4801))
def test_pieces_give_what_the_whole_gives(piece: int):
    timeline = Timeline()
    begin(timeline, 50, 1, 120)
    whole = timeline.audio(0, SAMPLE_RATE // 4)
    pieces = [timeline.audio(start, piece) for start in range(0, whole.size, piece)]
    assert np.array_equal(np.concatenate(pieces)[: whole.size], whole)

"""A source that gives nothing more and does not say so holds up those behind it for five minutes, and no longer."""

from bridge.session.drives.backlog import SOURCE_LIMIT_S
from tests.support.stage import Stage


def ends(stage: Stage, name: str) -> list[tuple[str, str | None]]:
    return [(e.status, e.error.code if e.error else None) for e in stage.changes(name) if e.heard is not None]


def test_a_text_that_never_comes_lets_the_next_one_speak():
    stage = Stage()
    stage.open("a", "stream", 0.0)
    stage.say("b", "Next.", now=1.0)
    assert stage.packets == []
    assert stage.drives.next_deadline() == SOURCE_LIMIT_S
    stage.tick(SOURCE_LIMIT_S)
    assert ends(stage, "a") == [("failed", "source_lost")]
    assert stage.packets == [("r1", "Next.", 1, True, False)]


def test_one_that_stops_in_the_middle_is_spoken_as_far_as_it_came():
    stage = Stage()
    stage.open("a", "stream", 0.0)
    stage.push("a", "Well, ", 0.0)
    stage.hear("r1", "TextStart", now=0.1)
    stage.hear("r1", "SentenceStart", 1, now=0.1)
    stage.hear("r1", "SentenceNext", 1, now=0.2)
    stage.push("a", "as I said, ", 100.0)
    stage.hear("r1", "SentenceStart", 2, now=100.0)
    stage.hear("r1", "SentenceNext", 2, now=101.0)
    stage.tick(SOURCE_LIMIT_S + 1)
    assert ends(stage, "a") == []
    stage.tick(100.0 + SOURCE_LIMIT_S)
    assert stage.packets[-1] == ("r1", "", 3, True, False)
    stage.hear("r1", "TextOver", now=101.0 + SOURCE_LIMIT_S)
    assert ends(stage, "a") == [("failed", "source_lost")]


def test_without_clauses_too():
    stage = Stage(clauses=False)
    stage.open("a", "stream", 0.0)
    stage.push("a", "Well, ", 0.0)
    stage.hear("r1", "TextStart", now=0.1)
    stage.tick(1.5)
    stage.hear("r1", "TextOver", now=2.0)
    stage.tick(SOURCE_LIMIT_S - 1)
    assert ends(stage, "a") == []
    stage.tick(SOURCE_LIMIT_S)
    assert ends(stage, "a") == [("failed", "source_lost")]


def test_the_time_of_those_before_it_does_not_count():
    stage = Stage()
    stage.open("a", "stream", 0.0)
    stage.open("b", "stream", 0.0)
    stage.push("a", "A long one.", 200.0, last=True)
    stage.hear("r1", "TextStart", now=200.1)
    stage.hear("r1", "TextOver", now=210.0)
    stage.tick(SOURCE_LIMIT_S + 1)
    assert ends(stage, "b") == []
    stage.tick(210.0 + SOURCE_LIMIT_S)
    assert ends(stage, "b") == [("failed", "source_lost")]


def test_a_microphone_may_be_silent_for_hours():
    stage = Stage()
    stage.open("a", "audio", 0.0)
    assert stage.drives.next_deadline() is None
    stage.tick(10_000.0)
    assert stage.play("a", 10_000.0)


def test_what_was_interrupted_starves_no_more():
    stage = Stage()
    stage.open("a", "stream", 0.0)
    stage.interrupt(1.0)
    assert stage.drives.next_deadline() is None

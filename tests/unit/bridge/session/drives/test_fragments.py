"""SEND_STREAMTEXT without clause mode, and interrupts of streams whose packets may be lost."""

import pytest

from tests.support.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage(clauses=False)


def test_fragments_go_out_as_they_come(stage: Stage):
    stage.open("a", "stream")
    stage.push("a", "One, ", 0.0)
    stage.push("a", "two ", 0.1)
    stage.push("a", "three.", 0.2, last=True)
    assert stage.packets == [
        ("r1", "One, ", 1, False, False),
        ("r1", "two ", 2, False, False),
        ("r1", "three.", 3, True, False),
    ]
    stage.hear("r1", "TextStart", now=0.3)
    stage.hear("r1", "SentenceStart", 1, now=0.3)
    stage.hear("r1", "TextOver", now=2.0)
    assert stage.changes("a")[-1].heard == "One, two three."
    assert stage.sentences == [], "the cloud's clauses are not our fragments"


def test_a_source_that_falls_silent_goes_on_in_another_drive(stage: Stage):
    stage.open("a", "stream")
    stage.push("a", "One, ", 0.0)
    stage.hear("r1", "TextStart", now=0.3)
    assert stage.drives.next_deadline() == pytest.approx(1.5)
    stage.tick(1.5)
    assert stage.packets[1:] == [("r1", "", 2, True, False)]
    stage.push("a", "two.", 1.6, last=True)
    stage.hear("r1", "TextOver", now=2.0)
    assert stage.packets[2:] == [("r2", "two.", 1, True, False)]
    stage.hear("r2", "TextOver", now=3.0)
    assert stage.statuses("a") == ["queued", "sent", "started", "ended"]
    assert stage.changes("a")[-1].heard == "One, two."


@pytest.mark.parametrize("final_type", [2, None])
def test_a_drive_that_the_cloud_closed_goes_on_in_another(stage: Stage, final_type: int | None):
    stage.open("a", "stream")
    stage.push("a", "One, ", 0.0)
    stage.hear("r1", "TextOver", now=1.0, final_type=final_type)
    stage.push("a", "two.", 1.2, last=True)
    assert stage.packets[1:] == [("r2", "two.", 1, True, False)]


def test_in_clause_mode_only_the_cloud_word_for_it_makes_it_go_on():
    for final_type, status in ((2, "sent"), (None, "failed"), (3, "failed")):
        stage = Stage()
        stage.open("a", "stream")
        stage.push("a", "One. ", 0.0)
        stage.hear("r1", "TextOver", now=1.0, final_type=final_type)
        assert stage.statuses("a")[-1] == status


def test_after_a_break_it_is_closed_and_goes_on_in_another_drive(stage: Stage):
    stage.open("a", "stream")
    stage.push("a", "One, ", 0.0)
    stage.hear("r1", "TextStart", now=0.3)
    stage.reconnect(0.4, 0.6)
    stage.push("a", "two.", 0.7, last=True)
    assert stage.packets[1:] == [("r1", "", 2, True, False)]
    stage.hear("r1", "TextOver", now=1.0, final_type=2)
    assert stage.packets[2:] == [("r2", "two.", 1, True, False)]


def test_a_drive_that_never_began_is_repeated_after_a_break(stage: Stage):
    stage.open("a", "stream")
    stage.push("a", "One, ", 0.0)
    stage.push("a", "two.", 0.1, last=True)
    stage.reconnect(0.2, 0.4)
    stage.tick(1.4)
    assert stage.packets[2:] == stage.packets[:2]


def lost_clause() -> Stage:
    """Return a stage on which clause 2 was perhaps lost with the channel, and then there was an interrupt."""
    stage = Stage()
    stage.say("a", "One. ", "Two. ", "Three.")
    for status, seq in (("TextStart", 0), ("SentenceStart", 1), ("SentenceNext", 1)):
        stage.hear("r1", status, seq)
    stage.reconnect(2.0, 3.0)
    stage.interrupt(3.1)
    assert stage.packets[2:] == [("r1", "", 3, True, True)]
    return stage


def test_an_interrupt_that_a_strict_cloud_refuses_is_repeated_with_the_number_that_fits():
    stage = lost_clause()
    stage.refuse("r1", 3.2)
    assert stage.packets[3:] == [("r1", "", 2, True, True)]
    assert stage.statuses("a")[-1] == "started"
    stage.hear("r1", "TextOver", now=3.4)
    assert stage.statuses("a")[-1] == "interrupted"


def test_numbers_that_have_arrived_are_not_tried():
    stage = lost_clause()
    stage.hear("r1", "SentenceStart", 2, now=3.15)
    assert stage.refuse("r1", 3.2) != []
    assert stage.packets[3:] == []
    assert stage.asked == 1


def test_an_interrupt_that_is_refused_whatever_its_number_asks_and_has_its_limit():
    stage = lost_clause()
    stage.refuse("r1", 3.2)
    stage.refuse("r1", 3.3)
    assert stage.asked == 1
    stage.do(stage.drives.cloud_says(speaking=True, now=3.5))
    stage.tick(6.0)
    assert stage.statuses("a")[-1] == "started"
    stage.tick(6.1)
    assert stage.statuses("a")[-1] == "interrupted"


def test_an_interrupt_that_was_lost_itself_is_sent_again_with_the_same_number():
    stage = Stage()
    stage.say("a", "One. ", "Two.")
    stage.hear("r1", "TextStart")
    stage.interrupt(2.0)
    stage.reconnect(2.1, 2.5)
    assert stage.packets[1:] == [("r1", "", 2, True, True)] * 2


def test_a_refused_fragment_fails_its_utterance_and_stops_what_came_before():
    stage = Stage()
    stage.say("a", "One. ", "Two.")
    stage.say("b", "Next.")
    stage.hear("r1", "TextStart")
    stage.refuse("r1", 1.5)
    assert stage.statuses("a")[-1] == "failed"
    assert stage.packets[1:] == [("r1", "", 2, True, True)]
    stage.hear("r1", "TextOver", now=1.7)
    assert stage.packets[2:] == [("r2", "Next.", 1, True, False)]


def test_what_was_repeated_to_be_sure_may_be_refused():
    stage = Stage()
    stage.say("a", "Hello.")
    stage.reconnect(0.1, 0.2)
    stage.tick(1.2)
    assert len(stage.packets) == 2
    stage.refuse("r1", 1.3)
    assert stage.statuses("a")[-1] == "sent"
    stage.hear("r1", "TextStart", now=1.4)
    stage.hear("r1", "TextOver", now=2.0)
    assert stage.statuses("a")[-1] == "ended"

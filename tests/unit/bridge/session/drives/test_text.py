"""SEND_TEXT (manual: "Instruction Sending Requirements", "Text-driven Instructions")."""

import pytest

from tests.support.stage import Stage

TOO_LONG = "好" * 1400


@pytest.fixture
def stage() -> Stage:
    return Stage("text")


def test_a_whole_text_is_one_command_and_its_over_the_end(stage: Stage):
    stage.say("a", "One. ", "Two.")
    assert stage.texts == [("r1", "One. Two.", False)]
    stage.hear("r1", "TextStart")
    stage.hear("r1", "TextOver", now=3.0)
    assert stage.statuses("a") == ["queued", "sent", "started", "ended"]
    assert stage.changes("a")[-1].heard == "One. Two."
    assert stage.sentences == [(1, "One. Two.", "started"), (1, "One. Two.", "ended")]


def test_the_first_words_of_a_source_wait_a_moment_for_the_next_ones(stage: Stage):
    stage.open("a", "stream")
    stage.push("a", "One. ", 0.0)
    stage.push("a", "Two. ", 0.02)
    assert stage.texts == []
    assert stage.drives.next_deadline() == pytest.approx(0.05)
    stage.tick(0.05)
    assert stage.texts == [("r1", "One. Two. ", False)]
    stage.push("a", "Three. ", 0.5)
    stage.push("a", "Four.", 0.6)
    stage.finish("a", 0.6)
    stage.hear("r1", "TextOver", now=2.0)
    assert stage.texts[1:] == [("r2", "Three. Four.", False)]
    stage.hear("r2", "TextOver", now=4.0)
    assert stage.changes("a")[-1].heard == "One. Two. Three. Four."


def test_more_than_4000_bytes_go_out_one_after_the_other(stage: Stage):
    stage.say("a", TOO_LONG)
    assert [len(text) for _, text, _ in stage.texts] == [1333]
    stage.hear("r1", "TextStart")
    stage.hear("r1", "TextOver", now=300.0)
    assert "".join(text for _, text, _ in stage.texts) == TOO_LONG
    assert stage.statuses("a")[-1] == "started"
    stage.hear("r2", "TextOver", now=310.0)
    assert stage.changes("a")[-1].heard == TOO_LONG


def test_two_texts_are_never_within_a_second(stage: Stage):
    stage.say("a", "One.")
    stage.say("b", "Two.", now=0.1)
    stage.hear("r1", "TextStart", now=0.1)
    stage.hear("r1", "TextOver", now=0.3)
    assert len(stage.texts) == 1
    assert stage.drives.next_deadline() == pytest.approx(1.05)
    stage.tick(1.05)
    assert stage.texts[1:] == [("r2", "Two.", False)]


def test_a_new_text_stops_the_old_one_by_itself(stage: Stage):
    stage.say("a", "Long.")
    stage.hear("r1", "TextStart", now=0.2)
    stage.say("b", "Now this.", now=2.0, interrupt=True)
    assert stage.texts[1:] == [("r2", "Now this.", False)]
    assert stage.statuses("a") == ["queued", "sent", "started"]
    stage.hear("r1", "TextOver", now=2.1)
    assert stage.statuses("a")[-1] == "interrupted"
    stage.hear("r2", "TextStart", now=2.2)
    assert stage.statuses("b")[-1] == "started"


def test_a_text_that_was_replaced_and_owes_its_over_ends_by_itself(stage: Stage):
    stage.say("a", "Long.")
    stage.say("b", "Now this.", now=2.0, interrupt=True)
    stage.tick(4.9)
    assert stage.statuses("a")[-1] == "sent"
    stage.tick(5.0)
    assert stage.statuses("a")[-1] == "interrupted"
    assert stage.statuses("b")[-1] == "sent"


def test_an_interrupt_without_a_new_text_is_an_empty_one_with_an_id_of_its_own(stage: Stage):
    stage.say("a", "Long.")
    stage.hear("r1", "TextStart", now=0.2)
    stage.interrupt(2.0)
    assert stage.texts[1:] == [("r2", "", True)]
    stage.hear("r1", "TextOver", now=2.3)
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_stop_that_makes_way_for_a_new_text_waits_a_moment_for_it(stage: Stage):
    stage.say("a", "Long.")
    stage.hear("r1", "TextStart", now=0.2)
    stage.open("b", "stream", 2.0, interrupt=True)
    stage.tick(2.09)
    assert stage.texts[1:] == []
    stage.tick(2.1)
    assert stage.texts[1:] == [("r2", "", True)]
    stage.push("b", "Late words.", 2.2, last=True)
    stage.tick(3.14)
    assert stage.texts[2:] == []
    stage.tick(3.16)
    assert stage.texts[2:] == [("r3", "Late words.", False)]


def test_an_interrupt_is_held_until_text_start_and_a_second_after_the_text(stage: Stage):
    stage.say("a", "Long.")
    stage.interrupt(0.1)
    stage.tick(0.9)
    assert stage.texts[1:] == []
    stage.hear("r1", "TextStart", now=1.0)
    assert stage.texts[1:] == []
    stage.tick(1.05)
    assert stage.texts[1:] == [("r2", "", True)]


def test_an_interrupt_does_not_wait_forever_for_text_start(stage: Stage):
    stage.say("a", "Long enough to take some seconds, as it is a whole sentence.")
    stage.interrupt(0.1)
    stage.tick(3.0)
    assert stage.texts[1:] == []
    stage.tick(3.1)
    assert stage.texts[1:] == [("r2", "", True)]
    stage.tick(6.1)
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_text_that_comes_before_the_held_interrupt_goes_out_in_its_place(stage: Stage):
    stage.say("a", "Long.")
    stage.open("b", "stream", 0.5, interrupt=True)
    stage.push("b", "Now this.", 1.2)
    stage.finish("b", 1.2)
    assert stage.texts[1:] == [("r2", "Now this.", False)]


@pytest.mark.parametrize("req_id", ["r1", "r2"])
def test_the_over_may_come_with_the_id_of_the_stop(stage: Stage, req_id: str):
    stage.say("a", "Long.")
    stage.hear("r1", "TextStart", now=0.2)
    stage.interrupt(2.0)
    stage.hear(req_id, "TextOver", now=2.2)
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_stop_that_is_refused_asks_whether_there_is_anything_to_stop(stage: Stage):
    stage.say("a", "Long.")
    stage.hear("r1", "TextStart", now=0.2)
    stage.interrupt(2.0)
    stage.refuse("r2", 2.2, 110015)
    assert stage.asked == 1
    assert stage.statuses("a")[-1] == "started"
    stage.do(stage.drives.cloud_says(speaking=False, now=2.4))
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_text_that_was_lost_with_the_channel_is_sent_again(stage: Stage):
    stage.say("a", "Hello.")
    stage.reconnect(0.1, 0.2)
    stage.tick(1.19)
    assert len(stage.texts) == 1
    stage.tick(1.2)
    assert stage.texts == [("r1", "Hello.", False)] * 2


def test_a_text_that_has_arrived_is_not_sent_again(stage: Stage):
    stage.say("a", "Hello.")
    stage.reconnect(0.1, 0.2)
    stage.hear("r1", "WaitingTextStart", now=0.3)
    stage.tick(3.0)
    assert len(stage.texts) == 1


def test_sound_waits_until_a_stopped_text_is_over(stage: Stage):
    stage.say("a", "Long.")
    stage.hear("r1", "TextStart", now=0.2)
    stage.open("b", "audio", 2.0, interrupt=True)
    stage.play("b", 2.0)
    assert stage.drives.flow("b") == "held"
    stage.tick(2.1)
    assert stage.texts[1:] == [("r2", "", True)]
    assert stage.frames == []
    stage.hear("r1", "TextOver", now=2.3)
    assert stage.frames == [("r3", 5120, 1, False)]
    assert stage.drives.flow("b") == "open"


TOO_SOON = 100012


def test_sound_waits_for_the_stop_of_a_text_that_is_overdue_before_it_has_begun(stage: Stage):
    stage.say("a", "One.")
    overdue = stage.drives.next_deadline()
    assert overdue is not None
    stage.interrupt(overdue - 0.5)
    stage.open("b", "audio", overdue - 0.4)
    stage.play("b", overdue - 0.4)
    stage.tick(overdue)
    assert stage.frames == []
    stop = overdue - 0.5 + 3.0
    stage.tick(stop)
    assert [(text, interrupt) for _, text, interrupt in stage.texts] == [("One.", False), ("", True)]
    assert stage.frames == []
    stage.tick(stop + 3.0)
    assert [seq for _, _, seq, _ in stage.frames] == [1]


def test_a_text_that_arrived_too_soon_is_sent_again(stage: Stage):
    stage.say("a", "One.")
    stage.refuse("r1", 0.1, TOO_SOON)
    assert stage.statuses("a")[-1] == "sent"
    assert stage.drives.next_deadline() == pytest.approx(1.15)
    stage.tick(1.0)
    assert len(stage.texts) == 1
    stage.tick(1.16)
    assert stage.texts[1:] == [("r1", "One.", False)]
    stage.hear("r1", "TextStart", now=1.2)
    stage.hear("r1", "TextOver", now=2.0)
    assert stage.statuses("a")[-1] == "ended"
    assert stage.changes("a")[-1].heard == "One."


def test_a_stop_that_arrived_too_soon_is_sent_again_before_anything_else_is_said(stage: Stage):
    stage.say("a", "A text of ten minutes.")
    stage.hear("r1", "TextStart", now=0.1)
    stage.interrupt(0.2)
    stage.tick(1.05)
    assert stage.texts[1:] == [("r2", "", True)]
    stage.refuse("r2", 1.1, TOO_SOON)
    assert stage.drives.next_deadline() == pytest.approx(2.15)
    stage.tick(2.16)
    assert stage.texts[2:] == [("r3", "", True)]
    stage.hear("r1", "TextOver", now=2.3)
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_cloud_that_finds_everything_too_soon_is_not_asked_for_ever(stage: Stage):
    stage.say("a", "One.")
    for number in range(4):
        now = 2.0 * number
        stage.tick(now)
        stage.refuse("r1", now + 0.1, TOO_SOON)
    assert len(stage.texts) == 4
    assert stage.statuses("a")[-1] == "failed"


def test_an_interrupt_spares_the_cloud_a_text_that_it_has_refused(stage: Stage):
    stage.say("a", "One.")
    stage.refuse("r1", 0.1, TOO_SOON)
    stage.interrupt(0.2)
    for due in (2.0, 3.2, 10.0):
        stage.tick(due)
    assert [text for _, text, _ in stage.texts if text] == ["One."]
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_channel_that_breaks_meanwhile_does_not_send_it_twice(stage: Stage):
    stage.say("a", "One.")
    stage.refuse("r1", 0.1, TOO_SOON)
    stage.reconnect(0.2, 0.3)
    for now in (1.15, 1.5, 2.0, 2.5):
        stage.tick(now)
    assert len(stage.texts) == 2

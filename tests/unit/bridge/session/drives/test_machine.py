"""What holds for drives of any kind: whose turn it is, what a status is worth, and how everything ends."""

import pytest

from bridge.session.drives import Emit, Reopen
from bridge.session.drives.machine import TextCommand
from bridge.session.events import Problem, SpeakStatusChanged
from tests.support.stage import Stage

GONE = Problem("cloud_session_lost", "gone")


def test_the_status_of_an_unknown_drive_is_passed_on_and_means_nothing():
    stage = Stage()
    stage.say("a", "Hello.")
    told = stage.hear("somebody-elses", "TextOver")
    assert told == [Emit(SpeakStatusChanged(req_id="somebody-elses", speak_status="TextOver", utterance_id=None))]
    assert stage.statuses("a")[-1] == "sent"


def test_the_over_of_another_kind_is_none():
    stage = Stage()
    stage.say("a", "Hello.")
    stage.hear("r1", "AudioOver")
    assert stage.statuses("a")[-1] == "sent"


def test_an_over_that_overtakes_everything_else_is_the_end():
    stage = Stage()
    stage.say("a", "Hello.")
    stage.hear("r1", "TextOver")
    stage.hear("r1", "SentenceStart", 1)
    stage.hear("r1", "TextStart")
    assert stage.statuses("a") == ["queued", "sent", "ended"]


@pytest.mark.parametrize("command", ["stream", "text"])
def test_an_error_ends_a_drive_and_the_next_utterance_speaks(command: TextCommand):
    stage = Stage(command)
    stage.say("a", "Hello.")
    stage.say("b", "Next.")
    stage.hear("r1", "TextStart", now=2.0)
    stage.hear("r1", "Error", now=3.0)
    assert stage.statuses("a")[-1] == "failed"
    assert stage.statuses("b")[-1] == "sent"


def test_an_error_ends_sound():
    stage = Stage()
    stage.open("a", "audio")
    stage.play("a", 0.0)
    stage.hear("r1", "Error")
    assert stage.statuses("a")[-1] == "failed"
    assert stage.drives.flow("a") == "over"


@pytest.mark.parametrize("status", ["TextOver", "Error"])
def test_whatever_ends_what_was_interrupted_it_is_interrupted(status: str):
    stage = Stage()
    stage.say("a", "Hello.")
    stage.interrupt(1.0)
    stage.hear("r1", status)
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_cloud_that_says_it_speaks_and_shows_nothing_is_believed_twice():
    stage = Stage()
    stage.say("a", "Hello.")
    for _ in range(2):
        due = stage.drives.next_deadline()
        assert due is not None
        stage.tick(due)
        assert stage.do(stage.drives.cloud_says(speaking=True, now=due)) == []
    due = stage.drives.next_deadline()
    assert due is not None
    stage.tick(due)
    assert Reopen() in stage.do(stage.drives.cloud_says(speaking=True, now=due))


def test_a_cloud_that_cannot_be_asked_counts_as_silent():
    stage = Stage()
    stage.say("a", "Hello.")
    due = stage.drives.next_deadline()
    assert due is not None
    stage.tick(due)
    assert stage.asked == 1
    assert Reopen() not in stage.tick(due + 29.9)
    assert Reopen() in stage.tick(due + 30.0)


def test_a_channel_opened_anew_may_bring_what_was_owed():
    stage = Stage()
    stage.say("a", "Hello.")
    stage.tick(60.0)
    assert Reopen() in stage.do(stage.drives.cloud_says(speaking=False, now=60.5))
    stage.reconnect(60.5, 61.0)
    stage.hear("r1", "TextOver", now=61.1)
    assert stage.statuses("a")[-1] == "ended"


def test_what_was_said_to_a_cloud_session_that_is_gone_fails_and_the_rest_waits():
    stage = Stage()
    stage.open("between two drives", "audio")
    stage.play("between two drives", 0.0)
    stage.hear("r1", "AudioOver", now=2.1, final_type=2)
    stage.say("waiting", "Later.")
    stage.do(stage.drives.channel(up=False, now=3.0))
    stage.do(stage.drives.abandon("failed", GONE, only_sent=True))
    assert stage.statuses("between two drives")[-1] == "failed"
    assert stage.statuses("waiting") == ["queued"]
    stage.do(stage.drives.channel(up=True, now=5.0))
    assert stage.packets == [("r2", "Later.", 1, True, False)]


def test_a_replaced_text_ends_with_the_cloud_session():
    stage = Stage("text")
    stage.say("a", "Old.")
    stage.say("b", "New.", now=2.0, interrupt=True)
    stage.do(stage.drives.abandon("failed", GONE))
    assert stage.statuses("a")[-1] == "interrupted"
    assert stage.statuses("b")[-1] == "failed"
    assert stage.drives.unfinished == []


def test_the_current_one_is_the_one_that_speaks_not_the_one_it_replaced():
    stage = Stage("text")
    stage.say("a", "Old.")
    stage.say("b", "New.", now=2.0, interrupt=True)
    assert stage.drives.interrupt("current", "button", 2.1)[0] == ("b",)

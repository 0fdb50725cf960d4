"""SEND_STREAMTEXT in clause mode, and what holds for utterances of any kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import QueueFull
from bridge.session.drives import AskCloud, Reopen
from bridge.session.drives.backlog import MAX_WAITING, SOURCE_LIMIT_S
from bridge.session.events import Problem
from bridge.wire.events import DriveStatus
from tests.support.stage import Stage


def test_a_clause_goes_out_when_the_cloud_asks_for_the_next_one():
    stage = Stage()
    stage.say("a", "One. ", "Two. ", "Three.")
    assert stage.packets == [("r1", "One. ", 1, False, False)]
    stage.hear("r1", "TextStart")
    stage.hear("r1", "SentenceStart", 1)
    assert len(stage.packets) == 1
    stage.hear("r1", "SentenceNext", 1)
    assert stage.packets[1:] == [("r1", "Two. ", 2, False, False)]
    stage.hear("r1", "SentenceOver", 1)
    stage.hear("r1", "SentenceNext", 2)
    assert stage.packets[2:] == [("r1", "Three.", 3, True, False)]
    stage.hear("r1", "TextOver")
    assert stage.statuses("a") == ["queued", "sent", "started", "ended"]
    assert stage.changes("a")[-1].heard == "One. Two. Three."


def test_a_cloud_that_never_asks_gets_the_next_clause_when_the_last_must_have_been_spoken():
    stage = Stage()
    stage.say("a", "One sentence that takes a while. ", "Two.")
    due = stage.drives.next_deadline()
    assert due is not None
    assert 1.0 < due < 10.0
    stage.do(stage.drives.tick(due - 0.01))
    assert len(stage.packets) == 1
    stage.do(stage.drives.tick(due))
    assert stage.packets[1:] == [("r1", "Two.", 2, True, False)]


def test_a_stream_that_ends_after_its_last_clause_went_out_is_closed_by_an_empty_packet():
    stage = Stage()
    stage.do(stage.drives.open("a", "stream", 0.0))
    stage.do(stage.drives.push("a", "All there is.", 0.0))
    stage.do(stage.drives.finish("a", None, 0.5))
    assert stage.packets == [("r1", "All there is.", 1, False, False), ("r1", "", 2, True, False)]


def test_the_next_utterance_waits_for_text_over():
    stage = Stage()
    stage.say("a", "First.")
    stage.say("b", "Second.")
    assert [packet[0] for packet in stage.packets] == ["r1"]
    stage.hear("r1", "TextStart")
    stage.hear("r1", "TextOver")
    assert [packet[0] for packet in stage.packets] == ["r1", "r2"]


def test_an_interrupt_stops_at_once_keeps_what_was_heard_and_lets_the_next_speak_after_text_over():
    stage = Stage()
    stage.say("a", "One. ", "Two. ", "Three.")
    stage.say("waiting", "Never said.")
    for status, seq in (("TextStart", 0), ("SentenceStart", 1), ("SentenceNext", 1), ("SentenceOver", 1)):
        stage.hear("r1", status, seq)
    stage.say("b", "Now this.", now=2.0, interrupt=True)
    assert stage.packets[2:] == [("r1", "", 3, True, True)]
    assert stage.statuses("waiting") == ["queued", "interrupted"]
    assert stage.statuses("a")[-1] == "started"
    stage.hear("r1", "SentenceStart", 2)
    stage.hear("r1", "TextOver")
    assert stage.statuses("a")[-1] == "interrupted"
    assert stage.changes("a")[-1].heard == "One. "
    assert stage.packets[3:] == [("r2", "Now this.", 1, True, False)]
    assert [number for number, _, _ in stage.sentences] == [1, 1]


def test_a_cloud_that_does_not_confirm_an_interrupt_holds_nobody_up_for_more_than_three_seconds():
    stage = Stage()
    stage.say("a", "Long.")
    stage.say("b", "Next.", now=1.0, interrupt=True)
    stage.do(stage.drives.tick(3.9))
    assert stage.packets[-1][4] is True
    stage.do(stage.drives.tick(4.0))
    assert stage.statuses("a")[-1] == "interrupted"
    assert stage.packets[-1][:2] == ("r2", "Next.")


def test_nothing_to_say_ends_at_once():
    stage = Stage()
    stage.say("a")
    assert stage.statuses("a") == ["queued", "ended"]
    assert stage.packets == []


def test_a_source_that_broke_off_is_spoken_so_far_and_then_failed():
    stage = Stage()
    stage.do(stage.drives.open("a", "stream", 0.0))
    stage.do(stage.drives.push("a", "Half a", 0.0))
    stage.do(stage.drives.finish("a", Problem("source_lost", "gone"), 0.1))
    stage.hear("r1", "TextOver")
    assert stage.statuses("a")[-1] == "failed"
    last = stage.changes("a")[-1]
    assert last.error is not None
    assert (last.error.code, last.heard) == ("source_lost", "")


@pytest.mark.parametrize("refusal", ["Error", "Type 9"])
def test_a_drive_that_the_cloud_refuses_fails_and_the_next_goes_on(refusal: str):
    stage = Stage()
    stage.say("a", "No.")
    stage.say("b", "Yes.")
    if refusal == "Error":
        status = DriveStatus(req_id="r1", speak_status="Error", error_code=-111005, error_message="no voice")
        stage.do(stage.drives.receive(status, 1.0))
    else:
        stage.refuse("r1", 1.0, -111005)
    error = stage.changes("a")[-1].error
    assert error is not None
    assert (error.code, error.cloud_code) == ("drive_failed", -111005)
    assert stage.packets[-1][:2] == ("r2", "Yes.")


def test_no_over_asks_the_cloud_and_then_fails():
    stage = Stage()
    stage.say("a", "Hello.")
    stage.hear("r1", "TextStart", now=1.0)
    due = stage.drives.next_deadline()
    assert due is not None
    assert due > 6.0
    assert AskCloud() in stage.do(stage.drives.tick(due))
    stage.do(stage.drives.cloud_says(speaking=True, now=due))
    later = stage.drives.next_deadline()
    assert later is not None
    assert later > due
    assert AskCloud() in stage.do(stage.drives.tick(later))
    assert Reopen() in stage.do(stage.drives.cloud_says(speaking=False, now=later))
    stage.reconnect(later, later + 1)
    assert AskCloud() in stage.tick(later + 60)
    stage.do(stage.drives.cloud_says(speaking=False, now=later + 60))
    error = stage.changes("a")[-1].error
    assert error is not None
    assert error.code == "no_over"


def test_an_answer_that_came_late_fails_nobody_who_was_not_asked_about():
    stage = Stage()
    stage.say("a", "Hello.")
    due = stage.drives.next_deadline()
    assert due is not None
    assert AskCloud() in stage.do(stage.drives.tick(due))
    stage.hear("r1", "TextOver", now=due)
    stage.do(stage.drives.open("b", "stream", due))
    stage.do(stage.drives.push("b", "A stream that waits for more. ", due))
    stage.hear("r2", "TextStart", now=due)
    stage.hear("r2", "SentenceStart", 1, now=due)
    stage.do(stage.drives.cloud_says(speaking=False, now=due))
    assert stage.statuses("b")[-1] == "started"


def test_a_sign_of_life_outweighs_the_clouds_answer():
    stage = Stage()
    stage.do(stage.drives.open("a", "stream", 0.0))
    stage.do(stage.drives.push("a", "A stream that waits for more. ", 0.0))
    due = 60.0
    assert AskCloud() in stage.do(stage.drives.tick(due))
    stage.hear("r1", "TextStart", now=due)
    stage.hear("r1", "SentenceStart", 1, now=due)
    stage.do(stage.drives.cloud_says(speaking=False, now=due))
    assert stage.statuses("a")[-1] == "started"


def test_a_stream_that_has_begun_may_wait_for_its_source():
    stage = Stage()
    stage.do(stage.drives.open("a", "stream", 0.0))
    stage.do(stage.drives.push("a", "A stream that waits for more. ", 0.0))
    stage.hear("r1", "TextStart", now=1.0)
    assert AskCloud() not in stage.do(stage.drives.tick(200.0))
    assert stage.drives.next_deadline() == SOURCE_LIMIT_S


def test_what_was_interrupted_while_the_cloud_was_asked_ends_interrupted():
    stage = Stage()
    stage.say("a", "Hello.")
    stage.do(stage.drives.tick(60.0))
    stage.do(stage.drives.channel(up=False, now=60.0))
    stage.do(stage.drives.interrupt("all", "button", 60.0)[1])
    stage.do(stage.drives.cloud_says(speaking=False, now=61.0))
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_second_interrupt_of_the_current_one_spares_the_next():
    stage = Stage()
    stage.say("a", "First.")
    stage.say("b", "Second.")
    assert stage.drives.interrupt("current", "button", 1.0)[0] == ("a",)
    assert stage.drives.interrupt("current", "button", 1.1) == ((), [])
    stage.hear("r1", "TextOver")
    assert stage.packets[-1][:2] == ("r2", "Second.")


def test_the_seventeenth_that_waits_is_refused():
    stage = Stage()
    for number in range(MAX_WAITING + 1):
        stage.say(str(number), "Words.")
    with pytest.raises(QueueFull):
        stage.drives.open("one more", "text", 0.0)
    assert stage.drives.interrupt("all", "api", 1.0)[0] == tuple(map(str, range(17)))


def test_without_a_channel_nothing_is_sent_and_an_interrupt_is_made_up_for():
    stage = Stage()
    stage.say("a", "One. ", "Two.")
    stage.do(stage.drives.channel(up=False, now=1.0))
    stage.do(stage.drives.interrupt("all", "api", 2.0)[1])
    assert len(stage.packets) == 1
    assert stage.drives.next_deadline() is None
    stage.do(stage.drives.channel(up=True, now=3.0))
    assert stage.packets[1:] == [("r1", "", 2, True, True)]


def talk_with_a_break(*before: tuple[str, int]) -> Stage:
    """Return a stage on which clause 2 was sent, and after these statuses the channel broke and came back at 10.0."""
    stage = Stage()
    stage.say("a", "One. ", "Two. ", "Three.")
    for status, seq in (("TextStart", 0), ("SentenceStart", 1), ("SentenceNext", 1), *before):
        stage.hear("r1", status, seq)
    stage.do(stage.drives.channel(up=False, now=9.0))
    stage.do(stage.drives.channel(up=True, now=10.0))
    return stage


def test_a_clause_that_was_lost_with_the_channel_is_sent_again():
    stage = talk_with_a_break()
    assert [packet[2] for packet in stage.packets] == [1, 2]
    stage.hear("r1", "SentenceOver", 1, now=10.5)
    stage.do(stage.drives.tick(11.4))
    assert [packet[2] for packet in stage.packets] == [1, 2]
    stage.do(stage.drives.tick(11.5))
    assert stage.packets[1:] == [("r1", "Two. ", 2, False, False)] * 2
    stage.hear("r1", "SentenceNext", 2, now=11.6)
    assert stage.packets[3:] == [("r1", "Three.", 3, True, False)]


def test_a_clause_that_arrived_before_the_channel_broke_is_not_sent_again():
    stage = talk_with_a_break()
    stage.hear("r1", "SentenceOver", 1, now=10.1)
    stage.hear("r1", "SentenceStart", 2, now=10.1)
    stage.do(stage.drives.tick(20.0))
    assert [packet[2] for packet in stage.packets] == [1, 2, 3]


def test_a_first_packet_that_was_lost_is_sent_again():
    stage = Stage()
    stage.say("a", "Hello.")
    stage.do(stage.drives.channel(up=False, now=1.0))
    stage.do(stage.drives.channel(up=True, now=2.0))
    stage.do(stage.drives.tick(3.0))
    assert stage.packets == [("r1", "Hello.", 1, True, False)] * 2


def test_an_interrupt_after_a_break_repeats_nothing():
    stage = talk_with_a_break()
    stage.do(stage.drives.interrupt("all", "button", 10.1)[1])
    stage.do(stage.drives.tick(11.5))
    assert stage.packets[2:] == [("r1", "", 3, True, True)]


def test_a_cloud_that_tells_of_clauses_and_falls_silent_gets_no_more_of_them():
    stage = Stage()
    stage.say("a", "One. ", "Two. ", "Three. ", "Four.")
    for status in ("TextStart", "SentenceStart", "SentenceNext"):
        stage.hear("r1", status, 1 if status != "TextStart" else 0, now=1.0)
    asked = 0.0
    while not asked:
        due = stage.drives.next_deadline()
        assert due is not None
        if AskCloud() in stage.tick(due):
            asked = due
    assert [packet[2] for packet in stage.packets] == [1, 2]
    assert 6.0 < asked < 20.0


@given(st.text(min_size=1, max_size=3000))
def test_clauses_longer_than_a_packet_are_cut_and_nothing_is_lost(clause: str):
    stage = Stage()
    stage.say("a", clause)
    while not stage.packets[-1][3]:
        stage.hear("r1", "SentenceNext", stage.packets[-1][2])
    assert "".join(packet[1] for packet in stage.packets) == clause.encode("utf-8", "replace").decode()
    assert all(len(packet[1].encode()) <= 1000 for packet in stage.packets)

"""SEND_AUDIO (manual: "Voice-driven Instructions", "Instruction Sending Requirements")."""

import pytest

from bridge.session.captions import Caption
from bridge.session.drives import AskCloud
from bridge.session.utterance import HELD_FRAMES
from tests.support.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def speak(stage: Stage, name: str, frames: int, now: float = 0.0) -> float:
    """Give so many frames, 160 ms apart, and return when the next one is due."""
    for number in range(frames):
        stage.play(name, now + number * 0.16)
    return now + frames * 0.16


def test_frames_go_out_as_they_come_and_an_empty_one_ends_them(stage: Stage):
    stage.open("a", "audio")
    assert stage.drives.flow("a") == "open"
    now = speak(stage, "a", 2)
    stage.hear("r1", "AudioStart", now=0.2)
    stage.play("a", now, b"\1\0" * 100)
    stage.finish("a", now)
    assert stage.frames == [("r1", 5120, 1, False), ("r1", 5120, 2, False), ("r1", 200, 3, False), ("r1", 0, 4, True)]
    assert stage.drives.flow("a") == "over"
    stage.hear("r1", "AudioOver", now=1.0, final_type=1)
    assert stage.statuses("a") == ["queued", "sent", "started", "ended"]
    assert stage.changes("a")[-1].heard == ""


def test_a_drive_may_begin_with_a_burst():
    stage = Stage(burst=3)
    stage.open("a", "audio")
    for number in range(5):
        stage.play("a", number * 0.001)
    assert [seq for _, _, seq, _ in stage.frames] == [1, 2, 3]
    assert stage.drives.next_deadline() == pytest.approx(0.002 + 0.115)
    stage.tick(0.002 + 0.115)
    assert len(stage.frames) == 4


def test_without_a_burst_no_frame_goes_out_before_its_time(stage: Stage):
    stage.open("a", "audio")
    for number in range(3):
        stage.play("a", number * 0.001)
    assert len(stage.frames) == 1


def test_frames_of_one_whose_turn_has_not_come_wait_and_the_oldest_are_dropped(stage: Stage):
    stage.say("a", "First.")
    stage.open("b", "audio")
    assert stage.drives.flow("b") == "held"
    for number in range(HELD_FRAMES + 2):
        stage.play("b", number * 0.16, bytes([number, 0]) * 2560)
    stage.hear("r1", "TextOver", now=5.0)
    assert [frame[2] for frame in stage.frames] == [1]
    assert stage.drives.unfinished[0].dropped == 2
    assert stage.drives.unfinished[0].frames[0][0] == 3


def test_frames_that_waited_are_not_poured_out_at_once(stage: Stage):
    stage.say("a", "First.")
    stage.open("b", "audio")
    for _ in range(3):
        stage.play("b", 1.0)
    stage.hear("r1", "TextOver", now=5.0)
    times = [5.0]
    while len(stage.frames) < 3:
        due = stage.drives.next_deadline()
        assert due is not None
        stage.tick(due)
        times.append(due)
    assert times == pytest.approx([5.0, 5.115, 5.23])
    assert stage.drives.flow("b") == "open"


def test_a_source_that_falls_silent_is_closed_and_goes_on_in_another_drive(stage: Stage):
    stage.open("a", "audio")
    now = speak(stage, "a", 3)
    assert stage.drives.next_deadline() == pytest.approx(0.32 + 1.5)
    stage.tick(now + 1.5)
    assert stage.frames[3:] == [("r1", 0, 4, True)]
    assert stage.drives.flow("a") == "held"
    stage.play("a", 2.5)
    stage.play("a", 2.66)
    assert len(stage.frames) == 4
    stage.hear("r1", "AudioOver", now=2.7, final_type=1)
    stage.tick(2.82)
    assert stage.frames[4:] == [("r2", 5120, 1, False), ("r2", 5120, 2, False)]
    stage.finish("a", 3.0)
    stage.hear("r2", "AudioOver", now=3.4, final_type=1)
    assert stage.statuses("a") == ["queued", "sent", "ended"]


def test_a_frame_that_comes_too_late_for_its_drive_is_kept_for_the_next(stage: Stage):
    stage.open("a", "audio")
    stage.play("a", 0.0)
    stage.play("a", 1.9)  # nothing ticked in between
    assert stage.frames == [("r1", 5120, 1, False), ("r1", 0, 2, True)]
    stage.hear("r1", "AudioOver", now=2.0)
    assert stage.frames[2:] == [("r2", 5120, 1, False)]


def test_a_drive_that_the_cloud_closed_goes_on_in_another(stage: Stage):
    stage.open("a", "audio")
    stage.play("a", 0.0)
    stage.hear("r1", "AudioOver", now=1.0, final_type=2)
    assert stage.drives.flow("a") == "open"
    stage.play("a", 1.1)
    assert stage.frames == [("r1", 5120, 1, False), ("r2", 5120, 1, False)]


@pytest.mark.parametrize("final_type", [1, 3])
def test_a_drive_that_somebody_else_ended_fails(stage: Stage, final_type: int):
    stage.open("a", "audio")
    stage.play("a", 0.0)
    stage.hear("r1", "AudioOver", now=1.0, final_type=final_type)
    assert stage.statuses("a")[-1] == "failed"


def test_finished_while_silent_it_ends_at_once(stage: Stage):
    stage.open("a", "audio")
    stage.play("a", 0.0)
    stage.hear("r1", "AudioOver", now=2.1, final_type=2)
    stage.finish("a", 3.0)
    assert stage.statuses("a")[-1] == "ended"


def test_an_interrupt_is_the_empty_frame_at_once_and_nothing_after_it(stage: Stage):
    stage.open("a", "audio")
    now = speak(stage, "a", 3)
    stage.interrupt(now)
    stage.play("a", now)
    assert stage.frames[3:] == [("r1", 0, 4, True)]
    assert stage.drives.flow("a") == "over"
    stage.hear("r1", "AudioOver", now=now + 0.1)
    assert stage.statuses("a")[-1] == "interrupted"


def test_text_after_sound_waits_for_audio_over(stage: Stage):
    stage.open("a", "audio")
    stage.play("a", 0.0)
    stage.say("b", "Words.", now=0.1, interrupt=True)
    assert stage.packets == []
    stage.hear("r1", "AudioOver", now=0.3)
    assert stage.packets == [("r2", "Words.", 1, True, False)]


def test_a_broken_channel_is_not_told_again_what_it_swallowed(stage: Stage):
    stage.open("a", "audio")
    now = speak(stage, "a", 3)
    stage.do(stage.drives.channel(up=False, now=now))
    assert stage.drives.flow("a") == "held"
    stage.do(stage.drives.channel(up=True, now=now + 0.4))
    assert stage.frames[3:] == [("r1", 0, 4, True)]
    stage.refuse("r1", now + 0.5)  # for the gap, say
    assert stage.statuses("a")[-1] == "sent"
    stage.do(stage.drives.cloud_says(speaking=True, now=now + 0.6))
    stage.hear("r1", "AudioOver", now=now + 2.0, final_type=2)
    stage.play("a", now + 2.0)
    assert stage.frames[4:] == [("r2", 5120, 1, False)]


def test_a_drive_of_which_nothing_arrived_is_given_up_when_the_cloud_is_silent(stage: Stage):
    stage.open("a", "audio")
    stage.play("a", 0.0)
    stage.reconnect(0.1, 0.3)
    assert stage.refuse("r1", 0.4) == [AskCloud()]
    stage.do(stage.drives.cloud_says(speaking=False, now=0.5))
    assert stage.drives.flow("a") == "open"
    assert stage.statuses("a")[-1] == "sent"


@pytest.mark.parametrize("frame", [b"", b"\0", b"\0" * 5122], ids=["empty", "half a sample", "too long"])
def test_a_frame_that_is_none_is_refused(stage: Stage, frame: bytes):
    stage.open("a", "audio")
    with pytest.raises(ValueError, match="frame"):
        stage.play("a", 0.0, frame)
    assert stage.frames == []


def test_sound_and_words_are_not_mixed(stage: Stage):
    stage.open("a", "audio")
    with pytest.raises(ValueError, match="frames"):
        stage.push("a", "Words.", 0.0)
    stage.open("b", "stream")
    with pytest.raises(ValueError, match="clauses"):
        stage.play("b", 0.0)


def test_what_is_said_in_the_sound_is_told_as_it_is_played_and_counts_as_heard(stage: Stage):
    stage.open("a", "audio")
    for number, text in enumerate(("One. ", "Two.")):
        stage.drives.caption("a", Caption(number + 1, text, "started", number * 5120))
        stage.drives.caption("a", Caption(number + 1, text, "ended", (number + 1) * 5120))
    speak(stage, "a", 4)
    assert stage.sentences == []
    stage.hear("r1", "AudioStart", now=1.0)
    assert stage.sentences == [(1, "One. ", "started")]
    assert stage.drives.unfinished[0].sentence == (1, "One. ")
    assert stage.drives.next_deadline() == pytest.approx(1.32)
    stage.tick(1.32)
    assert stage.sentences[1:] == [(1, "One. ", "ended"), (2, "Two.", "started")]
    stage.finish("a", 1.4)
    stage.hear("r1", "AudioOver", now=1.5, final_type=1)
    assert stage.sentences[3:] == [(2, "Two.", "ended")]
    assert stage.changes("a")[-1].heard == "One. Two."


def test_of_an_interrupted_sound_the_clauses_that_were_played_are_heard(stage: Stage):
    stage.open("a", "audio")
    for number, text in enumerate(("One. ", "Two. ", "Three.")):
        stage.drives.caption("a", Caption(number + 1, text, "started", number * 2560))
        stage.drives.caption("a", Caption(number + 1, text, "ended", (number + 1) * 2560))
    speak(stage, "a", 3)
    stage.hear("r1", "AudioStart", now=1.0)
    stage.tick(1.2)
    stage.interrupt(1.25)
    stage.tick(1.4)
    stage.hear("r1", "AudioOver", now=1.5, final_type=1)
    assert [number for number, _, status in stage.sentences if status == "ended"] == [1]
    assert (stage.changes("a")[-1].status, stage.changes("a")[-1].heard) == ("interrupted", "One. ")

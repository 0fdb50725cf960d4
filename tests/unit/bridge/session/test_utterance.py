import pytest

from bridge.session.utterance import HELD_FRAMES, Utterance


@pytest.fixture
def utterance() -> Utterance:
    return Utterance("u", "stream", None, sent={1: "One. ", 2: "Two. ", 3: "Three."})


def test_heard_goes_as_far_as_the_last_clause_that_was_spoken(utterance: Utterance):
    assert utterance.heard() == ""
    utterance.spoken = {2}
    assert utterance.heard() == "One. Two. "
    utterance.status = "ended"
    assert utterance.heard() == "One. Two. Three."


def test_the_sentence_is_the_last_that_has_begun_and_not_ended(utterance: Utterance):
    assert utterance.sentence is None
    utterance.started_at = {1: 0.0, 2: 1.0}
    assert utterance.sentence == (2, "Two. ")
    utterance.spoken = {1, 2}
    assert utterance.sentence is None


def test_the_last_frames_are_held(utterance: Utterance):
    for number in range(HELD_FRAMES + 3):
        utterance.hold(bytes([number, 0]))
    assert [frame[0] for frame in utterance.frames] == list(range(3, HELD_FRAMES + 3))
    assert utterance.dropped == 3


def test_what_was_interrupted_has_nothing_more_to_say(utterance: Utterance):
    utterance.waiting.append("Four.")
    utterance.hold(b"ab")
    assert (utterance.is_taking, utterance.has_more) == (True, True)
    utterance.silence()
    assert (utterance.is_taking, utterance.has_more) == (False, False)

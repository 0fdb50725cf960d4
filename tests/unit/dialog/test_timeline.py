from hypothesis import given
from hypothesis import strategies as st

from dialog.timeline import Stage, Timeline, TurnRecord

NOTHING = (None, None, None, None)


def test_a_spoken_turn():
    timeline = Timeline(7)
    for seconds, stage in enumerate(Stage):
        timeline.mark(stage, 100 + seconds / 4)
    timeline.mark(Stage.STARTED, 200)
    timeline.filled()
    assert timeline.record("ended") == TurnRecord(7, "ended", 250, 500, 750, 1000, 1250, 1500, filler=True, aloud=True)


def test_a_written_turn_that_was_interrupted():
    timeline = Timeline(8)
    timeline.mark(Stage.TRANSCRIPT, 10)
    timeline.mark(Stage.FIRST_TOKEN, 10.3334)
    assert timeline.record("interrupted") == TurnRecord(
        8, "interrupted", 0, 333, None, None, None, None, filler=False, aloud=False
    )
    assert Timeline(9).record("failed") == TurnRecord(
        9, "failed", None, None, None, None, None, None, filler=False, aloud=False
    )


@given(st.lists(st.tuples(st.sampled_from(Stage), st.floats(0, 1e6)), max_size=20))
def test_no_stage_is_before_the_beginning(marks: list[tuple[Stage, float]]):
    timeline = Timeline(1)
    for stage, now in marks:
        timeline.mark(stage, now)
    record = timeline.record("ended")
    reached = {stage for stage, _ in marks}
    for stage in set(Stage) - {Stage.SPEECH_ENDED}:
        milliseconds = getattr(record, f"{stage.value}_ms")
        assert (milliseconds is None) == (stage not in reached)
        assert milliseconds is None or milliseconds >= 0

"""Whose turn it is: the script, the audience, or somebody else."""

from bridge.session.events import Interrupted, InterruptSource, Problem, TurnChanged, UtteranceChanged, UtteranceStatus
from bridge.talk.audience import Written
from bridge.talk.running_order import PAUSE_S, RETRY_S, Ask, Effect, RunningOrder, Silence, Speak
from bridge.talk.script import Line

LINES = [Line("a", "One. Two. Three."), Line("b", "Four."), Line("c", "Five.")]


class Stage:
    """A session as the running order sees it, at a time of its own."""

    def __init__(self, *lines: Line) -> None:
        self.order = RunningOrder()
        self.order.replace(lines or LINES)
        self.now = 100.0
        self.count = 0

    def do(self, *effects: Effect) -> list[Effect]:
        """Return these effects and those that follow; lines that are to be said begin as u1, u2…"""
        done = list(effects)
        while more := self.order.step(self.now):
            for effect in more:
                if isinstance(effect, Speak):
                    self.count += 1
                    self.order.began(f"u{self.count}")
                elif isinstance(effect, Ask):
                    self.order.asked(f"answer-{effect.message_id}")
            done += more
        return done

    def start(self, line_id: str | None = None) -> list[Effect]:
        return self.do(*self.order.start(self.now, line_id))

    def changed(
        self, utterance_id: str, *statuses: UtteranceStatus, heard: str = "", error: Problem | None = None
    ) -> list[Effect]:
        for status in statuses:
            event = UtteranceChanged(
                utterance_id=utterance_id, kind="stream", status=status, heard=heard or None, error=error
            )
            self.order.receive(event, self.now)
        return self.do()

    def said(self, utterance_id: str) -> list[Effect]:
        return self.changed(utterance_id, "sent", "started", "ended")

    def cut(self, utterance_id: str, *others: str, by: InterruptSource = "voice") -> list[Effect]:
        """Interrupt an utterance, and in the same breath accept others."""
        self.order.receive(Interrupted(utterance_ids=(utterance_id,), by=by), self.now)
        for other in others:
            self.order.receive(UtteranceChanged(utterance_id=other, kind="audio", status="queued"), self.now)
        return self.do()

    def later(self, seconds: float = PAUSE_S) -> list[Effect]:
        self.now += seconds
        return self.do()


def test_one_line_after_the_other() -> None:
    stage = Stage()
    assert (stage.order.state, stage.do()) == ("stopped", [])
    assert stage.start() == [Speak("a", "One. Two. Three.")]
    assert (stage.order.state, stage.order.utterance_id) == ("playing", "u1")
    assert stage.said("u1") == [Speak("b", "Four.")]
    assert stage.said("u2") == [Speak("c", "Five.")]
    assert stage.said("u3") == []
    assert (stage.order.state, stage.order.utterance_id) == ("waiting", None)
    stage.order.script.insert(Line("d", "Six."), 9)
    assert stage.do() == [Speak("d", "Six.")]


def test_the_host_speaks_and_the_script_goes_on_with_what_was_not_heard() -> None:
    stage = Stage()
    stage.start()
    stage.changed("u1", "sent", "started")
    assert stage.cut("u1", "voice") == []
    assert stage.order.state == "paused"
    assert stage.changed("u1", "interrupted", heard="One. ") == []
    stage.now += 30
    assert stage.changed("voice", "sent", "started", "ended") == []
    assert stage.order.next_deadline() == stage.now + PAUSE_S
    assert stage.later(PAUSE_S - 0.01) == []
    assert stage.later(0.01) == [Speak("a", "Two. Three.")]
    assert stage.order.state == "playing"


def test_who_speaks_again_within_the_pause_keeps_the_script_waiting() -> None:
    stage = Stage()
    stage.start()
    stage.cut("u1", "voice-1")
    stage.changed("u1", "interrupted")
    stage.changed("voice-1", "ended")
    stage.now += PAUSE_S / 2
    stage.changed("voice-2", "queued")
    assert stage.later(10) == []
    stage.changed("voice-2", "ended")
    assert stage.later() == [Speak("a", "One. Two. Three.")]


def test_an_interrupt_with_nothing_new_to_say_stops_it() -> None:
    stage = Stage()
    stage.start()
    assert stage.cut("u1", by="api") == []
    assert stage.order.state == "stopped"
    stage.changed("u1", "interrupted", heard="One. ")
    assert stage.later(60) == []
    assert stage.start() == [Speak("a", "Two. Three.")]


def test_an_interrupt_with_something_new_to_say_does_not() -> None:
    stage = Stage()
    stage.start()
    stage.cut("u1", "urgent", by="api")
    assert stage.order.state == "paused"
    stage.changed("u1", "interrupted", heard="One. Two. ")
    stage.changed("urgent", "ended")
    assert stage.later() == [Speak("a", "Three.")]


def test_a_voice_that_was_none_lets_it_go_on() -> None:
    stage = Stage()
    stage.start()
    stage.cut("u1")
    assert stage.changed("u1", "interrupted") == [Speak("a", "One. Two. Three.")]


def test_what_waits_behind_a_line_is_said_before_the_next() -> None:
    stage = Stage()
    stage.start()
    stage.changed("other", "queued")
    assert stage.said("u1") == []
    assert stage.said("other") == []
    assert stage.later() == [Speak("b", "Four.")]


def test_a_conversation_goes_first() -> None:
    stage = Stage()
    stage.order.receive(TurnChanged(turn="listening"), stage.now)
    assert stage.start() == []
    assert stage.order.state == "paused"
    stage.order.receive(TurnChanged(turn="idle"), stage.now)
    assert stage.later() == [Speak("a", "One. Two. Three.")]


def test_stop_and_start_go_on_with_what_was_not_heard() -> None:
    stage = Stage()
    stage.start()
    assert stage.do(*stage.order.stop()) == [Silence("u1")]
    assert stage.cut("u1", by="api") == []
    # Started before the cloud has said what was heard.
    assert stage.start() == []
    assert stage.changed("u1", "interrupted", heard="One. ") == [Speak("a", "Two. Three.")]


def test_skip_repeat_and_jump() -> None:
    stage = Stage()
    stage.start()
    assert stage.do(*stage.order.skip()) == [Silence("u1")]
    stage.cut("u1", by="api")
    assert stage.changed("u1", "interrupted", heard="One. ") == [Speak("b", "Four.")]
    assert stage.do(*stage.order.repeat()) == [Silence("u2")]
    assert stage.changed("u2", "interrupted") == [Speak("b", "Four.")]
    assert stage.start("a") == [Silence("u3")]
    # It ended by itself before it could be stopped; that changes nothing.
    assert stage.changed("u3", "sent", "started", "ended") == [Speak("a", "One. Two. Three.")]


def test_a_line_now_and_then_the_rest_of_the_one_it_interrupted() -> None:
    stage = Stage()
    stage.start()
    assert stage.do(*stage.order.say_now(Line("x", "Six."))) == [Silence("u1")]
    stage.cut("u1", by="api")
    assert stage.changed("u1", "interrupted", heard="One. ") == [Speak("x", "Six.")]
    assert stage.said("u2") == [Speak("a", "Two. Three.")]


def test_a_line_that_ended_just_when_another_was_put_before_it_is_not_said_again() -> None:
    stage = Stage()
    stage.start()
    stage.do(*stage.order.say_now(Line("x", "Six.")))
    assert stage.said("u1") == [Speak("x", "Six.")]
    assert stage.said("u2") == [Speak("b", "Four.")]
    assert [line.line_id for line in stage.order.script.lines] == ["a", "x", "b", "c"]


def test_a_line_next() -> None:
    stage = Stage()
    stage.order.say_next(Line("w", "Zero."))
    assert stage.start() == [Speak("w", "Zero.")]
    stage.order.say_next(Line("x", "Six."))
    assert stage.said("u1") == [Speak("x", "Six.")]
    assert stage.said("u2") == [Speak("a", "One. Two. Three.")]


def test_a_line_that_is_removed_falls_silent_and_the_next_follows() -> None:
    stage = Stage()
    stage.start()
    assert stage.do(*stage.order.remove("a")) == [Silence("u1")]
    assert stage.changed("u1", "interrupted", heard="One. ") == [Speak("b", "Four.")]


def test_other_lines_while_one_is_said() -> None:
    stage = Stage()
    stage.start()
    assert stage.order.replace([Line("x", "Six."), *LINES]) == []
    assert stage.said("u1") == [Speak("b", "Four.")]
    assert stage.order.replace([Line("y", "Seven.")]) == [Silence("u2")]
    assert stage.changed("u2", "interrupted") == [Speak("y", "Seven.")]


def test_a_line_that_was_changed_while_it_was_said_begins_anew() -> None:
    stage = Stage()
    stage.start()
    stage.order.edit("a", "Ten. Eleven.")
    stage.cut("u1", "voice")
    stage.changed("u1", "interrupted", heard="One. ")
    stage.changed("voice", "ended")
    assert stage.later() == [Speak("a", "Ten. Eleven.")]


def test_a_message_that_was_picked_is_answered_between_two_lines() -> None:
    stage = Stage()
    stage.order.audience.add(Written("m", "How much is it?"))
    stage.start()
    assert stage.do(*stage.order.answer("m", at_once=False)) == []
    assert stage.said("u1") == [Ask("m", "How much is it?")]
    assert stage.order.state == "paused"
    stage.changed("answer-m", "queued")
    stage.said("answer-m")
    stage.order.answered(stage.now)
    assert [message.state for message in stage.order.audience.messages] == ["answered"]
    assert stage.later() == [Speak("b", "Four.")]


def test_a_message_that_cannot_wait() -> None:
    stage = Stage()
    stage.order.audience.add(Written("m", "How much is it?"))
    stage.start()
    assert stage.do(*stage.order.answer("m", at_once=True)) == [Silence("u1")]
    stage.cut("u1", by="api")
    assert stage.changed("u1", "interrupted", heard="One. ") == [Ask("m", "How much is it?")]
    stage.order.answered(stage.now)
    assert stage.later() == [Speak("a", "Two. Three.")]


def test_a_message_is_answered_without_a_script_too() -> None:
    stage = Stage()
    stage.order.audience.add(Written("m", "How much is it?"))
    assert stage.do(*stage.order.answer("m", at_once=False)) == [Ask("m", "How much is it?")]


def test_auto_answers_the_oldest_between_two_lines_while_the_script_is_started() -> None:
    stage = Stage()
    stage.order.auto = True
    for name in "mn":
        stage.order.audience.add(Written(name, f"{name}?"))
    assert stage.do() == []
    assert stage.start() == [Ask("m", "m?")]
    stage.order.answered(stage.now)
    assert stage.later() == [Ask("n", "n?")]
    stage.order.answered(stage.now)
    assert stage.later() == [Speak("a", "One. Two. Three.")]


def test_a_message_dismissed_while_it_is_answered() -> None:
    stage = Stage()
    stage.order.audience.add(Written("m", "m?"))
    stage.start()
    stage.order.answer("m", at_once=False)
    stage.said("u1")
    stage.changed("answer-m", "queued", "sent", "started")
    assert stage.order.dismiss("m") == [Silence("answer-m")]
    stage.cut("answer-m", by="api")
    stage.changed("answer-m", "interrupted")
    stage.order.answered(stage.now)
    assert stage.order.state == "paused"
    assert stage.later() == [Speak("b", "Four.")]


def test_a_line_that_fails_is_tried_once_more_and_then_it_stops_and_says_why() -> None:
    stage = Stage()
    problem = Problem("drive_failed", "the cloud could not say this")
    stage.start()
    assert stage.changed("u1", "sent", "failed", heard="One. ", error=problem) == []
    assert stage.later(RETRY_S) == [Speak("a", "Two. Three.")]
    assert stage.changed("u2", "sent", "failed", error=problem) == []
    assert (stage.order.state, stage.order.error) == ("stopped", problem)
    assert stage.start() == [Speak("a", "Two. Three.")]
    assert stage.order.error is None


def test_one_that_is_refused_is_tried_again_in_a_moment() -> None:
    stage = Stage()
    stage.order.start(stage.now)
    assert stage.order.step(stage.now) == [Speak("a", "One. Two. Three.")]
    stage.order.refused(stage.now)
    assert stage.do() == []
    assert stage.order.next_deadline() == stage.now + RETRY_S
    assert stage.later(RETRY_S) == [Speak("a", "One. Two. Three.")]


def test_a_loop_of_lines_with_nothing_to_say_does_not_run_hot() -> None:
    stage = Stage(Line("a", "…"))
    stage.order.script.loop = True
    assert stage.start() == [Speak("a", "…")]
    assert stage.changed("u1", "queued", "ended") == []
    assert stage.later(RETRY_S) == [Speak("a", "…")]


def test_a_message_that_cannot_be_asked_holds_up_nobody() -> None:
    stage = Stage(Line("a", "One."))
    stage.order.audience.add(Written("m", "m" * 5000))
    stage.order.auto = True
    assert stage.start() == [Ask("m", "m" * 5000)]
    stage.order.refused(stage.now, final=True)
    assert [each.state for each in stage.order.audience.messages] == ["dismissed"]
    assert stage.later(RETRY_S) == [Speak("a", "One.")]


def test_all_is_forgotten() -> None:
    stage = Stage()
    stage.order.audience.add(Written("m", "m?"))
    stage.start()
    assert stage.do(*stage.order.forget()) == [Silence("u1")]
    assert stage.changed("u1", "interrupted", heard="One. ") == []
    assert (stage.order.state, stage.order.script.lines, stage.order.audience.messages) == ("stopped", (), ())

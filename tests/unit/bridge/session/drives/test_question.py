"""Questions to the cloud's own bot (manual: "Text-driven Instructions", "Long Link Downstream Message")."""

import msgspec
import pytest

from bridge.wire.events import Broadcast, DriveError, ModelContent, ModelThinking, Passed, UserInput
from tests.support.stage import Stage

NO_ANSWER_S = 10.0


@pytest.fixture
def stage() -> Stage:
    return Stage()


def broadcast(req_id: str, text: str, **more: object) -> Passed:
    return msgspec.convert({"req_id": req_id, "type": 2, "text": text, **more}, Broadcast)


def content(req_id: str, seq: int, text: str, **more: object) -> Passed:
    return msgspec.convert({"req_id": req_id, "type": 4, "seq": seq, "text": text, **more}, ModelContent)


def test_a_question_goes_to_the_bot_and_a_text_does_not(stage: Stage):
    stage.ask("a", "Your hours?", visitor="v1")
    (question,) = stage.commands
    assert (question.text, question.chat_command, question.interrupt) == ("Your hours?", msgspec.UNSET, msgspec.UNSET)
    assert question.cloud_ai_visitor_biz_id == "v1"
    assert question.chat_round_id not in {"r1", "", msgspec.UNSET}
    plain = Stage("text")
    plain.say("b", "Hello.")
    assert [command.chat_command for command in plain.commands] == ["NotUseChat"]


def test_every_question_is_a_round_of_its_own(stage: Stage):
    stage.ask("a", "One?")
    stage.ask("b", "Two?", now=2.0)
    assert len({command.chat_round_id for command in stage.commands}) == 2
    assert [command.cloud_ai_visitor_biz_id for command in stage.commands] == [msgspec.UNSET] * 2


def test_an_answer_of_the_knowledge_base_is_told_spoken_and_heard(stage: Stage):
    stage.ask("a", "Your hours?")
    stage.tell(UserInput(req_id="r1", type=1, text="Your hours?"), 0.1)
    stage.tell(broadcast("r1", "plain", text_display="From nine to five. We are closed on Monday, sadly."), 0.2)
    assert stage.answers == [("From nine to five. ", True), ("We are closed on Monday, sadly.", True)]
    stage.hear("r1", "TextStart", now=0.5)
    assert stage.sentences == [(1, "From nine to five. ", "started")]
    due = stage.drives.next_deadline()
    assert due is not None
    stage.tick(due)
    assert stage.sentences[1:] == [
        (1, "From nine to five. ", "ended"),
        (2, "We are closed on Monday, sadly.", "started"),
    ]
    stage.hear("r1", "TextOver", now=6.0)
    assert stage.statuses("a") == ["queued", "sent", "started", "ended"]
    assert stage.changes("a")[-1].heard == "From nine to five. We are closed on Monday, sadly."
    assert stage.changes("a")[0].kind == "text"


def test_a_model_that_tells_of_its_clauses_is_believed(stage: Stage):
    stage.ask("a", "The price?")
    stage.tell(ModelThinking(req_id="r1", type=5, text="Let me see."), 0.1)
    stage.tell(content("r1", 1, "It is free."), 0.5)
    stage.hear("r1", "TextStart", now=0.6)
    stage.hear("r1", "SentenceStart", seq=1, now=0.6)
    stage.tell(content("r1", 2, " It stays so.", final=True), 0.8)
    stage.tick(100.0)  # no estimate counts any more
    assert stage.sentences == [(1, "It is free.", "started")]
    stage.hear("r1", "SentenceOver", seq=1, now=101.0)
    stage.hear("r1", "SentenceStart", seq=2, now=101.0)
    stage.interrupt(101.5)
    stage.hear("r1", "TextOver", now=101.8)
    assert stage.sentences[1:] == [(1, "It is free.", "ended"), (2, " It stays so.", "started")]
    assert stage.changes("a")[-1].heard == "It is free."
    assert stage.statuses("a")[-1] == "interrupted"


def test_words_that_come_while_it_speaks_follow_when_their_time_has_come(stage: Stage):
    stage.ask("a", "The price?")
    stage.hear("r1", "TextStart", now=0.3)
    assert stage.sentences == []
    stage.tell(content("r1", 1, "It is free."), 0.4)
    stage.tell(content("r1", 2, " It stays so."), 5.0)
    assert [(number, status) for number, _, status in stage.sentences] == [(1, "started"), (1, "ended"), (2, "started")]


def test_what_is_only_shown_is_no_speech(stage: Stage):
    stage.ask("a", "A picture?")
    stage.tell(content("r1", 1, "https://x.example/a.png", content_type="Image", tts_support=False), 0.2)
    stage.tell(content("r1", 2, "See the table.", tts_support=False, final=True), 0.3)
    assert stage.answers == [("See the table.", False)]
    assert stage.statuses("a") == ["queued", "sent", "ended"]
    assert stage.changes("a")[-1].heard == ""
    stage.say("b", "Next.", now=2.0)
    assert [text for _, text, *_ in stage.packets] == ["Next."]


def test_a_short_answer_that_is_never_spoken_ends_when_the_cloud_says_that_it_is_silent(stage: Stage):
    stage.ask("a", "A word?")
    stage.tell(broadcast("r1", "Read this."), 0.2)
    stage.tick(0.2 + NO_ANSWER_S)
    assert stage.asked == 1
    stage.do(stage.drives.cloud_says(speaking=False, now=11.0))
    assert stage.statuses("a")[-1] == "ended"
    assert stage.changes("a")[-1].heard == ""
    assert stage.unanswered == []


def test_a_bot_without_an_answer_leaves_the_word_to_others(stage: Stage):
    stage.ask("a", "Anybody?")
    stage.tick(NO_ANSWER_S - 0.1)
    assert stage.asked == 0
    stage.tick(NO_ANSWER_S)
    stage.do(stage.drives.cloud_says(speaking=False, now=10.5))
    assert stage.unanswered == ["no_over"]
    stage.push("a", "Sorry.", 10.6, last=True)
    stage.hear("r3", "TextStart", now=11.0)
    stage.hear("r3", "TextOver", now=12.0)
    assert stage.statuses("a") == ["queued", "sent", "started", "ended"]
    assert stage.changes("a")[-1].heard == "Sorry."


def test_a_sign_of_the_bot_renews_the_patience(stage: Stage):
    stage.ask("a", "Anybody?")
    stage.tell(ModelThinking(req_id="r1", type=5, text="Hm."), 9.0)
    stage.tick(18.9)
    assert stage.asked == 0
    stage.tick(19.0)
    assert stage.asked == 1


def test_a_refused_question_says_why(stage: Stage):
    stage.ask("a", "Anybody?")
    stage.do(stage.drives.refused(DriveError(req_id="r1", code=110022, message="gone"), 0.2))
    assert stage.unanswered == ["drive_failed"]
    assert stage.statuses("a") == ["queued", "sent"]


def test_an_answer_that_breaks_off_fails(stage: Stage):
    stage.ask("a", "The price?")
    stage.tell(broadcast("r1", "It is free."), 0.2)
    stage.hear("r1", "TextStart", now=0.3)
    stage.hear("r1", "Error", now=0.6)
    assert stage.statuses("a")[-1] == "failed"
    assert stage.unanswered == []


def test_questions_keep_the_distance_of_texts_and_replace_each_other(stage: Stage):
    stage.ask("a", "One?")
    stage.tell(broadcast("r1", "One is one."), 0.1)
    stage.hear("r1", "TextStart", now=0.2)
    stage.ask("b", "Two?", now=0.5)
    assert len(stage.commands) == 1
    stage.tick(1.05)
    assert [command.text for command in stage.commands] == ["One?", "Two?"]
    stage.hear("r1", "TextOver", now=1.1)
    assert stage.statuses("a")[-1] == "interrupted"


def test_a_question_over_a_stream_waits_for_its_end(stage: Stage):
    stage.open("s", "stream")
    stage.push("s", "A long story.", 0.0)
    stage.hear("r1", "TextStart", now=0.2)
    stage.ask("a", "Stop?", now=1.0)
    assert stage.commands == []
    assert stage.packets[-1][4]
    stage.hear("r1", "TextOver", now=1.2)
    assert [command.text for command in stage.commands] == ["Stop?"]


def test_what_must_not_be_interrupted_is_stopped_by_force(stage: Stage):
    stage.ask("a", "The law?")
    stage.tell(broadcast("r1", "Hear the law.", uninterrupt=True), 0.1)
    stage.hear("r1", "TextStart", now=0.2)
    stage.ask("b", "Else?", now=2.0)
    stage.ask("c", "And else?", now=4.0)
    assert [command.interrupt for command in stage.commands] == [msgspec.UNSET, True, msgspec.UNSET]


def test_a_question_that_was_heard_is_not_repeated_after_a_reconnect(stage: Stage):
    stage.ask("a", "The price?")
    stage.tell(UserInput(req_id="r1", type=1, text="The price?"), 0.1)
    stage.reconnect(0.5, 1.0)
    stage.tick(5.0)
    assert len(stage.commands) == 1
    other = Stage()
    other.ask("a", "The price?")
    other.reconnect(0.5, 1.0)
    other.tick(2.1)
    assert [command.text for command in other.commands] == ["The price?"] * 2
    assert other.commands[0] == other.commands[1]


def test_an_answer_that_begins_after_it_was_given_up_is_stopped(stage: Stage):
    stage.ask("a", "Slow?")
    stage.interrupt(0.5)
    stage.tick(3.5)  # the stop goes out without a TextStart
    stage.refuse("r3", now=3.6)
    stage.do(stage.drives.cloud_says(speaking=False, now=3.7))
    assert stage.statuses("a")[-1] == "interrupted"
    stage.hear("r1", "TextStart", now=8.0)
    assert [(command.text, command.interrupt) for command in stage.commands[1:]] == [("", True), ("", True)]
    stage.hear("r1", "TextOver", now=8.2)
    assert stage.drives.next_deadline() is None


def test_messages_of_nobody_are_passed_on(stage: Stage):
    effects = stage.tell(broadcast("other", "Hello."), 0.0)
    assert len(effects) == 1
    assert stage.answers == []

import base64

import numpy as np
import pytest

from emulator.channel.bot import Bot, Reply, Rule
from emulator.channel.drives import Drives, Effect, Refusal
from emulator.channel.frames import Audio, Command, Heartbeat, StreamText, Text, Uplink
from emulator.channel.telling import Told
from emulator.codes import CloudError
from emulator.limits import Limits, LimitsHolder
from emulator.performance import SAMPLE_RATE
from emulator.speech.cues import Status
from emulator.speech.speech import Speech

FRAME = base64.b64encode(np.full(2560, 900, "<i2").tobytes()).decode()


class Stage:
    """Drives whose every clause is spoken at once, in `seconds` each; time moves by hand."""

    def __init__(self, driver_type: int = 1, *, lenient: bool = False, seconds: float = 0.5) -> None:
        self.limits = LimitsHolder()
        self.bot: Bot | None = None
        self.drives = Drives(driver_type, self.limits, lenient=lenient, bot=lambda: self.bot)
        self.now = 0.0
        self.seconds = seconds
        self.spoken: list[str] = []

    def send(self, req_id: str, command: Command) -> list[tuple[str, str | int]]:
        return self._see(self.drives.receive(Uplink(req_id, "m1", command), self.now))

    def go(self, seconds: float) -> list[tuple[str, str | int]]:
        until = self.now + seconds
        seen: list[tuple[str, str | int]] = []
        while (due := self.drives.next_deadline()) is not None and due <= until:
            self.now = max(due, self.now)
            seen += self._see(self.drives.tick(self.now))
        self.now = until
        return seen

    def _see(self, effects: list[Effect]) -> list[tuple[str, str | int]]:
        seen = [_row(effect) for effect in effects]
        while (clause := self.drives.unspoken()) is not None:
            ticket, text = clause
            self.spoken.append(text)
            speech = Speech(np.ones(int(self.seconds * SAMPLE_RATE), np.int16), ())
            seen += [_row(effect) for effect in self.drives.provide(ticket, speech, self.now)]
        return seen


def _row(effect: Effect) -> tuple[str, str | int]:
    match effect:
        case Status():
            return effect.req_id, effect.name
        case Refusal():
            return effect.req_id, effect.error.code.number
        case Told():
            return effect.req_id, -effect.type


def stream(text: str, seq: int, *, final: bool = False, sentence: bool = True) -> StreamText:
    return StreamText(text, seq, is_final=final, is_sentence=sentence)


def stop(seq: int) -> StreamText:
    return StreamText("", seq, is_final=True, interrupt=True)


def test_a_clause_drive_has_all_its_statuses_in_order():
    stage = Stage()
    seen = stage.send("R", stream("One.", 1)) + stage.send("R", stream("Two.", 2, final=True)) + stage.go(3)
    assert [name for _, name in seen] == [
        "WaitingTextStart",
        "TextStart",
        "SentenceStart",
        "SentenceNext",
        "SentenceOver",
        "SentenceStart",
        "SentenceOver",
        "WaitingTextOver",
        "TextOver",
    ]


def test_an_empty_final_fragment_ends_the_stream_and_interrupts_nothing():
    stage = Stage()
    stage.send("R", stream("One.", 1))
    assert stage.send("R", stream("", 2, final=True)) == []
    assert stage.go(3)[-2:] == [("R", "WaitingTextOver"), ("R", "TextOver")]


def test_text_without_clause_mode_is_cut_into_sentences():
    stage = Stage()
    for seq, text in enumerate(["你好", "，欢迎。今天", "天气很好。", "再见"], 1):
        stage.send("R", stream(text, seq, sentence=False, final=seq == 4))
    assert stage.spoken == ["你好，欢迎。", "今天天气很好。", "再见"]
    assert {name for _, name in stage.go(5)} == {"TextStart", "WaitingTextOver", "TextOver"}


def test_two_seconds_without_a_fragment_end_a_stream_without_clause_mode():
    stage = Stage()
    stage.send("R", stream("no end in sight", 1, sentence=False))
    stage.go(1.99)
    assert stage.spoken == []
    assert ("R", "TextOver") in stage.go(3)
    assert stage.spoken == ["no end in sight"]


def test_clause_mode_waits_without_limit():
    stage = Stage()
    stage.send("R", stream("One.", 1))
    stage.go(100)
    assert stage.send("R", stream("Two.", 2)) == []


@pytest.mark.parametrize("after_final", [False, True])
def test_an_interrupt_ends_the_drive_at_once(after_final: bool):
    stage = Stage()
    stage.send("R", stream("One.", 1, final=after_final))
    stage.go(0.2)
    assert stage.send("R", stop(2)) == [("R", "SentenceOver"), ("R", "TextOver")]
    assert stage.go(10) == []


def test_an_interrupt_after_the_end_is_refused():
    stage = Stage()
    stage.send("R", stream("One.", 1, final=True))
    stage.go(3)
    assert stage.send("R", stop(2)) == [("R", 110015)]
    assert stage.send("Q", stop(1)) == [("Q", 110015)]


def test_an_interrupt_has_the_next_seq_and_is_final():
    stage = Stage()
    stage.send("R", stream("One.", 1))
    assert stage.send("R", stop(1)) == [("R", 100001)]
    assert stage.send("R", stop(3)) == [("R", 100001)]
    assert stage.send("R", StreamText("", 2, interrupt=True)) == [("R", 100001)]
    assert stage.send("R", StreamText("x", 2, interrupt=True, is_final=True)) == [("R", 100001)]
    assert stage.send("R", stop(2)) == [("R", "TextOver")]


def test_the_web_sdks_interrupts_pass_when_lenient():
    stage = Stage(lenient=True)
    stage.send("R", stream("One.", 1))
    assert stage.send("R", StreamText("", 7, interrupt=True)) == [("R", "TextOver")]


def test_seq_starts_at_1_and_goes_on_by_1():
    stage = Stage()
    for seq in (0, 2, -1):
        assert stage.send("R", stream("One.", seq)) == [("R", 100001)]
    stage.send("R", stream("One.", 1))
    assert stage.send("R", stream("Two.", 1)) == [("R", 100001)]
    assert stage.send("R", stream("Two.", 3)) == [("R", 100001)]
    assert stage.send("R", stream("Two.", 2)) == []


def test_nothing_follows_is_final():
    stage = Stage()
    stage.send("R", stream("One.", 1, final=True))
    assert stage.send("R", stream("Two.", 2)) == [("R", 110015)]


def test_a_req_id_is_used_once():
    stage = Stage()
    stage.send("R", stream("One.", 1, final=True))
    stage.go(3)
    assert stage.send("R", stream("One.", 1)) == [("R", 110015)]
    assert stage.send("R", Text("One.")) == [("R", 110015)]


def test_a_fragment_has_at_most_1000_bytes():
    stage = Stage()
    assert stage.send("R", stream("字" * 334, 1)) == [("R", 100001)]
    assert stage.send("R", stream("字" * 333 + "a", 1)) == [("R", "WaitingTextStart")]


def test_text_interrupts_text():
    stage = Stage()
    stage.send("A", Text("One."))
    stage.go(1.2 - 0.9)
    assert stage.send("B", Text("Two.")) == [("B", 100012)]
    stage.now = 1.0
    assert stage.send("B", Text("Two."))[-1] == ("B", 100012)
    stage.now = 1.001
    stage.send("B", Text("Two."))
    stage.now = 2.1
    assert stage.send("C", stream("Three.", 1))[-1] == ("C", "WaitingTextStart")


def test_an_empty_text_stops_but_only_what_has_begun():
    stage = Stage(seconds=3.0)
    assert stage.send("X", Text("", interrupt=True)) == [("X", 110015)]
    stage.send("A", Text("One."))
    stage.limits.current = Limits(text_interval_s=0.0)
    stage.now = 0.01
    assert stage.send("X", Text("", interrupt=True)) == [("X", 110015)]
    stage.go(0.2)
    assert stage.send("X", Text("")) == [("X", 100001)]
    assert stage.send("X", Text("", interrupt=True)) == [("A", "TextOver")]


def test_a_text_has_at_most_4000_bytes():
    stage = Stage()
    assert stage.send("A", Text("字" * 1334)) == [("A", 100001)]
    assert stage.send("A", Text("字" * 1333)) == [("A", "WaitingTextStart")]


def test_text_over_http_is_counted_in_characters_and_refused_by_raising():
    stage = Stage()
    with pytest.raises(CloudError, match="4000 characters"):
        stage.drives.command("H", Text("字" * 4001), 0.0)
    effects = stage.drives.command("H", Text("字" * 4000), 0.0)
    assert [effect.name for effect in effects if isinstance(effect, Status)] == ["WaitingTextStart"]
    with pytest.raises(CloudError, match="1 second apart"):
        stage.drives.command("I", Text("Two."), 1.0)
    assert stage.send("J", Text("Two.")) == [("J", 100012)]


GUARDED = Rule(question="hours", text="From nine to five.", uninterruptible=True)


def test_a_bot_answers_what_is_not_meant_to_be_said():
    stage = Stage()
    stage.bot = Bot(answers=[GUARDED])
    assert stage.send("A", Text("Your HOURS?"))[:3] == [("A", -1), ("A", -2), ("A", "WaitingTextStart")]
    assert stage.spoken == ["From nine to five."]
    stage.go(3)
    assert stage.send("B", Text("As it is.", chat_command="NotUseChat")) == [("B", "WaitingTextStart")]
    assert stage.spoken[-1] == "As it is."


@pytest.mark.parametrize("text", ["Another text.", ""])
def test_only_force_ends_what_is_not_to_be_interrupted(text: str):
    stage = Stage(seconds=5.0)
    stage.bot = Bot(answers=[GUARDED])
    stage.send("A", Text("hours"))
    stage.go(1.2)
    assert stage.send("B", Text("Another text.", chat_command="NotUseChat")) == [("B", 110015)]
    assert stage.send("B", Text(text, interrupt=True, chat_command="NotUseChat"))[0] == ("A", "TextOver")
    stage.go(10)
    assert stage.send("C", Text("Free again.", chat_command="NotUseChat")) == [("C", "WaitingTextStart")]


def test_an_answer_that_is_only_shown():
    stage = Stage()
    stage.bot = Bot(otherwise=Reply(text="Look.", spoken=False, model=True))
    assert stage.send("A", Text("Anything")) == [("A", -1), ("A", -4)]
    assert stage.spoken == []


def test_a_heartbeat_has_no_answer():
    assert Stage().send("H", Heartbeat("PING")) == []


def test_audio_needs_its_driver_type():
    assert Stage().send("A", Audio(FRAME, 1)) == [("A", 100001)]


def test_audio_plays_and_ends():
    stage = Stage(3)
    seen = stage.send("A", Audio(FRAME, 1))
    for seq in (2, 3):
        seen += stage.go(0.16) + stage.send("A", Audio(FRAME, seq))
    seen += stage.go(0.16) + stage.send("A", Audio("", 4, is_final=True)) + stage.go(2)
    assert [name for _, name in seen] == ["WaitingAudioStart", "AudioStart", "WaitingAudioOver", "AudioOver"]
    heard = stage.drives.spoken(stage.now)
    assert heard.size == 3 * 0.16 * SAMPLE_RATE
    assert abs(int(np.median(heard)) - 900) <= 1
    assert b"".join(stage.drives.received) == np.full(3 * 2560, 900, "<i2").tobytes()


def over(effects: list[Effect]) -> list[int | None]:
    return [effect.final_type for effect in effects if isinstance(effect, Status) and effect.name == "AudioOver"]


def test_two_seconds_without_a_frame_end_audio_with_final_type_2():
    stage = Stage(3)
    stage.send("A", Audio(FRAME, 1))
    stage.go(1.9)
    assert over(stage.drives.tick(2.0)) == [2]
    assert stage.send("A", Audio(FRAME, 2)) == [("A", 110015)]


def test_a_short_frame_is_the_last():
    stage = Stage(3)
    stage.send("A", Audio(base64.b64encode(bytes(100)).decode(), 1))
    assert stage.send("A", Audio(FRAME, 2)) == [("A", 100001)]
    assert stage.send("A", Audio("", 2, is_final=True)) == []


def test_a_lenient_interrupt_ends_audio_at_once():
    stage = Stage(3, lenient=True)
    assert stage.send("A", Audio("", 0, interrupt=True)) == [("A", 110015)]
    stage.send("A", Audio(FRAME, 1))
    stage.go(0.25)
    assert stage.send("B", Audio("", 0, interrupt=True)) == [("B", 110015)]
    assert stage.send("A", Audio("", 0, interrupt=True)) == [("A", "AudioOver")]


def test_lenient_fragments_are_twice_as_long_and_may_begin_with_0():
    stage = Stage(lenient=True)
    assert stage.send("R", stream("a" * 2001, 0)) == [("R", 100001)]
    assert stage.send("R", stream("a" * 2000, 0)) == [("R", "WaitingTextStart")]
    assert stage.send("R", stream("b", 1)) == []


def test_audio_and_text_wait_for_each_other():
    stage = Stage(3)
    stage.send("T", stream("One.", 1, final=True))
    assert stage.send("A", Audio(FRAME, 1)) == [("A", 110015)]
    stage.go(3)
    stage.send("A", Audio(FRAME, 1))
    assert stage.send("S", stream("Two.", 1)) == [("S", 110015)]
    assert stage.send("U", Text("Two.")) == [("U", 110015)]
    assert stage.send("B", Audio(FRAME, 1)) == [("B", 110015)]


def test_a_drive_that_piles_up_is_refused_and_lives():
    stage = Stage()
    for seq in range(1, 258):
        refused = stage.send("R", stream("a", seq))
        if seq == 257:
            assert refused == [("R", 100012)]
    stage.go(200)
    assert stage.send("R", stream("", 257, final=True))[-1] == ("R", "TextOver")

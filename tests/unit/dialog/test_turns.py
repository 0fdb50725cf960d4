from pathlib import Path

import pytest

from dialog.listening import load_listening
from dialog.turnevents import (
    Ask,
    Awake,
    DropListening,
    Effect,
    Ended,
    Event,
    Final,
    FinishListening,
    FirstToken,
    Forget,
    HandsFree,
    Hold,
    Interrupt,
    Listen,
    Muted,
    Partial,
    Pressed,
    Released,
    Resume,
    SayFiller,
    Sent,
    Started,
    StateChanged,
    Stop,
    Typed,
    Unheard,
    VoiceEnded,
    VoiceStarted,
)
from dialog.turns import Rules, Turns

WORDS = load_listening(Path(__file__).parents[3] / "config" / "listening")
FILLERS = {"en": ("Let me think.", "One moment."), "zh": ("让我想想。",)}


class Played:
    """Plays events at their times, with the ticks in between; every effect has its time."""

    def __init__(self, *, rules: Rules | None = None, wake: tuple[str, ...] = (), hands_free: bool = True) -> None:
        self.turns = Turns(rules, listening=WORDS, fillers=FILLERS, wake_phrases=wake, hands_free=hands_free)
        self.now = 0.0

    def at(self, now: float, *given: Event) -> list[tuple[float, Effect]]:
        done: list[tuple[float, Effect]] = []
        while (due := self.turns.next_deadline()) is not None and due <= now:
            done += [(round(due, 3), effect) for effect in self.turns.tick(due)]
        for event in given:
            done += [(now, effect) for effect in self.turns.receive(event, now)]
        return done

    def ask(self, text: str = "Who are you?") -> int:
        """Have a question asked and answered aloud, at time 0; return its turn."""
        self.at(0, Typed(text))
        self.at(0, FirstToken(1), Sent(1, "I am Yun, and I welcome the visitors of this house."), Started(1))
        assert self.turns.state == "speaking"
        return 1


def states(done: list[tuple[float, Effect]]) -> list[str]:
    return [effect.state for _, effect in done if isinstance(effect, StateChanged)]


def test_a_spoken_question_is_heard_answered_and_over():
    played = Played()
    assert played.at(1, VoiceStarted()) == [(1, Listen(1)), (1, StateChanged("listening"))]
    assert played.at(2, Partial(1, "what time is it?"), VoiceEnded()) == []
    assert played.at(3) == [(2.7, FinishListening(1))]
    asked = played.at(3.1, Final(1, "What time is it?"))
    assert asked == [(3.1, Ask(1, "What time is it?", "en")), (3.1, StateChanged("thinking"))]
    assert played.at(3.5, FirstToken(1), Sent(1, "It is noon."), Started(1)) == [(3.5, StateChanged("speaking"))]
    assert played.at(9, Ended(1)) == [(9, StateChanged("idle"))]
    assert played.turns.next_deadline() is None


def test_who_goes_on_in_time_is_not_cut_off():
    played = Played()
    played.at(0, VoiceStarted())
    played.at(1, VoiceEnded())
    assert played.at(1.6, VoiceStarted()) == []
    assert played.at(3, VoiceEnded()) == []
    assert played.at(9) == [(3.7, FinishListening(1))]


@pytest.mark.parametrize("partial", ["I would like to know the", "我想请问一下"])
def test_an_unfinished_sentence_gets_more_time(partial: str):
    played = Played()
    played.at(0, VoiceStarted())
    played.at(1, VoiceEnded())
    assert played.at(1.3, Partial(1, partial)) == []
    assert played.at(9)[0] == (2.6, FinishListening(1))


def test_a_late_partial_that_is_complete_shortens_the_wait():
    played = Played()
    played.at(0, VoiceStarted(), Partial(1, "where is the"))
    played.at(1, VoiceEnded())
    assert played.at(2, Partial(1, "where is the cafeteria")) == []
    assert played.at(2) == [(2, FinishListening(1))]


def test_a_cough_pauses_the_speech_and_no_more():
    played = Played()
    played.ask()
    assert played.at(1, VoiceStarted()) == [(1, Listen(1)), (1, Hold(1))]
    assert played.at(1.2, VoiceEnded()) == [(1.2, Resume(1)), (1.2, FinishListening(1))]
    assert played.at(2, Final(1, "")) == [(2, Unheard(1, "empty"))]
    assert played.turns.state == "speaking"


def test_a_voice_that_stays_interrupts():
    played = Played()
    played.ask()
    played.at(1, VoiceStarted())
    done = played.at(2)
    assert done == [
        (1.4, Stop(1, "voice")),
        (1.4, StateChanged("interrupted")),
        (1.4, StateChanged("listening")),
    ]
    assert played.at(2, Ended(1), Started(1), Sent(1, "late"), FirstToken(1)) == []
    assert played.at(3, VoiceEnded()) == []
    assert played.at(9, Final(1, "And you?"))[-2:] == [(9, Ask(2, "And you?", "en")), (9, StateChanged("thinking"))]


@pytest.mark.parametrize("partial", ["wait what", "Stop!", "停", "那电梯呢"])
def test_words_interrupt_sooner(partial: str):
    played = Played()
    played.ask()
    played.at(1, VoiceStarted())
    assert played.at(1.1, Partial(1, "I")) == []
    assert played.at(1.2, Partial(1, partial))[0] == (1.2, Stop(1, "voice"))


def test_words_alone_interrupt_where_a_voice_proves_nothing():
    played = Played(rules=Rules(interrupt_by="words"))
    played.ask()
    played.at(1, VoiceStarted())
    assert played.at(3) == [(1.4, Resume(1))]
    assert played.at(3, Partial(1, "uh-huh okay")) == []
    assert played.at(3.1, Partial(1, "uh-huh okay but why"))[0] == (3.1, Stop(1, "voice"))


@pytest.mark.parametrize(
    ("final", "effects"),
    [
        ("Stop.", [Stop(1, "voice"), StateChanged("interrupted"), Unheard(1, "stop"), StateChanged("idle")]),
        ("Uh-huh.", [Unheard(1, "backchannel")]),
        ("Why?", [Unheard(1, "backchannel")]),
        ("I welcome the visitors", [Unheard(1, "echo")]),
        (
            "Where to?",
            [Stop(1, "voice"), StateChanged("interrupted"), Ask(2, "Where to?", "en"), StateChanged("thinking")],
        ),
    ],
)
def test_a_short_word_while_it_speaks_is_judged_when_it_is_known(final: str, effects: list[Effect]):
    played = Played()
    played.ask()
    played.at(1, VoiceStarted())
    played.at(1.3, VoiceEnded())
    assert played.at(2, Final(1, final)) == [(2, effect) for effect in effects]


def test_its_own_voice_does_not_interrupt_it():
    played = Played()
    played.ask()
    played.at(1, VoiceStarted())
    assert played.at(1.2, Partial(1, "I am Yun and I")) == [(1.2, Resume(1))]
    assert played.at(4, Partial(1, "I am Yun and I welcome you")) == []
    assert played.at(5, VoiceEnded()) == [(5, FinishListening(1))]
    assert played.at(6, Final(1, "I am Yun, and I welcome the visitors")) == [(6, Unheard(1, "echo"))]
    assert played.turns.state == "speaking"


def test_who_talks_over_its_voice_is_heard():
    played = Played()
    played.ask()
    played.at(1, VoiceStarted())
    played.at(1.2, Partial(1, "I am Yun and I"))
    done = played.at(3, Partial(1, "I am Yun and I wait a moment where is the cafeteria please"))
    assert done[0] == (3, Stop(1, "voice"))


def test_its_last_words_are_an_echo_for_a_moment():
    played = Played()
    played.ask()
    played.at(5, VoiceStarted(), Ended(1), VoiceEnded())
    assert played.at(6.4)[-1] == (5.7, FinishListening(1))
    assert played.at(6.4, Final(1, "visitors of this house"))[0] == (6.4, Unheard(1, "echo"))
    played.at(7, VoiceStarted())
    played.at(8, VoiceEnded())
    assert played.at(9, Final(2, "Visitors of this house"))[1:2] == [(9, Ask(2, "Visitors of this house", "en"))]


def test_a_filler_bridges_a_long_silence_once_and_never_the_same_twice():
    played = Played()
    played.at(0, Typed("Hi"))
    assert played.at(0.9) == []
    assert played.at(8) == [(1, SayFiller(1, "Let me think."))]
    played.at(8, Started(1), Ended(1))
    played.at(10, Typed("Hi"))
    assert played.at(12) == [(11, SayFiller(2, "One moment."))]
    played.at(12, Typed("你好"))
    assert played.at(14) == [(13, SayFiller(3, "让我想想。"))]
    played.at(14, Typed("你好"))
    assert played.at(20) == []


@pytest.mark.parametrize("event", [FirstToken(1), Started(1), Ended(1), Interrupt("button")])
def test_no_filler_is_needed_any_more(event: Event):
    played = Played()
    played.at(0, Typed("Hi"))
    played.at(0.5, event)
    assert not [effect for _, effect in played.at(20) if isinstance(effect, SayFiller)]


def test_a_typed_question_interrupts_and_is_asked_at_once():
    played = Played()
    played.ask()
    played.at(1, VoiceStarted())
    assert [effect for _, effect in played.at(1.1, Typed("再见"), Typed("  "))] == [
        Stop(1, "text"),
        StateChanged("interrupted"),
        DropListening(1),
        Ask(2, "再见", "zh"),
        StateChanged("thinking"),
    ]
    assert played.turns.language == "zh"
    assert played.at(1.2, Ended(2), Typed("42"))[1] == (1.2, Ask(3, "42", "zh"))


def test_a_button_silences_it():
    played = Played()
    played.ask()
    assert [effect for _, effect in played.at(1, Interrupt("button"))] == [
        Stop(1, "button"),
        StateChanged("interrupted"),
        StateChanged("idle"),
    ]
    assert played.at(2, Interrupt("button")) == []
    played.at(3, VoiceStarted(), VoiceEnded())
    assert played.at(3.2, Interrupt("button")) == [(3.2, DropListening(1)), (3.2, StateChanged("idle"))]


def test_the_button_to_talk():
    played = Played(hands_free=False)
    assert played.at(0, VoiceStarted(), VoiceEnded(), Released()) == []
    played.ask()
    assert [effect for _, effect in played.at(1, Pressed(), Pressed())] == [
        Stop(1, "voice"),
        StateChanged("interrupted"),
        Listen(1),
        StateChanged("listening"),
    ]
    assert played.at(5, VoiceStarted(), VoiceEnded(), Partial(1, "hello there")) == []
    assert played.at(9) == []
    assert played.at(9, Released(), Released()) == [(9, FinishListening(1))]
    assert played.at(10, Final(1, "Hello there."))[0] == (10, Ask(2, "Hello there.", "en"))


def test_a_microphone_that_is_off_has_said_all_that_it_said():
    played = Played()
    played.at(0, VoiceStarted())
    assert played.at(1, Muted()) == [(1, FinishListening(1))]
    assert played.at(1.5, Muted()) == []
    assert played.at(2, Final(1, "Who are you?"))[0] == (2, Ask(1, "Who are you?", "en"))
    played.at(3, Started(1))
    assert played.at(4, VoiceStarted()) == [(4, Listen(2)), (4, Hold(1))]
    assert played.at(4.1, Muted()) == [(4.1, Resume(1)), (4.1, FinishListening(2))]


def test_a_button_that_is_lost_while_it_is_held_is_released():
    played = Played(hands_free=False)
    played.at(0, Pressed())
    assert played.at(1, Muted()) == [(1, FinishListening(1))]
    assert played.at(1, Pressed())[0] == (1, Listen(2))


def test_who_is_forgotten_has_said_nothing():
    played = Played(wake=("hey Yun",))
    played.at(0, VoiceStarted())
    played.at(1, VoiceEnded(), Final(1, "hey Yun, who are you?"))
    played.at(1, Sent(1, "I am Yun, and I welcome you."), Started(1))
    played.at(2, VoiceStarted())
    assert [effect for _, effect in played.at(2.1, Forget())] == [
        Stop(1, "api"),
        StateChanged("interrupted"),
        DropListening(2),
        StateChanged("idle"),
    ]
    # Neither is the next one awake, nor has the avatar said anything.
    played.at(2.3, VoiceEnded(), VoiceStarted(), VoiceEnded())
    played.at(3.5)
    assert played.at(3.6, Final(3, "I am Yun, and I welcome you"))[0] == (3.6, Unheard(3, "asleep"))


def test_what_is_an_echo_or_said_to_others_is_not_shown():
    played = Played(wake=("hey Yun",))
    assert not played.turns.is_for_all("look at that", 0)
    assert played.turns.is_for_all("hey Yun look", 0)
    played.ask()
    assert played.turns.is_for_all("where is the lift", 1)
    assert not played.turns.is_for_all("I am Yun and I welcome", 1)
    played.at(2, Ended(1))
    assert played.turns.is_for_all("where is the lift", 10)
    assert not played.turns.is_for_all("where is the lift", 60)


def test_the_sound_is_given_back_whatever_ends_a_hold():
    for end in (Ended(1), VoiceEnded(), Interrupt("button"), Typed("And you?"), Muted()):
        played = Played()
        played.ask()
        played.at(1, VoiceStarted())
        assert played.turns.held
        played.at(1.1, end)
        assert not played.turns.held or played.turns.answering != 1


def test_changing_the_mode_drops_what_the_microphone_brought():
    played = Played()
    played.at(0, VoiceStarted())
    assert played.at(1, HandsFree(on=False)) == [(1, DropListening(1)), (1, StateChanged("idle"))]
    assert played.at(2, VoiceStarted()) == []
    played.at(3, HandsFree(on=True))
    assert played.at(4, VoiceStarted())[0] == (4, Listen(2))


def test_a_wake_phrase_is_needed_until_somebody_talks():
    played = Played(wake=("hey Yun", "小云小云"))

    def say(now: float, text: str) -> list[Effect]:
        ear = next(effect.ear for _, effect in played.at(now, VoiceStarted()) if isinstance(effect, Listen))
        played.at(now + 1, VoiceEnded())
        return [effect for _, effect in played.at(now + 2, Final(ear, text)) if not isinstance(effect, FinishListening)]

    assert say(0, "Look at that.") == [Unheard(1, "asleep"), StateChanged("idle")]
    assert say(10, "Hey Yun!") == [Awake(), StateChanged("idle")]
    assert say(20, "What time is it?")[0] == Ask(1, "What time is it?", "en")
    played.at(23, Started(1), Ended(1))
    assert say(40, "And tomorrow?")[0] == Ask(2, "And tomorrow?", "en")
    played.at(43, Ended(2))
    assert say(70, "And tomorrow?")[0] == Unheard(5, "asleep")
    assert say(80, "小云小云，你好吗")[0] == Ask(3, "你好吗", "zh")


def test_speech_that_nobody_asked_for_can_be_interrupted():
    played = Played()
    assert played.at(0, Sent(0, "Welcome!"), Started(0)) == [(0, StateChanged("speaking"))]
    played.at(1, VoiceStarted())
    assert played.at(2)[0] == (1.4, Stop(0, "voice"))
    played = Played()
    played.at(0, Started(0))
    assert played.at(1, Ended(0)) == [(1, StateChanged("idle"))]


def test_lost_events_leave_nobody_stuck():
    played = Played()
    played.at(0, VoiceStarted())
    assert states(played.at(100)) == ["idle"]
    played.at(200, Typed("Hi"))
    done = played.at(300)
    assert done[-3:] == [(245, Stop(1, "timeout")), (245, StateChanged("interrupted")), (245, StateChanged("idle"))]
    played.at(300, Typed("Hi"), Started(2))
    assert states(played.at(2000)) == ["interrupted", "idle"]


def test_a_question_in_two_breaths_is_not_lost_while_recognition_is_slow():
    played = Played()
    played.at(0, VoiceStarted())
    played.at(1, VoiceEnded())
    assert played.at(2, VoiceStarted()) == [(1.7, FinishListening(1)), (2, Listen(2))]
    assert played.at(2.1, Final(1, "Where is the lift?"))[0] == (2.1, Ask(1, "Where is the lift?", "en"))
    assert played.at(2.6)[0] == (2.5, Stop(1, "voice"))
    played.at(3, VoiceEnded())
    assert (9, Ask(2, "And the stairs?", "en")) in played.at(9, Final(2, "And the stairs?"))


def test_of_more_than_two_awaited_transcripts_the_oldest_is_given_up():
    played = Played()
    done: list[tuple[float, Effect]] = []
    for number in range(3):
        done += played.at(number * 1.5, VoiceStarted())
        done += played.at(number * 1.5 + 0.5, VoiceEnded())
    done += played.at(4.5)
    assert [effect for _, effect in done if isinstance(effect, DropListening | Unheard)] == [
        DropListening(1),
        Unheard(1, "late"),
    ]


def test_nobody_is_talked_over_while_they_hold_the_button():
    played = Played(hands_free=False)
    played.at(0, Pressed(), VoiceStarted())
    played.at(1, VoiceEnded(), Released())
    played.at(1.2, Pressed())
    assert (1.4, Ask(1, "Who are you?", "en")) in played.at(1.4, Final(1, "Who are you?"))
    assert not [effect for _, effect in played.at(3, FirstToken(1)) if isinstance(effect, SayFiller)]
    assert (3.2, Stop(1, "voice")) in played.at(3.2, Started(1))

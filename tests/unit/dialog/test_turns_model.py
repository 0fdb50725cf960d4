"""Any order of events, lost and late ones included, against what must always hold."""

from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from dialog.listening import load_listening
from dialog.turnevents import (
    Ask,
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
    VoiceEnded,
    VoiceStarted,
)
from dialog.turns import Turns

WORDS = load_listening(Path(__file__).parents[3] / "config" / "listening")
TEXTS = st.sampled_from(
    ["", "um", "stop", "where is the lift", "and the", "小云小云", "嗯", "洗手间在哪里", "I am Yun here"]
)


class TurnsMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.turns = Turns(listening=WORDS, fillers={"en": ("A", "B")}, wake_phrases=("小云小云",))
        self.now = 0.0
        self.running: int | None = None
        self.last_turn = self.last_ear = 0
        self.held = False
        self.filled: set[int] = set()
        self.last_filler = ""
        self.hearing: set[int] = set()
        self.finishing: set[int] = set()
        self.state = "idle"

    def take(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Listen() | FinishListening() | DropListening():
                    self.take_ear(effect)
                case StateChanged(state):
                    assert state != self.state
                    self.state = state
                case Ask() | Stop() | SayFiller() | Hold() | Resume():
                    self.take_answer(effect)
                case _:
                    pass

    def take_answer(self, effect: Ask | Stop | SayFiller | Hold | Resume) -> None:
        if isinstance(effect, Ask):
            assert self.running is None
            assert effect.turn == self.last_turn + 1
            self.running = self.last_turn = effect.turn
            return
        assert effect.turn == self.running
        match effect:
            case Stop():
                self.running, self.held = None, False
            case SayFiller(turn, text):
                assert turn not in self.filled
                assert text != self.last_filler
                self.filled.add(turn)
                self.last_filler = text
            case Hold():
                assert not self.held
                self.held = True
            case Resume():
                assert self.held
                self.held = False

    def take_ear(self, effect: Listen | FinishListening | DropListening) -> None:
        match effect:
            case Listen(ear):
                assert ear == self.last_ear + 1
                assert not self.hearing
                self.last_ear = ear
                self.hearing.add(ear)
            case FinishListening(ear):
                self.hearing.remove(ear)
                self.finishing.add(ear)
                assert len(self.finishing) <= 3
            case DropListening(ear):
                assert ear in self.hearing | self.finishing
                self.hearing.discard(ear)
                self.finishing.discard(ear)

    def give(self, event: Event) -> None:
        match event:
            case Final(ear):
                self.hearing.discard(ear)
                self.finishing.discard(ear)
            case Ended(turn) if turn == self.running:
                self.running, self.held = None, False
            case Started(0) if self.running is None:
                self.running = 0
            case _:
                pass
        self.take(self.turns.receive(event, self.now))

    @rule(seconds=st.sampled_from([0.01, 0.2, 0.5, 1.1, 3.0, 50.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.turns.tick(self.now))

    @rule(event=st.sampled_from([VoiceStarted(), VoiceEnded()]))
    def voice(self, event: Event) -> None:
        self.give(event)

    @rule(event=st.sampled_from([Pressed(), Released(), HandsFree(on=True), HandsFree(on=False), Interrupt("button")]))
    def control(self, event: Event) -> None:
        self.give(event)

    @rule(event=st.sampled_from([Muted(), Forget()]))
    def gone(self, event: Event) -> None:
        self.give(event)
        assert not self.hearing
        assert isinstance(event, Muted) or self.state == "idle"

    @precondition(lambda self: self.last_ear > 0)
    @rule(back=st.integers(0, 2), text=TEXTS)
    def partial(self, back: int, text: str) -> None:
        self.give(Partial(max(self.last_ear - back, 1), text))

    @precondition(lambda self: self.last_ear > 0)
    @rule(back=st.integers(0, 2), text=TEXTS)
    def final(self, back: int, text: str) -> None:
        self.give(Final(max(self.last_ear - back, 1), text))

    @rule(text=TEXTS)
    def typed(self, text: str) -> None:
        self.give(Typed(text))

    @rule(back=st.integers(0, 1), kind=st.sampled_from([FirstToken, Started, Ended]))
    def answered(self, back: int, kind: type[FirstToken | Started | Ended]) -> None:
        self.give(kind(max(self.last_turn - back, 0)))

    @rule()
    def said(self) -> None:
        self.give(Sent(self.last_turn, "I am Yun here."))

    @rule(event=st.sampled_from([Started(0), Ended(0)]))
    def unasked(self, event: Event) -> None:
        self.give(event)

    @invariant()
    def the_state_says_what_is_so(self) -> None:
        assert self.turns.state == self.state
        assert (self.state in ("thinking", "speaking")) == (self.running is not None)
        assert self.state != "interrupted"
        if self.state == "listening":
            assert self.hearing | self.finishing
        if self.state == "idle":
            assert not self.hearing | self.finishing
        else:
            assert self.turns.next_deadline() is not None
        assert not self.held or self.state == "speaking"
        assert self.turns.held == self.held
        assert self.turns.answering == self.running

    def teardown(self) -> None:
        """Without any further event all comes to rest."""
        for _ in range(20):
            due = self.turns.next_deadline()
            if due is None:
                break
            self.now = max(self.now, due)
            self.take(self.turns.tick(self.now))
        assert self.turns.next_deadline() is None
        assert self.turns.state == "idle"


TestTurns = TurnsMachine.TestCase
TestTurns.settings = settings(stateful_step_count=50)

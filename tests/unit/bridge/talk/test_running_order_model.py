"""Any order of what host, audience and cloud may do: everything is heard once, in order, and never two at a time."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.session.events import Interrupted, InterruptSource, UtteranceChanged, UtteranceKind, UtteranceStatus
from bridge.talk.audience import Written
from bridge.talk.running_order import Ask, Effect, RunningOrder, Silence, Speak
from bridge.talk.script import Line


@dataclass
class Utterance:
    name: str
    kind: UtteranceKind
    clauses: list[str]
    line: str | None = None
    done: list[str] = field(default_factory=list[str])
    interrupted: bool = False


class World(RuleBasedStateMachine):
    """A session that says one utterance after the other, clause by clause; the first of `queue` speaks."""

    def __init__(self) -> None:
        super().__init__()
        self.order = RunningOrder()
        self.now = 0.0
        self.count = 0
        self.queue: list[Utterance] = []
        self.to_hear: list[str] = []
        self.heard: list[str] = []
        self.asking = False
        self.order.start(self.now)

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def open(self, utterance: Utterance) -> None:
        self.queue.append(utterance)
        self.told(utterance, "queued")

    def told(self, of: Utterance, status: UtteranceStatus) -> None:
        heard = "".join(of.done) if status in {"ended", "interrupted"} else None
        self.order.receive(
            UtteranceChanged(utterance_id=of.name, kind=of.kind, status=status, heard=heard),
            self.now,
        )

    def interrupt(self, targets: list[Utterance], by: InterruptSource) -> None:
        targets = [each for each in targets if not each.interrupted]
        if not targets:
            return
        self.order.receive(Interrupted(utterance_ids=tuple(each.name for each in targets), by=by), self.now)
        for each in targets:
            each.interrupted = True
            if each is not self.queue[0]:
                self.queue.remove(each)
                self.told(each, "interrupted")

    def do(self, effects: list[Effect]) -> None:
        self.carry_out(effects)
        while effects := self.order.step(self.now):
            self.carry_out(effects)

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Speak():
                    assert [each for each in self.queue if not each.interrupted] == []
                    name = self.name()
                    clauses = [f"{word} " for word in effect.text.split()]
                    self.order.began(name)
                    self.open(Utterance(name, "stream", clauses, effect.line_id))
                case Ask():
                    assert not self.asking
                    self.asking = True
                    name = self.name()
                    self.order.asked(name)
                    self.open(Utterance(name, "stream", ["answer"]))
                case Silence():
                    self.interrupt([each for each in self.queue if each.name == effect.utterance_id], "api")

    @rule(clauses=st.integers(1, 3), now=st.booleans())
    def add_line(self, clauses: int, now: bool) -> None:
        name = self.name()
        words = [f"{name}-{number}" for number in range(clauses)]
        line = Line(name, " ".join(words))
        if now:
            current = self.order.script.current
            place = len(self.to_hear)
            if current is not None:
                lines = self.order.script.lines
                coming = {line.line_id for line in lines[lines.index(current) :]}
                to_come = (i for i, word in enumerate(self.to_hear) if word.split("-")[0] in coming)
                place = next(to_come, len(self.to_hear))
            self.to_hear[place:place] = words
            self.do(self.order.say_now(line))
        else:
            self.order.script.insert(line, 10**6)
            self.to_hear += words
            self.do([])

    @rule()
    def the_host_speaks(self) -> None:
        self.interrupt(list(self.queue), "voice")
        self.open(Utterance(self.name(), "audio", ["voice"]))
        self.do([])

    @rule(interrupt=st.booleans())
    def somebody_has_something_said(self, interrupt: bool) -> None:
        if interrupt:
            self.interrupt(list(self.queue), "api")
        self.open(Utterance(self.name(), "stream", ["other"]))
        self.do([])

    @rule(scope_all=st.booleans())
    def somebody_interrupts(self, scope_all: bool) -> None:
        targets = list(self.queue) if scope_all else self.queue[:1]
        cut = [each for each in targets if not each.interrupted]
        self.interrupt(targets, "button")
        self.do([])
        others = any(each.line is None and not each.interrupted for each in self.queue)
        if cut and not others:
            assert self.order.state == "stopped"

    @rule()
    def somebody_writes(self) -> None:
        message_id = self.name()
        self.order.audience.add(Written(message_id, "?"))
        self.do(self.order.answer(message_id, at_once=False))

    @rule()
    def stop(self) -> None:
        self.do(self.order.stop())

    @precondition(lambda self: self.order.script.current)
    @rule()
    def start(self) -> None:
        self.do(self.order.start(self.now))

    @precondition(lambda self: self.queue)
    @rule()
    def the_cloud_goes_on(self) -> None:
        """Say the next clause of what speaks, or tell its end."""
        speaking = self.queue[0]
        if speaking.interrupted or not speaking.clauses:
            del self.queue[0]
            self.told(speaking, "interrupted" if speaking.interrupted else "ended")
            if speaking.clauses == ["answer"] or speaking.done == ["answer"]:
                self.order.answered(self.now)
                self.asking = False
        else:
            if not speaking.done:
                self.told(speaking, "started")
            clause = speaking.clauses.pop(0)
            speaking.done.append(clause)
            if speaking.line is not None:
                self.heard.append(clause.strip())
                self.to_hear.remove(clause.strip())
        self.do([])

    @rule(seconds=st.sampled_from([0.1, 0.5, 2.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.do([])

    @invariant()
    def nothing_is_heard_twice(self) -> None:
        assert len(set(self.heard)) == len(self.heard)

    def teardown(self) -> None:
        """Left alone, it says all that is left, in its order."""
        if self.order.script.current is not None:
            self.do(self.order.start(self.now))
        expected, before = list(self.to_hear), len(self.heard)
        for _ in range(500):
            while self.queue:
                self.the_cloud_goes_on()
            if not self.to_hear:
                break
            self.time_passes(2.0)
        assert self.heard[before:] == expected
        assert self.order.state in {"waiting", "stopped", "paused"}


World.TestCase.settings = settings(stateful_step_count=40, deadline=None)
TestWorld = World.TestCase

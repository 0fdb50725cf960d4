"""One event after the other, and the clock."""

import asyncio
from collections.abc import Sequence

from bridge.settings import Settings
from bridge.talk.dialogs import Dialogs
from bridge.talk.turntaking import HOLD_S, TurnTaking, turns_for
from dialog.turnevents import Ask, Effect, Ended, Event, Interrupt, Started, StateChanged, Stop, Typed, VoiceStarted
from dialog.turns import Rules, Turns
from tests.support import virtual_time


class Stage:
    """Writes down what is to be done, and ends each answer when told to."""

    def __init__(self, turns: Turns | None = None) -> None:
        self.done: list[tuple[Event | None, list[Effect]]] = []
        self.then: list[Event] = []
        self.turns = TurnTaking(turns or Turns(Rules(filler_s=1.0)), self.carry_out)

    def carry_out(self, effects: Sequence[Effect], event: Event | None) -> None:
        self.done.append((event, list(effects)))
        while self.then:
            self.turns.receive(self.then.pop(0))
        self.done.append((event, []))


async def test_what_comes_meanwhile_waits() -> None:
    stage = Stage()
    stage.then = [Started(1), Ended(1)]
    stage.turns.receive(Typed("Who are you?"))
    typed = Typed("Who are you?")
    assert stage.done == [
        (typed, [Ask(1, "Who are you?", "en"), StateChanged("thinking")]),
        (typed, []),
        (Started(1), [StateChanged("speaking")]),
        (Started(1), []),
        (Ended(1), [StateChanged("idle")]),
        (Ended(1), []),
    ]
    assert not stage.turns.is_busy
    stage.turns.close()


def test_the_clock_decides_when_it_is_time() -> None:
    async def play() -> list[Effect]:
        part = Dialogs.load(Settings()).part()
        stage = Stage(turns_for(part, 8.0))
        stage.turns.receive(Typed("Who are you?"))
        stage.turns.receive(Started(1))
        stage.turns.receive(VoiceStarted())
        assert stage.turns.held
        await asyncio.sleep(HOLD_S - 0.05)
        assert stage.turns.answering == 1
        await asyncio.sleep(0.1)
        assert not stage.turns.is_busy
        effects = [effect for event, some in stage.done if event is None for effect in some]
        stage.turns.close()
        stage.turns.close()
        stage.turns.receive(Interrupt("api"))
        await asyncio.sleep(1000)
        assert effects == [effect for event, some in stage.done if event is None for effect in some]
        return effects

    assert virtual_time.run(play())[0] == Stop(1, "voice")

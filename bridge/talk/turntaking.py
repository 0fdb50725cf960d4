"""The shell around the machine that decides who speaks: its clock, and one event after the other."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog

from bridge.talk.dialogs import Part
from dialog.turnevents import Effect, Event
from dialog.turns import Rules, Turns

log = structlog.stdlib.get_logger("bridge.talk")

ANSWER_S = 900.0
SPEECH_S = 7_200.0
"""A session gives every utterance its end, and an hour of sound, or a text of 64 KiB, is spoken to its own: the turns'
limits are for events that were lost."""
HOLD_S = 0.5
"""A little longer than the turns' own: a cough and the silence that shows its end. Pages are silent meanwhile."""
ENDPOINT_S = 0.5
UNFINISHED_S = 1.4
"""Shorter than the turns' own, by the silence that the voice detector has waited for already."""


LATE_S = 1.0
"""How much longer than the recogniser may take a transcript is awaited, so that its own complaint comes first."""


def turns_for(part: Part, transcript_s: float) -> Turns:
    """Return the turn-taking of one conversation, in which a transcript takes `transcript_s` at most."""
    persona = part.persona
    first = persona.default_language
    rules = Rules(
        hold_s=HOLD_S,
        endpoint_s=ENDPOINT_S,
        unfinished_s=UNFINISHED_S,
        final_s=transcript_s + LATE_S,
        answer_s=ANSWER_S,
        speech_s=SPEECH_S,
    )
    return Turns(
        rules,
        listening=part.listening,
        fillers=persona.fillers if part.takes_time else {},
        languages=(first, *(each for each in persona.languages if each != first)),
        wake_phrases=persona.wake_phrases,
    )


class TurnTaking:
    """Gives events to `turns`, and what they want done to `carry_out`: a batch, and the event that led to it.

    An event that comes while a batch is carried out waits until that is done.
    """

    def __init__(self, turns: Turns, carry_out: Callable[[Sequence[Effect], Event | None], None]) -> None:
        self._turns = turns
        self._carry_out = carry_out
        self._waiting: deque[Event] = deque()
        self._busy = self._closed = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def answering(self) -> int | None:
        """The turn whose answer runs, if one does."""
        return self._turns.answering

    @property
    def is_busy(self) -> bool:
        """Whether an answer runs or the avatar speaks."""
        return self._turns.answering is not None

    @property
    def held(self) -> bool:
        """Whether nobody should hear the avatar now, as somebody may be interrupting."""
        return self._turns.held

    def is_for_all(self, text: str) -> bool:
        """Whether people may see what is understood of somebody who speaks."""
        return self._turns.is_for_all(text, time.monotonic())

    def receive(self, event: Event) -> None:
        """Take an event."""
        if self._closed:
            return
        self._waiting.append(event)
        if not self._busy:
            self._run([])

    def close(self) -> None:
        """Decide nothing more. May be called twice."""
        self._closed = True
        self._set_timer()

    def _tick(self) -> None:
        self._timer = None
        self._run(self._turns.tick(time.monotonic()))

    def _run(self, effects: Sequence[Effect]) -> None:
        """Carry out what is due, then what the waiting events bring."""
        self._busy = True
        try:
            if effects:
                self._carry_out(effects, None)
            while self._waiting:
                event = self._waiting.popleft()
                self._carry_out(self._turns.receive(event, time.monotonic()), event)
        finally:
            self._busy = False
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = None if self._closed else self._turns.next_deadline()
        if due is not None:
            delay = max(0.0, due - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

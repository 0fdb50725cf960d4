"""Who waits for which utterance, and how the last ones ended."""

import asyncio
from collections import OrderedDict

import msgspec

from bridge.session.events import Problem, UtteranceChanged, UtteranceStatus
from bridge.session.utterance import ENDS

KEPT = 64
"""Utterances remembered: all that have not ended, which are 17 at most, and the last ones that have."""


class Outcome(msgspec.Struct, frozen=True):
    """How far an utterance has got; `heard` is known at its end."""

    status: UtteranceStatus
    heard: str | None = None
    error: Problem | None = None


class _Watch:
    def __init__(self) -> None:
        self.outcome = Outcome("queued")
        self.started = asyncio.Event()
        self.ended = asyncio.Event()


class Outcomes:
    """Follows the utterance events; remembers the last 64 utterances, the oldest is forgotten."""

    def __init__(self) -> None:
        self._watches: OrderedDict[str, _Watch] = OrderedDict()

    def follow(self, event: UtteranceChanged) -> None:
        """Take note of an event."""
        watch = self._watches.get(event.utterance_id)
        if watch is None:
            watch = self._watches[event.utterance_id] = _Watch()
            if len(self._watches) > KEPT:
                self._watches.popitem(last=False)
        watch.outcome = Outcome(event.status, event.heard, event.error)
        if event.status in ENDS:
            watch.ended.set()
        if event.status in ENDS or event.status == "started":
            watch.started.set()

    def of(self, utterance_id: str) -> Outcome:
        """Return how far it has got. Raises KeyError if it is not known (any more)."""
        return self._watches[utterance_id].outcome

    async def started(self, utterance_id: str) -> Outcome:
        """Return when it is heard, or has ended without."""
        watch = self._watches[utterance_id]
        await watch.started.wait()
        return watch.outcome

    async def ended(self, utterance_id: str) -> Outcome:
        """Return when it has reached its end."""
        watch = self._watches[utterance_id]
        await watch.ended.wait()
        return watch.outcome

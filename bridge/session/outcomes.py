"""Who waits for which utterance, and how the last ones ended."""

from collections import OrderedDict
from collections.abc import Collection

import msgspec

from bridge.session.events import Problem, UtteranceChanged, UtteranceStatus
from bridge.session.progress import Progress
from bridge.session.utterance import ENDS

KEPT = 256
"""Utterances remembered: those that have not ended are 17 at most, the others are for who asks late."""
BEGUN: frozenset[UtteranceStatus] = frozenset({*ENDS, "started"})


class Outcome(msgspec.Struct, frozen=True):
    """How far an utterance has got; `heard` is known at its end."""

    status: UtteranceStatus
    heard: str | None = None
    error: Problem | None = None


class Outcomes:
    """Follows the utterance events; of more than 256 utterances the oldest that has ended is forgotten."""

    def __init__(self) -> None:
        self._outcomes: OrderedDict[str, Outcome] = OrderedDict()
        self._progress = Progress()

    def follow(self, event: UtteranceChanged) -> None:
        """Take note of an event."""
        self._outcomes[event.utterance_id] = Outcome(event.status, event.heard, event.error)
        if len(self._outcomes) > KEPT:
            ended = (known for known, outcome in self._outcomes.items() if outcome.status in ENDS)
            del self._outcomes[next(ended, event.utterance_id)]
        self._progress.tell()

    def forget(self) -> None:
        """Drop what was heard: a person said it, or was told it."""
        for utterance_id, outcome in self._outcomes.items():
            self._outcomes[utterance_id] = Outcome(outcome.status, error=outcome.error)

    def of(self, utterance_id: str) -> Outcome:
        """Return how far it has got. Raises KeyError if it is not known (any more)."""
        return self._outcomes[utterance_id]

    async def started(self, utterance_id: str) -> Outcome:
        """Return when it is heard, or has ended without."""
        return await self._reached(utterance_id, BEGUN)

    async def ended(self, utterance_id: str) -> Outcome:
        """Return when it has reached its end."""
        return await self._reached(utterance_id, ENDS)

    async def _reached(self, utterance_id: str, statuses: Collection[UtteranceStatus]) -> Outcome:
        await self._progress.until(lambda: self.of(utterance_id).status in statuses)
        return self.of(utterance_id)

"""What a session tells: one log, the clients that follow it, and those who wait for an utterance."""

import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable

import msgspec

from bridge.session.eventlog import EventLog, whispered
from bridge.session.events import CloudMessage, Ephemeral, Event, TurnChanged, TurnState, UtteranceChanged
from bridge.session.lease import Lease
from bridge.session.measures import Measures
from bridge.session.outcomes import Outcomes
from bridge.session.subscription import Subscription
from bridge.session.utterance import ENDS

Follower = Callable[[Event, float], None]


class Feed:
    """Hands every event to all who are there; `left` is called when one of them has gone."""

    def __init__(self, session_id: str, measures: Measures, lease: Lease, left: Callable[[], None]) -> None:
        self.log = EventLog(session_id, epoch=uuid.uuid4().hex[:12])
        self.outcomes = Outcomes()
        self.turn: TurnState = "idle"
        self._measures = measures
        self._lease = lease
        self._left = left
        self._subscriptions: set[Subscription] = set()
        self._followers: list[Follower] = []
        self._forgetful: list[Callable[[], None]] = []
        self._forgotten: set[str] = set()
        self._untold: deque[tuple[Event, float]] = deque()
        self._telling = False
        self._ended = False

    def emit(self, event: Event) -> None:
        """Put `event` into the log and hand it to every client; of what is forgotten no word is told any more."""
        match event:
            case CloudMessage() if event.utterance_id in self._forgotten:
                return
            case UtteranceChanged():
                if event.utterance_id in self._forgotten and event.status in ENDS:
                    self._forgotten.discard(event.utterance_id)
                    event = msgspec.structs.replace(event, heard="")
                self.outcomes.follow(event)
            case TurnChanged():
                self.turn = event.turn
            case _:
                pass
        now = time.monotonic()
        self._measures.receive(event, now)
        entry = self.log.append(event, time.time())
        for subscription in self._subscriptions:
            subscription.offer(entry)
        self._untold.append((event, now))
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        """Call the followers; what they emit meanwhile is for all of them, too, and comes after it."""
        self._telling = True
        try:
            while self._untold:
                event, now = self._untold.popleft()
                for receive in self._followers:
                    receive(event, now)
        finally:
            self._telling = False

    def whisper(self, event: Ephemeral) -> None:
        """Hand `event` to the clients that are there now; it is not logged."""
        entry = whispered(event)
        for subscription in self._subscriptions:
            subscription.whisper(entry)

    def follow(self, receive: Follower, *, forgotten: Callable[[], None] | None = None) -> None:
        """Have `receive` called with every event and its time, `forgotten` with each forget; they must not raise.

        What they emit stands behind the event. They must not have anything said or stopped: the session is about to.
        """
        self._followers.append(receive)
        if forgotten is not None:
            self._forgetful.append(forgotten)

    def forget(self, unfinished: Iterable[str]) -> None:
        """Drop the events and the outcomes so far, and what the `unfinished` utterances will still have to tell."""
        self._forgotten.update(unfinished)
        self.log.forget()
        self.outcomes.forget()
        for forgotten in self._forgetful:
            forgotten()

    def subscribe(self, after: tuple[str, int] | None) -> Subscription:
        """Attach a client that has seen everything up to `after` (epoch, offset), or nothing, until it closes."""
        missed = self.log.since(*after) if after else None
        subscription = Subscription(self.log.offset, missed, self._unsubscribe)
        self._subscriptions.add(subscription)
        self._lease.attach(time.monotonic())
        if self._ended:
            subscription.end()
        return subscription

    def end(self) -> None:
        """Tell everybody that nothing follows."""
        self._ended = True
        for subscription in self._subscriptions:
            subscription.end()

    def _unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)
        self._lease.detach(time.monotonic())
        self._left()

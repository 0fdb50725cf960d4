"""The bounded log of a session's events, from which a client that comes back gets all that it missed, or nothing."""

import json
from collections import deque
from collections.abc import Sequence

import msgspec

from bridge.session.events import Ephemeral, Event

MAX_EVENTS = 1024
MAX_AGE_S = 600.0


class Entry(msgspec.Struct, frozen=True):
    """One event: its place, its time (Unix seconds) and its JSON, ready to be sent. Ephemera stand at 0."""

    offset: int
    time: float
    type: str
    json: bytes


class EventLog:
    """Numbers events 1, 2, 3… within `epoch` and keeps the last 1024 of the last ten minutes.

    When it is full the oldest event is dropped; whoever asks for it learns that there is a gap.
    """

    def __init__(self, session_id: str, epoch: str) -> None:
        self.session_id = session_id
        self.epoch = epoch
        self.offset = 0
        self._entries: deque[Entry] = deque(maxlen=MAX_EVENTS)

    def append(self, event: Event, now: float) -> Entry:
        """Log `event` at `now` (Unix seconds) and return its entry."""
        self.offset += 1
        stamp = {"offset": self.offset, "time": round(now, 3), "session_id": self.session_id}
        body = _encode(event)
        head = msgspec.json.encode(stamp)
        entry = Entry(self.offset, now, _tag(event), body[:-1] + b"," + head[1:])
        self._entries.append(entry)
        while self._entries[0].time < now - MAX_AGE_S:
            self._entries.popleft()
        return entry

    def forget(self) -> None:
        """Drop what was logged, for it may hold what people said; a client that missed some of it learns of a gap."""
        self._entries.clear()

    def since(self, epoch: str, offset: int) -> Sequence[Entry] | None:
        """Return every entry after `offset` of `epoch`, or None if one of them is lost or the epoch is another."""
        if epoch != self.epoch or not 0 <= offset <= self.offset:
            return None
        missed = self.offset - offset
        if missed > len(self._entries):
            return None
        return list(self._entries)[len(self._entries) - missed :]


def whispered(event: Ephemeral) -> Entry:
    """Return an entry for `event` that is in no log."""
    return Entry(0, 0.0, _tag(event), _encode(event))


def _tag(event: Event | Ephemeral) -> str:
    return str(type(event).__struct_config__.tag)


def _encode(event: Event | Ephemeral) -> bytes:
    """Return the event's JSON; a lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
    try:
        return msgspec.json.encode(event)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(event), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )

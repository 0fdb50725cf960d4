"""Drops what the cloud says a second time. Pure; seconds of the caller's clock.

After a reconnect the cloud pushes the statuses of the last three drives again (manual: "Long Link Downstream Message"):
all of each drive's, or only its latest; the manual does not say which. Apart from that, what the cloud says is new.

A status that a drive has only once, such as TextStart or the SentenceOver of clause 3, is recognised by itself,
whenever it comes again. One that may rightly come again, such as the SentenceNext of a cloud that does not number its
clauses, is new except within a few seconds after a reconnect, where as many are dropped as the drive had before.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass, field

from bridge.wire.events import KNOWN_STATUSES, DriveStatus

DRIVES = 32
"""Drives remembered; the cloud repeats three, and a late one may straggle. The oldest is forgotten for one more."""
STATUSES = 8192
"""Different statuses remembered of a drive, more than an hour of clauses; then the drive's are all forgotten."""
REPLAY_S = 5.0
"""How long after a reconnect the cloud may take to tell again what it had told."""

Key = tuple[str, int, int | None, int]


@dataclass(slots=True)
class _Drive:
    """What one drive has said, its first and its latest status, and what may be said again since the reconnect."""

    said: Counter[Key] = field(default_factory=Counter[Key])
    first: Key | None = None
    latest: Key | None = None
    again: Counter[Key] | None = None
    replay_begun: bool = False

    def expect_replay(self) -> None:
        self.again = self.said.copy()
        self.replay_begun = False

    def is_replayed(self, key: Key) -> bool:
        """Whether `key` is one of those told before the reconnect, as far as they were not yet told again."""
        again = self.again
        if again is None:
            return False
        if not self.replay_begun:
            self.replay_begun = True
            if key != self.first:  # the latest alone, or nothing, is told again
                self.again = None
                return key == self.latest
        if not again[key]:
            return False
        again[key] -= 1
        return True

    def remember(self, key: Key) -> None:
        if len(self.said) >= STATUSES:
            self.said.clear()
            self.again = None
        if self.first is None:
            self.first = key
        self.latest = key
        self.said[key] += 1


class ReplayFilter:
    """Remembers what each of the last drives has said; a drive that falls out is forgotten."""

    def __init__(self) -> None:
        self._drives: OrderedDict[str, _Drive] = OrderedDict()
        self._replay_until = 0.0

    def reconnected(self, now: float) -> None:
        """Take note that the channel is open again, so that the cloud may repeat itself."""
        self._replay_until = now + REPLAY_S
        for drive in self._drives.values():
            drive.expect_replay()

    def is_new(self, status: DriveStatus, now: float) -> bool:
        """Return whether `status` was not delivered before, and remember it."""
        drive = self._drives.setdefault(status.req_id, _Drive())
        self._drives.move_to_end(status.req_id)
        if len(self._drives) > DRIVES:
            self._drives.popitem(last=False)
        key = (status.speak_status, status.seq, status.final_type, status.error_code)
        replayed = now < self._replay_until and drive.is_replayed(key)
        if replayed or (key in drive.said and _comes_once(status)):
            return False
        drive.remember(key)
        return True


def _comes_once(status: DriveStatus) -> bool:
    clause = status.speak_status.startswith("Sentence")
    return status.speak_status in KNOWN_STATUSES and (not clause or status.seq > 0)

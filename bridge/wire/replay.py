"""Drops what the cloud says a second time.

After a reconnect it pushes the statuses of the last three drives again (manual: "Long Link Downstream Message").
"""

from collections import OrderedDict

from bridge.wire.events import DriveStatus

DRIVES = 32
"""Drives remembered; the cloud repeats three, and a late one may straggle."""


class ReplayFilter:
    """Remembers what each of the last drives has said; a drive that falls out is forgotten."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, set[tuple[str, int]]] = OrderedDict()

    def is_new(self, status: DriveStatus) -> bool:
        """Return whether `status` is heard for the first time, and remember it."""
        said = self._said.setdefault(status.req_id, set())
        self._said.move_to_end(status.req_id)
        if len(self._said) > DRIVES:
            self._said.popitem(last=False)
        key = (status.speak_status, status.seq)
        if key in said:
            return False
        said.add(key)
        return True

"""A recorded channel that is played again: what the cloud said, at its times. PURE."""

from collections import OrderedDict
from typing import Annotated, Literal

import msgspec

MAX_RECORDINGS = 16
MAX_ENTRIES = 4096
MAX_GAP_SECONDS = 600.0

_Json = dict[str, object]


class RecordedEntry(msgspec.Struct, frozen=True):
    """A frame as a transcript has it; what went up is skipped."""

    t: Annotated[float, msgspec.Meta(ge=0, le=1e9)]
    frame: _Json | str
    direction: Literal["up", "down"] = "down"


class Replay(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A recording for the next channel of one session, of one user, or (neither, or `*`) of any."""

    frames: Annotated[list[RecordedEntry], msgspec.Meta(min_length=1, max_length=MAX_ENTRIES)]
    session_id: str = "*"
    user_id: str = "*"

    def __post_init__(self) -> None:
        """Check the times; raises ValueError."""
        times = [entry.t for entry in self.frames]
        if times != sorted(times):
            raise ValueError("the times go back")
        if times[-1] - times[0] > MAX_GAP_SECONDS:
            raise ValueError(f"a recording lasts at most {MAX_GAP_SECONDS:g} seconds")

    @property
    def target(self) -> str:
        """The session or user it is for, `*` for any."""
        return self.session_id if self.session_id != "*" else self.user_id


def played(replay: Replay, session_id: str) -> list[tuple[float, str]]:
    """Return the frames to say with their times from the start; they name `session_id` instead of the recorded one."""
    began = replay.frames[0].t
    return [
        (entry.t - began, _renamed(entry.frame, session_id)) for entry in replay.frames if entry.direction == "down"
    ]


def _renamed(frame: _Json | str, session_id: str) -> str:
    if isinstance(frame, str):
        return frame
    renamed = dict(frame)
    for part, name in (("Header", "SessionID"), ("Payload", "SessionId")):
        fields = renamed.get(part)
        if isinstance(fields, dict) and name in fields:
            renamed[part] = {**fields, name: session_id}
    return msgspec.json.encode(renamed).decode()


class Replays:
    """The recordings that wait for a channel: one a target; of too many the oldest goes."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Replay] = OrderedDict()

    def put(self, replay: Replay) -> None:
        """Let `replay` wait for its channel."""
        self._waiting[replay.target] = replay
        self._waiting.move_to_end(replay.target)
        while len(self._waiting) > MAX_RECORDINGS:
            self._waiting.popitem(last=False)

    def take(self, session_id: str, user_id: str) -> Replay | None:
        """Return the recording for a channel that has come, which is then used up."""
        for target in (session_id, user_id, "*"):
            if target in self._waiting:
                return self._waiting.pop(target)
        return None

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()

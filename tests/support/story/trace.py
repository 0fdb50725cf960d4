"""Everything that happened in a story, in its order, with the seconds since its beginning."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["act", "ack", "event", "up", "down", "llm", "llm over", "fault", "log", "refusal", "error"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`event`: told by the session; `up`, `down`: frames of the channel; `llm`: what a request tells the model."""

    at: float
    kind: Kind
    data: dict[str, Any]


@dataclass
class Trace:
    """`began` is the loop's time of the beginning."""

    began: float
    entries: list[Entry] = field(default_factory=list[Entry])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, now: float, kind: Kind, data: dict[str, Any]) -> None:
        self.entries.append(Entry(now - self.began, kind, data))
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Return whether `condition` holds, as soon as it does, or after `limit_s`."""
        try:
            async with asyncio.timeout(limit_s):
                while not condition():
                    await self._changed.wait()
        except TimeoutError:
            return condition()
        return True

    def of(self, kind: Kind, **wanted: object) -> list[Entry]:
        """Return the entries of a kind whose data has these values."""
        return [entry for entry in self.entries if entry.kind == kind and wanted.items() <= entry.data.items()]

    def text(self) -> str:
        """Return it for people to read."""
        return "\n".join(f"{entry.at:9.3f} {entry.kind:8} {_short(entry)}" for entry in self.entries)


def _short(entry: Entry) -> str:
    data = dict(entry.data)
    if entry.kind in {"up", "down"}:
        data.pop("SessionId", None)
        data.pop("RequestId", None)
    sent: dict[str, Any] = data.get("Data") or {}
    if "Audio" in sent:
        data["Data"] = {**sent, "Audio": f"{len(sent['Audio'])} characters"}
    return json.dumps(data, ensure_ascii=False, default=str)

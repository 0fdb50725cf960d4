"""What the players of a session's clients really do. Pure."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

KEPT = 16


@dataclass(frozen=True, slots=True)
class MediaReport:
    """An utterance is heard in one player, or has fallen silent, `delay_ms` after the cloud said so.

    `at` is seconds of a clock that does not jump.
    """

    utterance_id: str
    state: Literal["sounding", "silent"]
    delay_ms: int
    at: float


class MediaReports:
    """The latest report of each client that is there, and when the last 16 utterances were first heard."""

    def __init__(self) -> None:
        self._latest: dict[str, MediaReport] = {}
        self._sounded: OrderedDict[str, float] = OrderedDict()
        self._followers: list[Callable[[str], None]] = []

    @property
    def latest(self) -> Mapping[str, MediaReport]:
        """The reports by client."""
        return MappingProxyType(self._latest)

    def report(self, client_id: str, report: MediaReport) -> None:
        """Take a report; it replaces the client's last one."""
        self._latest[client_id] = report
        if report.state == "sounding" and report.utterance_id not in self._sounded:
            self._sounded[report.utterance_id] = report.at
            if len(self._sounded) > KEPT:
                self._sounded.popitem(last=False)
            for sounded in self._followers:
                sounded(report.utterance_id)

    def follow(self, sounded: Callable[[str], None]) -> None:
        """Have `sounded` called with each utterance that is heard for the first time."""
        self._followers.append(sounded)

    def leave(self, client_id: str) -> None:
        """Forget a client that has gone."""
        self._latest.pop(client_id, None)

    def delay_s(self, otherwise_ms: int) -> float:
        """Return how far the slowest player is behind the cloud; `otherwise_ms` where none has reported."""
        return max((report.delay_ms for report in self._latest.values()), default=otherwise_ms) / 1_000

    def is_silent(self, utterance_id: str) -> bool:
        """Return whether every player that reports has played this utterance to its end."""
        reports = self._latest.values()
        return bool(reports) and all((r.utterance_id, r.state) == (utterance_id, "silent") for r in reports)

    def first_sound(self, utterance_id: str) -> float | None:
        """Return when a player first reported to be heard, None before."""
        return self._sounded.get(utterance_id)

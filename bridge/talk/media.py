"""What the players of a session's clients really do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True)
class MediaReport:
    """An utterance is heard in one player, or has fallen silent, `delay_ms` after the cloud said so."""

    utterance_id: str
    state: Literal["sounding", "silent"]
    delay_ms: int
    at: float


class MediaReports:
    """The latest report of each client that is there."""

    def __init__(self) -> None:
        self._latest: dict[str, MediaReport] = {}

    @property
    def latest(self) -> Mapping[str, MediaReport]:
        """The reports by client."""
        return MappingProxyType(self._latest)

    def report(self, client_id: str, report: MediaReport) -> None:
        """Take a report; it replaces the client's last one."""
        self._latest[client_id] = report

    def leave(self, client_id: str) -> None:
        """Forget a client that has gone."""
        self._latest.pop(client_id, None)

"""How long people hear an avatar that was interrupted. Pure.

`now` is seconds of a clock that does not jump.
"""

from dataclasses import dataclass
from typing import Literal

from bridge.session.events import InterruptSource


@dataclass(frozen=True, slots=True)
class Silenced:
    """From an interruption, by voice from the first sound of it, to silence; `seen` by a page, or told by the cloud."""

    seconds: float
    by: InterruptSource
    seen: Literal["page", "cloud"]


class Silences:
    """Follows the one utterance that sounds, and measures each interruption of one once.

    A page that reports to play it is waited for; where none does, the cloud's end counts.
    """

    def __init__(self) -> None:
        self._sounding: str | None = None
        self._reports = False
        self._silent_at: float | None = None
        self._voice_at = float("-inf")
        self._began: float | None = None
        self._by: InterruptSource = "api"

    def voice(self, now: float) -> None:
        """Take note that somebody is heard."""
        self._voice_at = now

    def started(self, utterance_id: str) -> None:
        """Take note that an utterance sounds from now on."""
        self._sounding, self._began = utterance_id, None
        self._reports, self._silent_at = False, None

    def interrupted(self, utterance_ids: tuple[str, ...], by: InterruptSource, now: float) -> Silenced | None:
        """Take an interruption; a page that has fallen silent at the first sound of the voice counts at once."""
        if self._sounding not in utterance_ids or self._began is not None:
            return None
        self._by = by
        self._began = self._voice_at if by == "voice" and self._voice_at > float("-inf") else now
        if self._silent_at is not None and self._silent_at >= self._began:
            return self._measured(self._silent_at, "page")
        return None

    def reported(self, utterance_id: str, state: Literal["sounding", "silent"], now: float) -> Silenced | None:
        """Take what a page plays."""
        if utterance_id != self._sounding:
            return None
        self._reports = True
        self._silent_at = now if state == "silent" else None
        return self._measured(now, "page") if state == "silent" and self._began is not None else None

    def over(self, utterance_id: str, now: float) -> Silenced | None:
        """Take the cloud's word that an utterance is over."""
        if utterance_id != self._sounding or self._began is None or self._reports:
            return None
        return self._measured(now, "cloud")

    def _measured(self, now: float, seen: Literal["page", "cloud"]) -> Silenced:
        began = now if self._began is None else self._began
        self._sounding = None
        return Silenced(max(now - began, 0.0), self._by, seen)

"""How a relay goes, as far as somebody wants to see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audio.pcm import HOUSE_RATE, from_bytes

RelayState = Literal["connecting", "waiting", "on_air", "reconnecting", "source_lost", "ending"]
QUIET_DB = -90.0
FULL_SCALE = 32_768


@dataclass
class Meter:
    """What was sent so far, and how loud it is; `on_change` is called with every new state."""

    on_change: Callable[["Meter"], None]
    state: RelayState = "connecting"
    detail: str = ""
    utterance_id: str | None = None
    sent_s: float = 0.0
    dropped_s: float = 0.0
    _peak: int = 0

    def enter(self, state: RelayState, detail: str = "") -> None:
        """Take note of a state."""
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self.on_change(self)

    def found(self) -> None:
        """Take note that the source gives sound again."""
        if self.state == "source_lost":
            self.enter("on_air" if self.utterance_id else "waiting")

    def hear(self, pcm: bytes) -> None:
        """Take note of a piece of sound, in the house format."""
        if pcm:
            self._peak = max(self._peak, int(np.abs(from_bytes(pcm).astype(np.int32)).max()))

    def sent(self, pcm: bytes) -> None:
        """Take note of a piece that was sent."""
        self.sent_s += len(pcm) / 2 / HOUSE_RATE

    def level(self) -> float:
        """Return the peak since the last call, in dBFS."""
        peak, self._peak = self._peak, 0
        return max(QUIET_DB, 20 * float(np.log10(peak / FULL_SCALE))) if peak else QUIET_DB

"""Answers of the cloud's bot that begin when nobody waits for them any more. Pure."""

from collections import deque

from bridge.session.drives.common import Line
from bridge.session.drives.effects import Effect, Send
from bridge.wire.commands import SendText
from bridge.wire.events import DriveStatus

KEPT = 8


class LateAnswers:
    """Remembers the last 8 questions that were given up before the bot spoke, and stops what it says to them then."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._given_up: deque[str] = deque(maxlen=KEPT)
        self._speaking: str | None = None

    def expect(self, req_id: str) -> None:
        """Take note that a question was given up."""
        self._given_up.append(req_id)

    def hear(self, status: DriveStatus) -> None:
        """Take a status of a drive that is no longer known."""
        if status.req_id in self._given_up and status.speak_status == "TextStart":
            self._speaking = status.req_id
        elif status.req_id == self._speaking and status.speak_status in {"TextOver", "Error"}:
            self._speaking = None

    @property
    def stops_at(self) -> float | None:
        """When the answer that is being spoken may be stopped; None if there is none."""
        return None if self._speaking is None else self._line.text_at

    def stop(self, now: float) -> list[Effect]:
        """Stop it, while nothing else is said: an empty text with an id of its own, that interrupts."""
        if self._speaking is None or now < self._line.text_at:
            return []
        self._speaking = None
        self._line.take_text(now)
        return [Send(self._line.new_req_id(), SendText(text="", interrupt=True))]

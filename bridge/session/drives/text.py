"""A drive of one SEND_TEXT. Pure.

Manual: "Instruction Sending Requirements", "Text-driven Instructions".
"""

from collections.abc import Iterator

from msgspec import UNSET

from bridge.session.drives.common import DOUBT_S, STOP_LIMIT_S, Drive, Line
from bridge.session.drives.effects import Effect, Send
from bridge.session.utterance import Utterance
from bridge.wire.commands import TEXT_BYTES, SendText
from bridge.wire.events import DriveStatus

GATHER_S = 0.05
"""How long the first words of a text wait for the next ones: one SEND_TEXT speaks better than two."""
REPLACE_S = 0.1
"""How long a stop waits for a new text, which would stop the old one by itself."""

MAX_HASTY = 3
"""How often a text, or its stop, is sent again that reached the cloud too soon after the one before."""


def due_at(utterance: Utterance, line: Line) -> float | None:
    """Return when a SEND_TEXT with what waits in `utterance` may go out, None if nothing waits."""
    if not utterance.waiting and not utterance.asks:
        return None
    if utterance.complete or utterance.asks:
        return line.text_at
    return max(line.text_at, utterance.waiting_since + GATHER_S)


class TextDrive(Drive):
    """Speaks what waits in the utterance, up to 4000 bytes; a newer text stops it, as does an empty one of its own."""

    command = "text"
    start = "TextStart"
    over = "TextOver"

    def __init__(self, line: Line, utterance: Utterance) -> None:
        super().__init__(line, utterance)
        self._text = _take(utterance)
        self._number = self.base + 1
        self._doubt_until: float | None = None
        self._wanted_at = 0.0
        self._hasty = 0

    def pump(self, now: float) -> list[Effect]:
        """Send the text, once."""
        if self.final_sent or now < self.line.text_at:
            return []
        self.seq, self.final_sent = 1, True
        self.utterance.sent[self._number] = self._text
        return self._send(now)

    def hear(self, status: DriveStatus, now: float) -> list[Effect]:
        """Believe that the text has arrived, whatever the cloud says of it."""
        self._doubt_until = None
        return [*self.begin(), *self.begun(self._number, now)] if status.speak_status == self.start else []

    def finish(self, now: float) -> list[Effect]:
        """Take note that the text was spoken."""
        return self.spoken(self._number, now)

    def tick(self, now: float) -> list[Effect]:
        """Repeat a text that was lost with the channel."""
        if self._doubt_until is None or now < max(self._doubt_until, self.line.text_at):
            return []
        self._doubt_until = None
        self.pardons += 1
        return self._send(now)

    def want_stop(self, now: float, *, replaced: bool = False) -> None:
        """Give a new text the time to come first."""
        self._doubt_until = None
        self._wanted_at = now
        self.stop_from = now + REPLACE_S if replaced else now

    def stop_at(self) -> float | None:
        """Return when the empty text may go out: after TextStart, or when that must have been lost."""
        if self.stop_from is None or self.stop_sent:
            return None
        legal = self.stop_from if self.started else max(self.stop_from, self._wanted_at + STOP_LIMIT_S)
        return max(legal, self.line.text_at)

    def stop(self, now: float) -> list[Effect]:
        """Send an empty text, with an id of its own, that interrupts."""
        at = self.stop_at()
        if at is None or now < at:
            return []
        self.stop_sent = True
        self.stop_req_id = self.line.new_req_id()
        self.line.take_text(now)
        return [Send(self.stop_req_id, SendText(text="", interrupt=True))]

    def came_too_soon(self, req_id: str, now: float) -> bool:
        """Send it, or the stop, again after the usual time: two that are far enough apart here may arrive closer."""
        if self._hasty == MAX_HASTY:
            return False
        self._hasty += 1
        self.line.take_text(now)
        if req_id != self.req_id:
            self.stop_sent = False
        elif self.started:
            return False
        else:
            self.final_sent = False
        return True

    def reconnected(self, now: float) -> list[Effect]:
        """Wait for a sign that the text has arrived."""
        if not self.started and self.final_sent:
            self._doubt_until = now + DOUBT_S
        return []

    def left_s(self, now: float) -> float | None:
        """Return the estimate of the whole text."""
        return self.line.rate.seconds(self._text)

    def deadlines(self) -> Iterator[float | None]:
        """Yield when the text is to be repeated, or stopped."""
        yield self.stop_at()
        yield None if self.final_sent or self.stopping else self.line.text_at
        yield None if self._doubt_until is None else max(self._doubt_until, self.line.text_at)

    def command_to_send(self, *, force: bool) -> SendText:
        """Return the text, which with `force` stops even what must not be interrupted."""
        return SendText(text=self._text, interrupt=True if force else UNSET)

    def _send(self, now: float) -> list[Effect]:
        self.line.take_text(now)
        force, self.line.guarded = self.line.guarded, False
        return [Send(self.req_id, self.command_to_send(force=force))]


def _take(utterance: Utterance) -> str:
    """Take from what waits as much as a SEND_TEXT can carry."""
    text, size = "", 0
    while utterance.waiting:
        size += len(utterance.waiting[0].encode())
        if size > TEXT_BYTES:
            break
        text += utterance.waiting.popleft()
    return text

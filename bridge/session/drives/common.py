"""What every drive is, whatever its kind, and what the drives of a session share. Pure."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from bridge.session.drives.effects import Effect, Emit
from bridge.session.drives.patience import Patience
from bridge.session.estimate import SpeechRate
from bridge.session.events import SentenceChanged
from bridge.session.utterance import Utterance
from bridge.wire.events import DriveStatus

Command = Literal["text", "stream", "audio"]
DOUBT_S = 1.0
"""How long after a reconnect the cloud may take to tell what it had received, before that is repeated."""
SILENCE_S = 1.5
"""How long a source may be silent before its drive is closed; after 2 s the cloud would do it by itself."""
STOP_LIMIT_S = 3.0
"""How long a stopped drive may owe us its Over, or a text that is to be stopped its TextStart."""
TEXT_SPACING_S = 1.05
"""The least time between two SEND_TEXTs, interrupts included; the manual asks for more than 1 s."""


@dataclass(slots=True)
class Line:
    """What the drives of a session share: fresh ids, the voice as far as it is known, and when a SEND_TEXT may go."""

    new_req_id: Callable[[], str]
    clauses: bool
    burst: int = 0
    rate: SpeechRate = field(default_factory=SpeechRate)
    tells_clauses: bool = False
    text_at: float = float("-inf")
    guarded: bool = False
    """Whether the cloud's bot says something that only a forced interruption stops."""

    def take_text(self, now: float) -> None:
        """Take note that a SEND_TEXT goes out."""
        self.text_at = now + TEXT_SPACING_S


class Drive(ABC):
    """One ReqId: what of `utterance` goes out with it, and what the cloud says of it.

    `pump`, `tick` and `stop` are called only while the channel is open.
    """

    command: ClassVar[Command]
    start: ClassVar[str]
    over: ClassVar[str]
    closed_by_cloud: frozenset[int | None] = frozenset()
    """FinalTypes that say of a drive which we have not ended: its source was silent too long, go on in another."""

    def __init__(self, line: Line, utterance: Utterance) -> None:
        self.line = line
        self.utterance = utterance
        self.req_id = line.new_req_id()
        self.stop_req_id = self.req_id
        self.base: int = len(utterance.sent)
        self.seq: int = 0
        self.started = False
        self.final_sent = False
        self.shaken = False
        self.pardons = 0
        self.stop_from: float | None = None
        self.stop_sent = False
        self.patience = Patience()

    @property
    def stopping(self) -> bool:
        """Whether it is to fall silent."""
        return self.stop_from is not None

    @property
    def silenced(self) -> bool:
        """Whether nobody wants to know any more what it says."""
        return self.stopping or self.utterance.interrupted or self.utterance.is_over

    @property
    def goes_on(self) -> bool:
        """Whether it was closed in the midst of its utterance."""
        return self.final_sent and (self.utterance.has_more or not self.utterance.complete)

    @abstractmethod
    def pump(self, now: float) -> list[Effect]:
        """Send what may be sent."""

    @abstractmethod
    def stop(self, now: float) -> list[Effect]:
        """Send what makes it fall silent, once that is legal; `stop_sent` says so."""

    @abstractmethod
    def hear(self, status: DriveStatus, now: float) -> list[Effect]:
        """Take a status that is no end."""

    def finish(self, now: float) -> list[Effect]:
        """Take note that its Over has come."""
        return []

    def tick(self, now: float) -> list[Effect]:
        """Do what is due by a clock of its kind."""
        return []

    def deadlines(self) -> Iterable[float | None]:
        """Return when `pump`, `tick` or `stop` have something to do."""
        return [self.stop_at()]

    def stop_at(self) -> float | None:
        """Return when the stop may go out, while it has not."""
        return None if self.stop_sent else self.stop_from

    def want_stop(self, now: float, *, replaced: bool = False) -> None:
        """Take note that it is to fall silent, because it is `replaced` by something new perhaps."""
        self.stop_from = now

    @abstractmethod
    def reconnected(self, now: float) -> list[Effect]:
        """Find out, or make good, what may have been lost with the channel."""

    @abstractmethod
    def left_s(self, now: float) -> float | None:
        """Return the seconds it may still take to be spoken, None while the cloud owes us nothing."""

    def tail_s(self, now: float) -> float:
        """Return the seconds that it is heard after its stop."""
        return 0.0

    def retry_stop(self) -> list[Effect]:
        """Stop once more, in another way, after the cloud refused it; nothing if there is none."""
        return []

    def came_too_soon(self, req_id: str, now: float) -> bool:
        """Take note that the cloud refused a packet for its haste; return whether it is sent once more, later."""
        return False

    def begin(self) -> list[Effect]:
        """Take note that the cloud has begun to speak it."""
        self.started = True
        if self.silenced or self.utterance.status != "sent":
            return []
        self.utterance.status = "started"
        return [Emit(self.utterance.changed())]

    def sentence(self, number: int, status: Literal["started", "ended"]) -> list[Effect]:
        """Tell that a clause of the utterance began or was spoken."""
        text = self.utterance.sent.get(number)
        if text is None or self.silenced:
            return []
        utterance_id = self.utterance.utterance_id
        return [Emit(SentenceChanged(utterance_id=utterance_id, seq=number, text=text, status=status))]

    def begun(self, number: int, now: float) -> list[Effect]:
        """Take note that a clause of the utterance has begun."""
        self.utterance.started_at[number] = now
        return self.sentence(number, "started")

    def spoken(self, number: int, now: float) -> list[Effect]:
        """Take note that a clause of the utterance was spoken to its end."""
        utterance = self.utterance
        if number in utterance.sent and not self.silenced:
            utterance.spoken.add(number)
            if number in utterance.started_at:
                self.line.rate.learn(utterance.sent[number], now - utterance.started_at[number])
        return self.sentence(number, "ended")

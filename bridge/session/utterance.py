"""One utterance: what is to be said, how far it got, and what was heard of it. Pure."""

from collections import deque
from dataclasses import dataclass, field

from bridge.session.events import Problem, UtteranceChanged, UtteranceKind, UtteranceStatus

ENDS: frozenset[UtteranceStatus] = frozenset({"ended", "interrupted", "failed"})


@dataclass(slots=True)
class Utterance:
    """The state of one utterance and of the drive that carries it; a clause's number is its packet's Seq."""

    utterance_id: str
    kind: UtteranceKind
    ref: str | None
    status: UtteranceStatus = "queued"
    req_id: str = ""
    waiting: deque[str] = field(default_factory=deque[str])
    sent: dict[int, str] = field(default_factory=dict[int, str])
    spoken: set[int] = field(default_factory=set[int])
    started_at: dict[int, float] = field(default_factory=dict[int, float])
    seq: int = 0
    complete: bool = False
    final_sent: bool = False
    interrupted: bool = False
    source_error: Problem | None = None
    may_send: bool = True
    next_clause_at: float | None = None
    over_by: float | None = None
    doubt_until: float | None = None
    asked: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it has reached its one end."""
        return self.status in ENDS

    @property
    def text(self) -> str:
        """All of it that is known so far."""
        return "".join([*self.sent.values(), *self.waiting])

    @property
    def sentence(self) -> tuple[int, str] | None:
        """The number and text of the clause that is being spoken."""
        begun = [seq for seq in self.started_at if seq in self.sent and seq not in self.spoken]
        return (max(begun), self.sent[max(begun)]) if begun and not self.interrupted else None

    def heard(self) -> str:
        """Return the clauses that were spoken to their end; all of them if it `ended`."""
        if self.status == "ended":
            return "".join(self.sent.values())
        return "".join(clause for seq, clause in self.sent.items() if seq in self.spoken)

    def changed(self, error: Problem | None = None) -> UtteranceChanged:
        """Return the event that tells its present status."""
        return UtteranceChanged(
            utterance_id=self.utterance_id,
            kind=self.kind,
            status=self.status,
            ref=self.ref,
            heard=self.heard() if self.is_over else None,
            error=error,
        )

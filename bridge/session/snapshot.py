"""How a session shows itself."""

import msgspec

from bridge.session.events import Problem, SessionState, TurnState, UtteranceKind, UtteranceStatus
from bridge.session.utterance import Utterance


class SentenceView(msgspec.Struct, frozen=True):
    """The clause that is being spoken."""

    seq: int
    text: str


class UtteranceView(msgspec.Struct, frozen=True, kw_only=True):
    """An utterance that has not ended, with all of its text that is known so far."""

    utterance_id: str
    kind: UtteranceKind
    status: UtteranceStatus
    ref: str | None
    text: str
    sentence: SentenceView | None

    @classmethod
    def of(cls, utterance: Utterance) -> "UtteranceView":
        """Return how `utterance` is at this moment."""
        return cls(
            utterance_id=utterance.utterance_id,
            kind=utterance.kind,
            status=utterance.status,
            ref=utterance.ref,
            text=utterance.text,
            sentence=SentenceView(*utterance.sentence) if utterance.sentence else None,
        )


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A session at one moment; `utterances` are the unfinished ones, the speaking one first."""

    session_id: str
    user_id: str
    state: SessionState
    mode: str
    dialog: str | None
    created_at: float
    cloud_session_id: str | None
    reason: str | None
    error: Problem | None
    position: int | None
    turn: TurnState
    utterances: list[UtteranceView]
    attached: int
    metadata: dict[str, str]

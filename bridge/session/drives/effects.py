"""What the drives ask their shell to do. Pure."""

from dataclasses import dataclass

from bridge.session.events import Event, Problem, SpeakStatusChanged
from bridge.wire.commands import Command
from bridge.wire.events import DriveStatus


@dataclass(frozen=True, slots=True)
class Send:
    """Send `command` as part of the drive `req_id`."""

    req_id: str
    command: Command


@dataclass(frozen=True, slots=True)
class Emit:
    """Tell the clients."""

    event: Event


@dataclass(frozen=True, slots=True)
class AskCloud:
    """Call statsession: the cloud owes us an Over; answer with `cloud_says`."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open the channel anew: what the cloud owes us was told and lost, or we were not heard; it tells it again."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The cloud's bot has said the next words of its answer, which are only shown unless they are `spoken`."""

    utterance_id: str
    text: str
    spoken: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The cloud's bot gives no answer, for a reason; the utterance takes clauses to be said instead."""

    utterance_id: str
    problem: Problem


Effect = Send | Emit | AskCloud | Reopen | Answered | Unanswered


def told_as_it_came(status: DriveStatus, utterance_id: str | None) -> Emit:
    """Return what tells the clients a status, and whose it is."""
    return Emit(
        SpeakStatusChanged(
            utterance_id=utterance_id,
            req_id=status.req_id,
            speak_status=status.speak_status,
            seq=status.seq,
            final_type=status.final_type,
            error_code=status.error_code,
            error_message=status.error_message,
        )
    )

"""What the drives ask their shell to do. Pure."""

from dataclasses import dataclass

from bridge.session.events import Event, SpeakStatusChanged
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


Effect = Send | Emit | AskCloud | Reopen


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

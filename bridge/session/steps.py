"""What can happen in a session's life, and what is to be done about it: the words that life cycle and shell share."""

from dataclasses import dataclass

from bridge.errors import BridgeError, CloudSessionLost
from bridge.session.events import Problem, SessionState


# What happened.
@dataclass(frozen=True, slots=True)
class Created:
    """createsession answered."""

    cloud_session_id: str
    status: int


@dataclass(frozen=True, slots=True)
class Polled:
    """statsession answered; `code` and `reason` are its ErrorCode and ErrorMessage."""

    status: int
    started: bool
    reason: str = ""
    code: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """startsession answered."""


@dataclass(frozen=True, slots=True)
class ChannelUp:
    """The command channel is open."""


@dataclass(frozen=True, slots=True)
class ChannelDown:
    """The command channel could not be opened, or broke; `refused`: the cloud did not want it, `error` says why."""

    refused: bool
    error: BridgeError | None = None


@dataclass(frozen=True, slots=True)
class CallFailed:
    """A REST call failed for good."""

    error: BridgeError


@dataclass(frozen=True, slots=True)
class Complained:
    """A message of the channel holds a code other than 0."""

    error: BridgeError


@dataclass(frozen=True, slots=True)
class Doubted:
    """What the cloud owes does not come over the channel, although it seems to be open."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The cloud session is closed: statsession, or a CloseType in a message of the channel, says so."""

    error: CloudSessionLost


@dataclass(frozen=True, slots=True)
class BrokeDown:
    """The session cannot go on, by a mistake of ours."""

    error: BridgeError


@dataclass(frozen=True, slots=True)
class CloseAsked:
    """Somebody or something wants the session closed."""

    reason: str


@dataclass(frozen=True, slots=True)
class CloudClosed:
    """closesession was answered, or it was given up."""


Answer = Created | Polled | Started | CallFailed
Turn = ChannelUp | ChannelDown | Complained | Doubted | Gone | BrokeDown | CloseAsked
"""What can change the course of a session that is not over, besides an answer."""
Happening = Answer | Turn | CloudClosed


# What is to be done.
@dataclass(frozen=True, slots=True)
class Create:
    """Call createsession."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Call statsession."""

    cloud_session_id: str


@dataclass(frozen=True, slots=True)
class Start:
    """Call startsession."""

    cloud_session_id: str


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """Open the command channel, once the one before has ended."""

    cloud_session_id: str


@dataclass(frozen=True, slots=True)
class CloseChannel:
    """Close the command channel; there is no ChannelDown for it."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the channel, and call closesession if there is a cloud session by then."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The session is in another state; `lost`: the cloud session under it is gone and with it what it was saying."""

    state: SessionState
    reason: str | None = None
    error: Problem | None = None
    lost: bool = False


Call = Create | Poll | Start | Close
Effect = Call | OpenChannel | CloseChannel | Entered


def problem_of(error: BridgeError) -> Problem:
    """Return `error` as it is shown inside an event."""
    return Problem(error.code, error.message, error.retryable, error.cloud_code)

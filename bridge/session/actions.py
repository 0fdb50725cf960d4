"""What each code of the cloud means for a session, whichever way it came. Pure.

A code can come as the answer of a REST call, with the refusal of the channel's upgrade, in a message of the channel,
and in what statsession says of a cloud session; `bridge.session.lifecycle` carries the actions out:

- SPEECH: it concerns what was said or asked. A message of the channel ends the utterance and nothing else; a REST call
  fails; after a refused channel statsession is asked, later.
- AGAIN: it will pass. A REST call is made again later, except the first createsession, which fails; else as SPEECH.
- ASK: the cloud session is not as we think. statsession is asked, later, and tells how it is; if it gives such a code
  itself there is no cloud session any more, and another one is created.
- SIGN: the signature or the credentials. statsession is asked: signing for it learns the cloud's time. A REST call that
  is refused for it all the same fails, and so does the channel when it is refused for the third time in a row.
- FAIL: only a person can help.

"Later" is after a backoff with full jitter. What fails ends the session `failed`, with the error.
"""

from enum import Enum, auto

from bridge.clouds.tencent.codes import error_of
from bridge.errors import BridgeError, CloudSessionLost, SessionStopped
from bridge.session.steps import Complained, Gone
from bridge.wire.events import CloseType, DriveError, Message


class Action(Enum):
    """What a code asks for; the module's list has the details."""

    SPEECH = auto()
    AGAIN = auto()
    ASK = auto()
    SIGN = auto()
    FAIL = auto()


UNAUTHORIZED = 100005
SAME_USER = 110022

ACTIONS: dict[int, Action] = {
    -101000: Action.AGAIN,
    -101001: Action.AGAIN,
    -101002: Action.SPEECH,
    -111001: Action.SPEECH,
    -111002: Action.ASK,
    -111003: Action.AGAIN,
    -111004: Action.AGAIN,
    -111005: Action.SPEECH,
    -100000: Action.AGAIN,
    100000: Action.AGAIN,
    100001: Action.SPEECH,
    UNAUTHORIZED: Action.SIGN,
    100007: Action.FAIL,
    100008: Action.AGAIN,  # a place may get free; of a session that lived, its own may not be free yet
    100012: Action.AGAIN,
    100014: Action.FAIL,
    100015: Action.FAIL,
    110013: Action.ASK,
    110014: Action.ASK,
    110015: Action.SPEECH,
    110016: Action.ASK,
    110018: Action.ASK,
    110021: Action.FAIL,
    SAME_USER: Action.FAIL,
}
"""The manual's "Error Code Description", and the codes that `bridge.clouds.tencent.codes` adds to it."""

_CLOSED: dict[int, str] = {
    CloseType.FORCED: "it was stopped by force",
    CloseType.TIMEOUT: "it timed out",
    CloseType.DOWNSTREAM_LEFT: "the renderer left",
    CloseType.RESTARTED: "the service was restarted",
    CloseType.SAME_USER: "the same user opened another session",
}
_STATUS_CODES = {401: UNAUTHORIZED, 404: 110018}
"""What a refused upgrade means where its body has no code."""


def action_of(error: BridgeError) -> Action:
    """Return what `error` asks for; a code that nobody has described harms only what was being asked."""
    if isinstance(error, SessionStopped):
        return Action.FAIL
    known = ACTIONS.get(error.cloud_code or 0)
    return known or (Action.AGAIN if error.retryable else Action.SPEECH)


def lost(close_type: int | None, code: int, message: str) -> CloudSessionLost:
    """Return why a cloud session that is closed was closed; only timeouts, restarts and the like may be undone."""
    reason = _CLOSED.get(close_type or 0) or message
    said = f": {reason}" if reason else ""
    if close_type == CloseType.FORCED:
        return SessionStopped("somebody stopped the cloud session in the cloud's console; create a new one if wanted")
    cloud_code = SAME_USER if close_type == CloseType.SAME_USER else code or None
    return CloudSessionLost(f"the cloud has closed the session{said}", cloud_code=cloud_code)


def told_by(message: Message) -> Complained | Gone | None:
    """Return what a message of the channel means for the session, besides what it tells of a drive."""
    if message.close_type is not None:
        return Gone(lost(message.close_type, message.error_code, message.error_message))
    if isinstance(message, DriveError):
        return Complained(error_of(message.code, message.message))
    return None


def refused(status: int, code: int, message: str) -> BridgeError | None:
    """Return what the refusal of the channel's upgrade means; `code` is the body's, or 0."""
    number = code or _STATUS_CODES.get(status, 0)
    return error_of(number, message) if number else None

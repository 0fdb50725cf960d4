"""The events of a session, as its clients receive them (DESIGN 5.4): one typed model each, tagged by `type`."""

from typing import Literal

import msgspec

SessionState = Literal[
    "creating", "queued", "preparing", "ready", "live", "reconnecting", "paused", "closing", "closed", "failed"
]
UtteranceStatus = Literal["queued", "sent", "started", "ended", "interrupted", "failed"]
UtteranceKind = Literal["text", "stream", "audio"]
InterruptSource = Literal["voice", "text", "button", "api"]
ScriptState = Literal["stopped", "playing", "paused", "waiting"]
AudienceState = Literal["waiting", "answering", "answered", "dismissed"]
TurnState = Literal["idle", "listening", "thinking", "speaking", "interrupted"]


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error inside an event: the stable code, what to do, and whether it may be retried."""

    code: str
    message: str
    retryable: bool = False
    cloud_code: int | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Root of all stream events; the log adds `offset`, `time` and `session_id`."""


class StateChanged(Event, frozen=True, omit_defaults=False, tag="session.state"):
    """The session entered `state`; `position`, in the queue only, is its place there, counted from 1."""

    state: SessionState
    position: int | msgspec.UnsetType = msgspec.UNSET
    reason: str | None = None
    error: Problem | None = None


class PlayChanged(Event, frozen=True, tag="play"):
    """The play address is known, or another one now; fetch yours."""

    changed: bool


class UtteranceChanged(Event, frozen=True, tag="utterance"):
    """An utterance entered `status`; `heard` is what of it was really spoken, known at its end."""

    utterance_id: str
    kind: UtteranceKind
    status: UtteranceStatus
    ref: str | None = None
    heard: str | None = None
    error: Problem | None = None


class SpeakStatusChanged(Event, frozen=True, omit_defaults=False, tag="speak.status"):
    """A status of a drive as the cloud sent it; `utterance_id` is null for a drive that is not ours any more."""

    req_id: str
    speak_status: str
    utterance_id: str | None = None
    seq: int = 0
    final_type: int | None = None
    error_code: int = 0
    error_message: str = ""


class SentenceChanged(Event, frozen=True, tag="sentence"):
    """The cloud began or finished to speak clause `seq` (from 1) of an utterance."""

    utterance_id: str
    seq: int
    text: str
    status: Literal["started", "ended"]


class Interrupted(Event, frozen=True, tag="interrupt"):
    """These utterances are to fall silent at once; the cloud has not answered yet."""

    utterance_ids: tuple[str, ...]
    by: InterruptSource


class Transcript(Event, frozen=True, tag="transcript"):
    """What a person or the avatar said: the whole `text`, or a `delta` of it."""

    who: Literal["user", "assistant"]
    final: bool
    text: str | None = None
    delta: str | None = None
    heard: str | None = None


class TurnChanged(Event, frozen=True, tag="turn"):
    """The exchange with the person entered `turn`."""

    turn: TurnState


class TurnTimeline(Event, frozen=True, omit_defaults=False, tag="turn.timeline"):
    """A turn is over: when each of its stages was reached, in milliseconds from its beginning; null if it was not.

    It begins with the end of what a person said aloud, or else with the question in writing. `first_sound_ms` is what a
    page reported, `filler` whether one bridged the silence.
    """

    turn: int
    utterance_id: str
    outcome: Literal["ended", "interrupted", "failed"]
    aloud: bool
    filler: bool
    transcript_ms: int | None
    first_token_ms: int | None
    first_fragment_ms: int | None
    started_ms: int | None
    first_sound_ms: int | None
    ended_ms: int | None


class AudioDropped(Event, frozen=True, tag="audio.dropped"):
    """Live sound came faster than it could be spoken: its oldest part, `dropped_ms` of it, will never be heard."""

    utterance_id: str
    dropped_ms: int
    total_ms: int


class ScriptChanged(Event, frozen=True, omit_defaults=False, tag="script"):
    """The script is in another state, at another line, or has other lines: those when `revision` is another."""

    state: ScriptState
    line_id: str | None
    utterance_id: str | None
    loop: bool
    auto: bool
    revision: int
    lines: int
    error: Problem | None = None


class AudienceChanged(Event, frozen=True, omit_defaults=False, tag="audience"):
    """Somebody in the audience has written, or what became of it."""

    message_id: str
    who: str | None
    text: str
    state: AudienceState


class CloudMessage(Event, frozen=True, tag="cloud.message"):
    """A downlink message of a type other than 3 and 9, as it came; `utterance_id` if it is about one of ours."""

    message: msgspec.Raw
    utterance_id: str | None = None


class Ephemeral(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Root of what matters at this moment only: no place in the log, and nobody who comes later gets it."""


class Hold(Ephemeral, frozen=True, tag="hold"):
    """Somebody may be interrupting: while it is `held` nobody should hear the avatar, though it speaks on."""

    held: bool


class PartialTranscript(Ephemeral, frozen=True, tag="transcript"):
    """What a person seems to have said so far; each one stands for all before it."""

    who: Literal["user"]
    text: str
    final: bool = False


class AudioSent(Ephemeral, frozen=True, tag="audio.sent"):
    """So much of an utterance's sound has gone to the cloud, `audio.lead_ms` of it ahead; once a second at most."""

    utterance_id: str
    sent_ms: int


EphemeralEvent = Hold | PartialTranscript | AudioSent

StreamEvent = (
    StateChanged
    | PlayChanged
    | UtteranceChanged
    | SpeakStatusChanged
    | SentenceChanged
    | Interrupted
    | Transcript
    | TurnChanged
    | TurnTimeline
    | AudioDropped
    | ScriptChanged
    | AudienceChanged
    | CloudMessage
)

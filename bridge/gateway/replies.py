"""What callers get (DESIGN 5.3): one typed model each. Members may be added; readers ignore those they do not know."""

from typing import Annotated, Literal

import msgspec

from bridge.gateway.grant_store import Grant
from bridge.session.events import AudienceState, Problem, ScriptState, SessionState, UtteranceStatus
from bridge.session.play import PlayAddress
from bridge.session.snapshot import Snapshot

UtteranceId = Annotated[str, msgspec.Meta(description="Names one utterance in answers and events.")]


class SessionCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A session that has begun; `token` lets a page drive it for 15 minutes, and can be renewed."""

    session_id: str
    state: SessionState
    token: str
    play: PlayAddress | None


class TokenMinted(msgspec.Struct, frozen=True, kw_only=True):
    """A client token for one session; `expires_at` is in Unix seconds."""

    token: str
    expires_at: float


class GrantCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A new grant, and the link with it; neither can be read again."""

    grant_id: str
    grant: str
    link: str


class GrantList(msgspec.Struct, frozen=True):
    """All grants that are out, the oldest first."""

    grants: list[Grant]


class GrantExchanged(msgspec.Struct, frozen=True, kw_only=True):
    """The session of a grant, and a driver's token for it; `expires_at` is in Unix seconds."""

    session_id: str
    state: SessionState
    token: str
    expires_at: float


class SessionView(Snapshot, frozen=True, kw_only=True):
    """A session at one moment; `suggestions` are questions that a page may offer, by language.

    `listens` says whether a microphone may be opened for the purpose `converse`, `image_origins` where pictures
    that the cloud's bot sends may be shown from.
    """

    listens: bool
    image_origins: tuple[str, ...]
    suggestions: dict[str, list[str]]


class SessionList(msgspec.Struct, frozen=True):
    """All sessions, those that ended within the last minute too."""

    sessions: list[SessionView]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """How far an utterance has got; `heard` is null until its end, `error` there only if it failed."""

    utterance_id: UtteranceId
    status: UtteranceStatus
    heard: str | None
    error: Problem | msgspec.UnsetType = msgspec.UNSET


class Stopped(msgspec.Struct, frozen=True):
    """The utterances that were interrupted; none if nothing was being said."""

    utterance_ids: tuple[UtteranceId, ...]


class ScriptLine(msgspec.Struct, frozen=True):
    """A line of a script."""

    line_id: str
    text: str


class ScriptStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a script is; `line_id` is the line that is said now or next, null when all have been said."""

    state: ScriptState
    line_id: str | None
    utterance_id: str | None
    loop: bool
    auto: bool
    revision: int
    error: Problem | None


class ScriptView(ScriptStatus, frozen=True, kw_only=True):
    """A script with its lines; `left` is what of its current line is still to be heard."""

    left: str
    lines: list[ScriptLine]


class LineAdded(ScriptStatus, frozen=True, kw_only=True):
    """The script after a line was put in: `added` is its id."""

    added: str


class AudienceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody in the audience has written, and what became of it."""

    message_id: str
    who: str | None
    text: str
    state: AudienceState


class AudienceList(msgspec.Struct, frozen=True):
    """The messages of the audience in the order in which they came; of those that are over the last 50."""

    messages: list[AudienceMessage]


class ChatFailed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`error`: the dialog or the cloud did not do its part; `end` still follows."""

    code: str
    detail: str
    retryable: bool
    cloud_code: int | None = None


class Alive(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(msgspec.Struct, frozen=True):
    """Sessions can be created."""

    status: Literal["ready"] = "ready"


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """Which program this is."""

    name: Literal["avatar-bridge"] = "avatar-bridge"
    version: str

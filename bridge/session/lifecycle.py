"""What a session does next to get its cloud session, its channel, and out again. Pure.

createsession, statsession until 1, startsession, commandchannel … closesession (manual: "Access Process"). The
session stays while the cloud session under it may be replaced: one that the cloud has closed is created anew.
"""

from dataclasses import dataclass, field

from bridge.errors import (
    BridgeError,
    ChannelLost,
    CloudSessionLost,
    PreparationFailed,
    PreparationTimeout,
)
from bridge.session.events import Problem, SessionState
from bridge.session.reconnect import Backoff

GIVE_UP_PREPARING_S = 150.0
GIVE_UP_RECONNECTING_S = 300.0
STEADY_S = 5.0
"""A channel that broke before was no success, and perhaps a refusal."""
POLL_FIRST_S = 0.25
POLL_CAP_S = 0.5
SAME_USER_CODE = 110022
STATUS_READY, STATUS_CLOSED, STATUS_PREPARING, STATUS_FAILED = 1, 2, 3, 4


# What happened.
@dataclass(frozen=True, slots=True)
class Created:
    """createsession answered."""

    cloud_session_id: str
    status: int


@dataclass(frozen=True, slots=True)
class Polled:
    """statsession answered."""

    status: int
    started: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """startsession answered."""


@dataclass(frozen=True, slots=True)
class ChannelUp:
    """The command channel is open."""


@dataclass(frozen=True, slots=True)
class ChannelDown:
    """The command channel could not be opened, or broke; `refused`: the cloud did not want it."""

    refused: bool


@dataclass(frozen=True, slots=True)
class CallFailed:
    """A REST call failed for good."""

    error: BridgeError


@dataclass(frozen=True, slots=True)
class CloseAsked:
    """Somebody or something wants the session closed."""

    reason: str


@dataclass(frozen=True, slots=True)
class CloudClosed:
    """closesession was answered, or it was given up."""


Answer = Created | Polled | Started | ChannelUp | ChannelDown | CallFailed
Happening = Answer | CloseAsked | CloudClosed


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
    """Open the command channel."""

    cloud_session_id: str


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


Effect = Create | Poll | Start | OpenChannel | Close | Entered


def problem_of(error: BridgeError) -> Problem:
    """Return `error` as it is shown inside an event."""
    return Problem(error.code, error.message, error.retryable, error.cloud_code)


@dataclass(slots=True)
class Lifecycle:
    """The life of one session; `random` numbers (0…1) for the backoff come from the caller."""

    state: SessionState = "creating"
    cloud_session_id: str | None = None
    _backoff: Backoff = field(default_factory=Backoff)
    _due: tuple[float, Effect] | None = None
    _give_up_at: float | None = None
    _up_since: float | None = None
    _poll_every: float = POLL_FIRST_S
    _once_live: bool = False
    _close_reason: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will be said in this session any more."""
        return self.state in {"closing", "closed", "failed"}

    def begin(self, now: float) -> list[Effect]:
        """Start the life."""
        self._give_up_at = now + GIVE_UP_PREPARING_S
        return [Create()]

    def receive(self, happening: Happening, now: float, random: float = 1.0) -> list[Effect]:
        """Return what is to be done now that `happening` happened."""
        match happening:
            case CloudClosed():
                return self._enter("closed", self._close_reason) if self.state == "closing" else []
            case CloseAsked():
                return [] if self.is_over else self._close(happening.reason)
            case Created():
                self.cloud_session_id = happening.cloud_session_id
            case _:
                pass
        return [] if self.is_over else self._on_answer(happening, now, random)

    def _on_answer(self, happening: Answer, now: float, random: float) -> list[Effect]:
        match happening:
            case Created():
                return self._on_status(happening.status, False, "", now)
            case Polled():
                return self._on_status(happening.status, happening.started, happening.reason, now)
            case Started():
                return self._open_channel()
            case ChannelUp():
                return self._on_channel_up(now)
            case ChannelDown():
                return self._on_channel_down(happening.refused, now, random)
            case CallFailed():
                return self._on_call_failed(happening.error, now, random)

    def tick(self, now: float) -> list[Effect]:
        """Return what is due at `now`."""
        if self._give_up_at is not None and now >= self._give_up_at:
            if self._once_live:
                return self._fail(ChannelLost("the cloud did not come back within five minutes; start a new session"))
            if self.state == "ready":
                return self._fail(
                    ChannelLost(
                        f"the cloud's command channel could not be opened within {GIVE_UP_PREPARING_S:.0f} s; check "
                        "cloud.ws_url, and that the network lets WebSockets through"
                    )
                )
            return self._fail(
                PreparationTimeout(
                    f"the cloud was still preparing the avatar after {GIVE_UP_PREPARING_S:.0f} s; try again later, "
                    "or check the avatar in the cloud's console"
                )
            )
        if self._due is not None and now >= self._due[0]:
            effect = self._due[1]
            self._due = None
            return [effect]
        return []

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        deadlines = [at for at in (self._give_up_at, self._due[0] if self._due else None) if at is not None]
        return min(deadlines, default=None)

    def _on_status(self, status: int, started: bool, reason: str, now: float) -> list[Effect]:
        cloud_session_id = self.cloud_session_id
        assert cloud_session_id is not None
        if status == STATUS_READY:
            if started:
                return self._open_channel()
            return [*self._enter("ready"), Start(cloud_session_id)]
        if status == STATUS_PREPARING:
            self._due = (now + self._poll_every, Poll(cloud_session_id))
            self._poll_every = min(POLL_CAP_S, self._poll_every * 1.5)
            return self._enter("preparing")
        said = f": {reason}" if reason else ""
        if status == STATUS_FAILED:
            return self._fail(PreparationFailed(f"the cloud could not prepare the avatar{said}; try again"))
        return self._on_lost(CloudSessionLost(f"the cloud has closed the session{said}"), now)

    def _open_channel(self) -> list[Effect]:
        assert self.cloud_session_id is not None
        return [*self._enter("reconnecting" if self._once_live else "ready"), OpenChannel(self.cloud_session_id)]

    def _on_channel_up(self, now: float) -> list[Effect]:
        self._up_since = now
        self._once_live = True
        self._give_up_at = None
        self._poll_every = POLL_FIRST_S
        return self._enter("live")

    def _on_channel_down(self, refused: bool, now: float, random: float) -> list[Effect]:
        assert self.cloud_session_id is not None
        self._expect_recovery(now)
        up_since, self._up_since = self._up_since, None
        if up_since is not None and now - up_since >= STEADY_S:
            self._backoff.reset()
        elif up_since is not None:
            refused = True
        # A refusal may mean that the cloud session is gone: ask before trying the channel again.
        effect = Poll(self.cloud_session_id) if refused else OpenChannel(self.cloud_session_id)
        self._due = (now + self._backoff.next(random), effect)
        return self._enter("reconnecting") if self._once_live else []

    def _on_call_failed(self, error: BridgeError, now: float, random: float) -> list[Effect]:
        if isinstance(error, CloudSessionLost):
            return self._on_lost(error, now)
        if self._once_live and error.retryable:
            effect = Poll(self.cloud_session_id) if self.cloud_session_id else Create()
            self._due = (now + self._backoff.next(random), effect)
            return []
        return self._fail(error)

    def _on_lost(self, error: CloudSessionLost, now: float) -> list[Effect]:
        """Create another cloud session, unless somebody else took this one's place or there never was a good one."""
        self.cloud_session_id = None
        if error.cloud_code == SAME_USER_CODE or not self._once_live:
            return self._fail(error)
        self._expect_recovery(now)
        return [Entered("reconnecting", "cloud_session_replaced", lost=True), *self._recreate()]

    def _recreate(self) -> list[Effect]:
        self.state = "reconnecting"
        self._due = None
        return [Create()]

    def _expect_recovery(self, now: float) -> None:
        if self._give_up_at is None:
            self._give_up_at = now + GIVE_UP_RECONNECTING_S

    def _close(self, reason: str) -> list[Effect]:
        self._close_reason = reason
        return [*self._end("closing", reason, None), Close()]

    def _fail(self, error: BridgeError) -> list[Effect]:
        return [*self._end("failed", error.code, problem_of(error)), Close()]

    def _end(self, state: SessionState, reason: str, error: Problem | None) -> list[Effect]:
        self._due = self._give_up_at = None
        return self._enter(state, reason, error)

    def _enter(self, state: SessionState, reason: str | None = None, error: Problem | None = None) -> list[Effect]:
        if state == self.state:
            return []
        if self._once_live and state in {"ready", "preparing"}:
            return []  # the steps towards a new cloud session are all `reconnecting` for those who watch
        self.state = state
        return [Entered(state, reason, error)]

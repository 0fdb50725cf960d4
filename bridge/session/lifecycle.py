"""What a session does next to get its cloud session, its channel, and out again. Pure.

createsession, statsession until 1, startsession, commandchannel … closesession (manual: "Access Process"). The
session stays while the cloud session under it may be replaced: one that the cloud has closed is created anew. At
most one call or connection is under way at a time; an answer that nobody waits for any more counts for nothing.
"""

from dataclasses import dataclass, field

from bridge.clouds.tencent.models import SessionStatus
from bridge.errors import BridgeError, ChannelLost, CloudSessionLost, PreparationFailed, PreparationTimeout
from bridge.session.actions import SAME_USER, UNAUTHORIZED, Action, action_of, lost
from bridge.session.events import Problem, SessionState
from bridge.session.reconnect import Backoff
from bridge.session.steps import (
    Answer,
    BrokeDown,
    CallFailed,
    ChannelDown,
    ChannelUp,
    Close,
    CloseAsked,
    CloseChannel,
    CloudClosed,
    Complained,
    Create,
    Created,
    Doubted,
    Effect,
    Entered,
    Gone,
    Happening,
    OpenChannel,
    Poll,
    Polled,
    Start,
    Started,
    Turn,
    problem_of,
)

GIVE_UP_PREPARING_S = 150.0
GIVE_UP_RECONNECTING_S = 300.0
STEADY_S = 5.0
"""A channel that broke before was no success, and perhaps a refusal."""
STEADY_CLOUD_S = 60.0
"""A cloud session that was lost before is not replaced at once a second time."""
REPLACE_FIRST_S, REPLACE_CAP_S = 1.0, 60.0
MAX_UNAUTHORIZED = 3
POLL_FIRST_S = 0.25
POLL_CAP_S = 0.5

_Awaited = Create | Poll | Start | OpenChannel


def _replacements() -> Backoff:
    return Backoff(REPLACE_FIRST_S, REPLACE_CAP_S, free=1)


@dataclass(slots=True)
class Lifecycle:
    """The life of one session; `random` numbers (0…1) for the backoff come from the caller."""

    state: SessionState = "creating"
    cloud_session_id: str | None = None
    _backoff: Backoff = field(default_factory=Backoff)
    _replacements: Backoff = field(default_factory=_replacements)
    _awaited: _Awaited | None = None
    _due: tuple[float, Create | Poll | OpenChannel] | None = None
    _give_up_at: float | None = None
    _up_since: float | None = None
    _cloud_live_at: float | None = None
    _unauthorized: int = 0
    _outrun: bool = False
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
        return self._do(Create())

    def receive(self, happening: Happening, now: float, random: float = 1.0) -> list[Effect]:
        """Return what is to be done now that `happening` happened."""
        if isinstance(happening, Answer):
            return self._on_answer(happening, now, random)
        if isinstance(happening, CloudClosed):
            return self._enter("closed", self._close_reason) if self.state == "closing" else []
        return [] if self.is_over else self._on(happening, now, random)

    def _on(self, happening: Turn, now: float, random: float) -> list[Effect]:
        match happening:
            case ChannelUp():
                return self._on_channel_up(now)
            case ChannelDown():
                return self._on_channel_down(happening, now, random)
            case Complained():
                return self._on_complaint(happening.error, now, random)
            case Doubted():
                return self._reopen(now, random, ask=False) if self._up_since is not None else []
            case Gone():
                return self._on_gone(happening.error, now, random) if self._up_since is not None else []
            case BrokeDown():
                return self._fail(happening.error)
            case CloseAsked():
                return self._close(happening.reason)

    def tick(self, now: float) -> list[Effect]:
        """Return what is due at `now`."""
        if self._give_up_at is not None and now >= self._give_up_at:
            return self._fail(self._why_given_up())
        if self._due is not None and now >= self._due[0]:
            step = self._due[1]
            self._due = None
            return self._do(step)
        return []

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        due = self._due[0] if self._due else None
        if due is None or self._give_up_at is None:
            return self._give_up_at if due is None else due
        return min(due, self._give_up_at)

    # What the REST calls brought.

    def _on_answer(self, answer: Answer, now: float, random: float) -> list[Effect]:
        match answer, self._awaited:
            case (Created(), Create() as call) | (Polled(), Poll() as call) | (Started(), Start() as call):
                pass
            case CallFailed(), (Create() | Poll() | Start()) as call:
                pass
            case _:
                return []
        self._awaited = None
        if isinstance(answer, Created):
            self.cloud_session_id = answer.cloud_session_id  # it is to be closed even if nobody needs it any more
        if self.is_over:
            return []
        if isinstance(answer, CallFailed):
            return self._on_call_failed(answer.error, call, now, random)
        if isinstance(answer, Started):
            assert self.cloud_session_id is not None
            return self._do(OpenChannel(self.cloud_session_id))
        return self._on_status(answer, now, random)

    def _on_status(self, answer: Created | Polled, now: float, random: float) -> list[Effect]:
        assert self.cloud_session_id is not None
        code, reason = (answer.code, answer.reason) if isinstance(answer, Polled) else (0, "")
        match answer.status:
            case SessionStatus.IN_PROGRESS:
                started = isinstance(answer, Polled) and answer.started
                step = OpenChannel(self.cloud_session_id) if started else Start(self.cloud_session_id)
                return [*self._enter("ready"), *self._do(step)]
            case SessionStatus.FAILED:
                said = f": {reason}" if reason else ""
                failed = PreparationFailed(
                    f"the cloud could not prepare the avatar{said}; try again", cloud_code=code or None
                )
                return self._on_preparation_failed(failed, now, random)
            case SessionStatus.CLOSED:
                return self._on_gone(lost(None, code, reason), now, random)
            case _:  # preparing, or a status that nobody has described
                self._due = (now + self._poll_every, Poll(self.cloud_session_id))
                self._poll_every = min(POLL_CAP_S, self._poll_every * 1.5)
                return self._enter("preparing")

    def _on_preparation_failed(self, error: PreparationFailed, now: float, random: float) -> list[Effect]:
        if not self._once_live or action_of(error) is Action.FAIL:
            return self._fail(error)
        self._due = (now + self._backoff.next(random), Create())
        return []

    def _on_call_failed(
        self, error: BridgeError, call: Create | Poll | Start, now: float, random: float
    ) -> list[Effect]:
        action = action_of(error)
        taken_over = isinstance(call, Start) and error.cloud_code == SAME_USER
        if isinstance(error, CloudSessionLost) and (isinstance(call, Poll) or taken_over):
            return self._on_gone(error, now, random)
        if action is Action.ASK or (action is Action.AGAIN and (self._once_live or not isinstance(call, Create))):
            again = call if isinstance(call, Create) else Poll(call.cloud_session_id)
            self._due = (now + self._backoff.next(random), again)
            return []
        return self._fail(error)

    # What became of the channel.

    def _on_channel_up(self, now: float) -> list[Effect]:
        if not isinstance(self._awaited, OpenChannel):
            return []
        self._awaited = self._give_up_at = None
        self._up_since = now
        if self._cloud_live_at is None:
            self._cloud_live_at = now
        self._once_live = True
        self._unauthorized = 0
        self._poll_every = POLL_FIRST_S
        return self._enter("live")

    def _on_channel_down(self, down: ChannelDown, now: float, random: float) -> list[Effect]:
        if self._up_since is None and not isinstance(self._awaited, OpenChannel):
            return []
        self._awaited = None
        if down.error is not None and self._is_final(down.error):
            return self._fail(down.error)
        return self._without_channel(now, random, ask=down.refused)

    def _on_complaint(self, error: BridgeError, now: float, random: float) -> list[Effect]:
        if self._up_since is None:
            return []
        match action_of(error):
            case Action.FAIL:
                return self._fail(error)
            case Action.ASK | Action.SIGN:
                return self._reopen(now, random, ask=True)
            case Action.SPEECH | Action.AGAIN:
                return []

    def _reopen(self, now: float, random: float, *, ask: bool) -> list[Effect]:
        return [CloseChannel(), *self._without_channel(now, random, ask=ask)]

    def _is_final(self, error: BridgeError) -> bool:
        """Whether a refusal of the channel will not get better by itself; one for its signature gets two chances."""
        self._unauthorized += error.cloud_code == UNAUTHORIZED
        return self._unauthorized >= MAX_UNAUTHORIZED or action_of(error) is Action.FAIL

    def _without_channel(self, now: float, random: float, *, ask: bool) -> list[Effect]:
        """Open the channel again, after a pause; a refusal may mean that the cloud session is gone: `ask` first."""
        assert self.cloud_session_id is not None
        self._expect_recovery(now)
        up_since, self._up_since = self._up_since, None
        if up_since is not None and now - up_since >= STEADY_S:
            self._backoff.reset()
        elif up_since is not None:
            ask = True
        step = Poll(self.cloud_session_id) if ask else OpenChannel(self.cloud_session_id)
        self._due = (now + self._backoff.next(random), step)
        return self._enter("reconnecting") if self._once_live else []

    # The end of a cloud session.

    def _on_gone(self, error: CloudSessionLost, now: float, random: float) -> list[Effect]:
        """Create another cloud session, unless a person ended this one or somebody else took its place."""
        self.cloud_session_id = self._up_since = None
        # A createsession that was made again, and then arrived twice, closes what it has created itself.
        by_us = error.cloud_code == SAME_USER and self._cloud_live_at is None and not self._outrun
        if action_of(error) is Action.FAIL and not by_us:
            return self._fail(error)
        self._outrun = by_us
        self._expect_recovery(now)
        if self._cloud_live_at is not None and now - self._cloud_live_at >= STEADY_CLOUD_S:
            self._replacements.reset()
        self._cloud_live_at = None
        self.state = "reconnecting" if self._once_live else "preparing"
        effects: list[Effect] = [Entered(self.state, "cloud_session_replaced", lost=True)]
        pause = self._replacements.next(random)
        if pause > 0:
            self._due = (now + pause, Create())
            return effects
        return effects + self._do(Create())

    def _expect_recovery(self, now: float) -> None:
        if self._give_up_at is None:
            self._give_up_at = now + GIVE_UP_RECONNECTING_S

    def _why_given_up(self) -> BridgeError:
        if self._once_live:
            return ChannelLost("the cloud did not come back within five minutes; start a new session")
        if self.state == "ready":
            return ChannelLost(
                f"the cloud's command channel could not be opened within {GIVE_UP_PREPARING_S:.0f} s; check "
                "cloud.ws_url, and that the network lets WebSockets through"
            )
        return PreparationTimeout(
            f"the cloud was still preparing the avatar after {GIVE_UP_PREPARING_S:.0f} s; try again later, "
            "or check the avatar in the cloud's console"
        )

    # The end of the session.

    def _close(self, reason: str) -> list[Effect]:
        self._close_reason = reason
        return [*self._end("closing", reason, None), Close()]

    def _fail(self, error: BridgeError) -> list[Effect]:
        return [*self._end("failed", error.code, problem_of(error)), Close()]

    def _end(self, state: SessionState, reason: str, error: Problem | None) -> list[Effect]:
        self._due = self._give_up_at = None
        return self._enter(state, reason, error)

    def _do(self, step: _Awaited) -> list[Effect]:
        self._awaited = step
        return [step]

    def _enter(self, state: SessionState, reason: str | None = None, error: Problem | None = None) -> list[Effect]:
        if state == self.state:
            return []
        if self._once_live and state in {"ready", "preparing"}:
            return []  # the steps towards a new cloud session are all `reconnecting` for those who watch
        self.state = state
        return [Entered(state, reason, error)]

"""The life cycle against a naive cloud and plain rules: every order of answers, losses, refusals and silence."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.clouds.tencent.codes import TABLE, error_of
from bridge.errors import BridgeError, CloudUnreachable
from bridge.session.actions import lost, refused
from bridge.session.events import SessionState
from bridge.session.lifecycle import REPLACE_CAP_S, Lifecycle
from bridge.session.reconnect import CAP_S
from bridge.session.steps import (
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
)

CODES = [code.number for code in TABLE]
ERRORS: list[BridgeError] = [*(error_of(code, "") for code in CODES), CloudUnreachable("away")]
FOLLOWS: dict[SessionState, set[SessionState]] = {
    "creating": {"preparing", "ready", "closing", "failed"},
    "preparing": {"preparing", "ready", "closing", "failed"},
    "ready": {"live", "preparing", "closing", "failed"},
    "live": {"reconnecting", "closing", "failed"},
    "reconnecting": {"reconnecting", "live", "closing", "failed"},
    "closing": {"closed"},
    "failed": set(),
    "closed": set(),
}
chances = st.floats(0, 1)
errors = st.sampled_from(ERRORS)


class LifeStory(RuleBasedStateMachine):
    """A shell that does what it is told, one thing at a time, and a cloud that keeps one session a UserId."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Lifecycle()
        self.now = 0.0
        self.state: SessionState = "creating"
        self.call: Create | Poll | Start | None = None
        self.channel: str | None = None
        self.created = 0
        self.alive: str | None = None
        """The cloud session that the bridge has no reason to think gone."""
        self.closes = 0
        self.closed = False
        self.do(self.life.begin(0.0))

    # The shell.

    def happen(self, happening: Happening, chance: float = 1.0) -> None:
        self.do(self.life.receive(happening, self.now, chance))

    def do(self, effects: list[Effect]) -> None:
        for effect in effects:
            assert self.closes == 0 or isinstance(effect, Entered), "something is done after the close"
            match effect:
                case Create():
                    assert self.idle
                    assert self.alive is None, "two cloud sessions at once"
                    self.call = effect
                case Poll() | Start():
                    assert self.idle
                    assert effect.cloud_session_id == self.alive
                    self.call = effect
                case OpenChannel():
                    assert self.idle
                    assert effect.cloud_session_id == self.alive
                    self.channel = "opening"
                case CloseChannel():
                    assert self.channel == "open"
                    self.channel = None
                case Close():
                    self.closes += 1
                    self.channel = None
                case Entered():
                    self.enter(effect)

    def enter(self, entered: Entered) -> None:
        assert entered.state in FOLLOWS[self.state]
        assert entered.state != self.state or entered.lost
        assert (entered.state == "failed") == (entered.error is not None)
        self.state = entered.state
        if entered.lost:
            assert self.alive is None, "lost without a reason"
            self.channel = None

    @property
    def idle(self) -> bool:
        return self.call is None and self.channel is None

    def answer(self, happening: Created | Polled | Started | CallFailed, chance: float) -> None:
        self.call = None
        self.happen(happening, chance)

    # The cloud answers.

    @precondition(lambda self: isinstance(self.call, Create))
    @rule(status=st.sampled_from([1, 3, 4]), chance=chances)
    def create_is_answered(self, status: int, chance: float) -> None:
        self.created += 1
        cloud_session_id = f"m{self.created}"
        self.alive = cloud_session_id if status != 4 else None
        self.answer(Created(cloud_session_id, status), chance)
        if self.closes:
            assert self.life.cloud_session_id == cloud_session_id, "it would not be closed"

    @precondition(lambda self: isinstance(self.call, Poll))
    @rule(status=st.sampled_from([1, 1, 1, 2, 3, 4, 7]), started=st.booleans(), chance=chances)
    def poll_is_answered(self, status: int, started: bool, chance: float) -> None:
        if status in {2, 4} and not self.closes:
            self.alive = None
        self.answer(Polled(status, started), chance)

    @precondition(lambda self: isinstance(self.call, Poll))
    @rule(close_type=st.sampled_from([1, 2, 3, 4, 5, None]), chance=chances)
    def poll_finds_it_closed(self, close_type: int | None, chance: float) -> None:
        self.alive = None
        self.answer(CallFailed(lost(close_type, 0, "")), chance)

    @precondition(lambda self: isinstance(self.call, Start))
    @rule(chance=chances)
    def start_is_answered(self, chance: float) -> None:
        self.answer(Started(), chance)

    @precondition(lambda self: self.call is not None)
    @rule(error=errors, chance=chances)
    def call_fails(self, error: BridgeError, chance: float) -> None:
        gone = {110013, 110018, 110022} if isinstance(self.call, Poll) else {110022}
        if not isinstance(self.call, Create) and error.cloud_code in gone:
            self.alive = None
        self.answer(CallFailed(error), chance)

    # The channel.

    @precondition(lambda self: self.channel == "opening")
    @rule()
    def channel_opens(self) -> None:
        self.channel = "open"
        self.happen(ChannelUp())

    @precondition(lambda self: self.channel is not None)
    @rule(chance=chances)
    def channel_breaks(self, chance: float) -> None:
        self.channel = None
        self.happen(ChannelDown(refused=False), chance)

    @precondition(lambda self: self.channel == "opening")
    @rule(status=st.sampled_from([302, 401, 403, 404, 409, 502]), code=st.sampled_from([0, *CODES]), chance=chances)
    def channel_is_refused(self, status: int, code: int, chance: float) -> None:
        self.channel = None
        self.happen(ChannelDown(refused=True, error=refused(status, code, "")), chance)

    @precondition(lambda self: self.channel == "open")
    @rule(error=errors, chance=chances)
    def the_cloud_complains(self, error: BridgeError, chance: float) -> None:
        self.happen(Complained(error), chance)

    @precondition(lambda self: self.channel == "open")
    @rule(close_type=st.sampled_from([1, 2, 3, 4, 5]), chance=chances)
    def the_cloud_closes(self, close_type: int, chance: float) -> None:
        self.alive = None
        self.happen(Gone(lost(close_type, 0, "")), chance)

    @precondition(lambda self: self.channel == "open")
    @rule(chance=chances)
    def an_over_is_missed(self, chance: float) -> None:
        self.happen(Doubted(), chance)

    # Time, and people.

    @rule(pause=st.floats(0, 120))
    def time_passes(self, pause: float) -> None:
        until = self.now + pause
        while (due := self.life.next_deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self.do(self.life.tick(self.now))
        self.now = until

    @rule()
    def the_next_thing_is_due(self) -> None:
        due = self.life.next_deadline()
        if due is not None:
            self.now = max(self.now, due)
            self.do(self.life.tick(self.now))

    @rule(seldom=st.integers(0, 9), breaks=st.booleans())
    def somebody_ends_it(self, seldom: int, breaks: bool) -> None:
        if seldom == 0:
            self.happen(BrokeDown(BridgeError("a mistake of ours")) if breaks else CloseAsked("deleted"))

    @precondition(lambda self: self.closes and self.call is None and not self.closed)
    @rule()
    def the_close_is_answered(self) -> None:
        self.closed = True
        self.happen(CloudClosed())

    # What comes although nobody waits for it.

    @rule(
        happening=st.sampled_from(
            [
                Created("m0", 1),
                Polled(1, started=True),
                Polled(2, started=True),
                Started(),
                CallFailed(CloudUnreachable("away")),
                ChannelUp(),
                ChannelDown(refused=True),
                Complained(error_of(110022, "")),
                Gone(lost(4, 0, "")),
                Doubted(),
            ]
        )
    )
    def something_comes_late(self, happening: Happening) -> None:
        match happening:
            case Created():
                awaited = isinstance(self.call, Create)
            case Polled():
                awaited = isinstance(self.call, Poll)
            case Started():
                awaited = isinstance(self.call, Start)
            case CallFailed():
                awaited = self.call is not None
            case ChannelUp():
                awaited = self.channel == "opening"
            case ChannelDown():
                awaited = self.channel is not None
            case _:
                awaited = self.channel == "open"
        if not awaited:
            held = (self.life.cloud_session_id, self.life.next_deadline())
            assert self.life.receive(happening, self.now) == []
            assert (self.life.cloud_session_id, self.life.next_deadline()) == held

    # What always holds.

    @invariant()
    def it_never_stands_still(self) -> None:
        due = self.life.next_deadline()
        if self.life.is_over:
            assert due is None
        else:
            assert self.call is not None or self.channel is not None or due is not None

    @invariant()
    def it_closes_once_when_it_is_over(self) -> None:
        assert self.closes == int(self.life.is_over)
        assert self.life.state == self.state

    @invariant()
    def it_tries_again_within_the_bounds_of_its_backoff(self) -> None:
        due = self.life.next_deadline()
        if not self.life.is_over and self.call is None and self.channel is None:
            assert due is not None
            assert due - self.now <= max(CAP_S, REPLACE_CAP_S)

    @invariant()
    def what_lives_in_the_cloud_is_what_would_be_closed(self) -> None:
        if self.alive is not None:
            assert self.life.cloud_session_id == self.alive


TestLifeStory = LifeStory.TestCase

"""The cloud as a whole: which sessions there are, who may have one more, and what holds for all of them."""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Self

from emulator.channel.bot import Bot, Bots
from emulator.channel.recorded import Replays
from emulator.clock import Clock
from emulator.codes import CONCURRENCY, DISCONNECTED, INTERNAL, NO_QUOTA, SAME_USER, SESSION_UNKNOWN, CloudError
from emulator.faults import Fault, Faults
from emulator.limits import Limits, LimitsHolder
from emulator.session import CLOSED_BY_RESTART, CLOSED_BY_USER, Order, Session
from emulator.speech import Synthesizer
from emulator.transitions import Readiness, Transition

CLOSED_KEPT = 32
"""Closed sessions that can still be asked about; the oldest are forgotten."""

_log = logging.getLogger(__name__)

OnStarted = Callable[[Session], None]
OnClosed = Callable[[str], Coroutine[None, None, None]]


class Cloud:
    """Owns the sessions and the synthesiser; use it as an asynchronous context."""

    def __init__(
        self,
        transition: Transition,
        faults: Sequence[Fault] = (),
        *,
        lenient: bool = False,
        bots: Sequence[Bot] = (),
        synthesizer: Synthesizer | None = None,
    ) -> None:
        """Begin with `transition`, `faults` and `bots`, which hold for all sessions and come back with `reset`."""
        self.lenient = lenient
        self.limits = LimitsHolder()
        self.clock = Clock(self.limits)
        self.faults = Faults()
        self.transition = transition
        self.on_started: OnStarted | None = None
        self.on_closed: OnClosed | None = None
        self._first_transition = transition
        self._first_faults = tuple(faults)
        self._first_bots = tuple(bots)
        self.bots = Bots()
        self.replays = Replays()
        self._begin()
        self._synthesizer = synthesizer or Synthesizer()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        await self._synthesizer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close_all()
        await self._synthesizer.aclose()
        await self._tasks.__aexit__(None, None, None)  # the sessions end by themselves, whatever came over the body

    def sessions(self) -> list[Session]:
        """Return the sessions known, the closed ones included, oldest first."""
        return list(self._sessions.values())

    def open_sessions(self) -> list[Session]:
        """Return the sessions that are not closed."""
        return [session for session in self._sessions.values() if not session.closed]

    def session(self, session_id: str) -> Session:
        """Return a session, open or closed; raises CloudError 110018."""
        session = self._sessions.get(session_id)
        if session is None:
            raise CloudError(SESSION_UNKNOWN)
        return session

    def new_session_id(self) -> str:
        """Return an id of the clouds' form."""
        return f"m{secrets.randbelow(9 * 10**17) + 10**17}"

    def create(self, session_id: str, order: Order) -> Session:
        """Begin a session; an open one of the same UserId ends first. Raises CloudError 100008 or 100014."""
        for former in self.open_sessions():
            if former.order.user_id == order.user_id:
                former.close(CLOSED_BY_USER, SAME_USER)
        concurrency = self.limits.current.concurrency
        if concurrency == 0:
            raise CloudError(NO_QUOTA, "未找到有效的并发配额，请您申请延期或加购")
        if len(self.open_sessions()) >= concurrency:
            raise CloudError(CONCURRENCY, f"all {concurrency} sessions are in use")
        readiness = Readiness(self.transition, self.clock.monotonic())
        session = Session(
            session_id,
            order,
            readiness,
            self.limits,
            self._synthesizer,
            self.clock.monotonic,
            lenient=self.lenient,
            bot=lambda: self.bots.of(order.project),
        )
        self._sessions[session_id] = session
        _log.info("session %s created", session_id)
        self._tasks.create_task(self._live(session), name=f"session-{session_id}")
        return session

    def start(self, session: Session) -> None:
        """Let a session that is ready be driven; a second call changes nothing."""
        if not session.started:
            session.started = True
            if self.on_started is not None:
                self.on_started(session)

    def close_all(self) -> None:
        """End every session."""
        for session in self.open_sessions():
            session.close(CLOSED_BY_RESTART)

    def restart(self) -> None:
        """End every session as a service that is started anew does: its channel is cut without a word."""
        for session in self.open_sessions():
            session.close(CLOSED_BY_RESTART, DISCONNECTED, abrupt=True)

    def reset(self) -> None:
        """Go back to the state at the start: no sessions, and the first faults, limits and transition."""
        self.close_all()
        self._sessions.clear()
        self._begin()
        self.limits.current = Limits()
        self.transition = self._first_transition

    def limits_changed(self) -> None:
        """Let all sessions heed new limits now."""
        for session in self.open_sessions():
            session.limits_changed()

    def _begin(self) -> None:
        self.replays.clear()
        self.bots.clear()
        for bot in self._first_bots:
            self.bots.bind(bot)
        self.faults.clear()
        for fault in self._first_faults:
            self.faults.add("*", fault)

    async def _live(self, session: Session) -> None:
        """Let a session live and clean up after it; what fails in it ends this session alone."""
        if not await _succeeds(session.run(), session.id):
            session.close(CLOSED_BY_RESTART, INTERNAL)
        _log.info("session %s closed with CloseType %s", session.id, session.close_type)
        if self.on_closed is not None:
            await _succeeds(self.on_closed(session.id), session.id)
        closed = [s.id for s in self._sessions.values() if s.closed]
        for session_id in closed[:-CLOSED_KEPT]:
            self._sessions.pop(session_id, None)


async def _succeeds(work: Coroutine[None, None, None], session_id: str) -> bool:
    (outcome,) = await asyncio.gather(work, return_exceptions=True)
    if isinstance(outcome, Exception):
        _log.error("session %s failed", session_id, exc_info=outcome)
    return outcome is None

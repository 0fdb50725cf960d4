"""The REST calls of one session, one after the other; the last one, closesession, does not wait long for its turn."""

import asyncio
from collections.abc import Callable

import structlog

from bridge.session.calls import CloudCalls
from bridge.session.steps import Answer, Call, Close, CloudClosed, Create

MAX_CALLS = 16
"""Calls that may wait for the one before; the life cycle asks for one at a time, so this is never reached."""
CREATE_GRACE_S = 5.0
CLOSE_LIMIT_S = 8.0
"""How long a session that is to be closed waits for a createsession under way, and for closesession."""


class CallQueue:
    """Makes the calls of `cloud`; `cloud_session_id` tells which cloud session there is by then."""

    def __init__(
        self, cloud: CloudCalls, cloud_session_id: Callable[[], str | None], log: structlog.stdlib.BoundLogger
    ) -> None:
        self._cloud = cloud
        self._cloud_session_id = cloud_session_id
        self._log = log
        self._calls: asyncio.Queue[Call] = asyncio.Queue(MAX_CALLS)
        self._under_way: Call | None = None
        self._patience: asyncio.Timeout | None = None

    def put(self, call: Call) -> None:
        """Have `call` made after those before it; for a Close the one under way is given up."""
        if isinstance(call, Close):
            self._hurry()
        self._calls.put_nowait(call)

    async def run(self, answered: Callable[[Answer | CloudClosed], None]) -> None:
        """Make the calls and hand on what came of each; returns after a Close."""
        while True:
            call = await self._calls.get()
            happening = await self._make(call)
            if happening is not None:
                answered(happening)
            if isinstance(call, Close):
                return

    async def close(self) -> None:
        """Call closesession out of turn, when `run` has come to its end; what the cloud refuses is logged."""
        await self._make(Close())

    async def _make(self, call: Call) -> Answer | CloudClosed | None:
        closing = isinstance(call, Close)
        self._under_way = call
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S if closing else None) as self._patience:
                return await self._cloud.do(call, self._cloud_session_id())
        except TimeoutError:
            self._log.warning("cloud_call_given_up", call=type(call).__name__)
            return CloudClosed() if closing else None
        finally:
            self._patience = None

    def _hurry(self) -> None:
        """Give up the call under way; a createsession gets a moment, for it may still tell what to close."""
        if self._patience is not None and not self._patience.expired():
            grace = CREATE_GRACE_S if isinstance(self._under_way, Create) else 0.0
            self._patience.reschedule(asyncio.get_running_loop().time() + grace)

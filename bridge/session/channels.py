"""The command channels of a session, one at a time: the shell that opens, closes and replaces them."""

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from bridge.session.actions import refused
from bridge.session.channel import Channel, ChannelBroken, Timing
from bridge.session.steps import ChannelDown
from bridge.wire.events import refusal_of

Spawn = Callable[[Coroutine[None, None, None]], asyncio.Task[None]]


class Channels:
    """Keeps at most one channel; `address` signs its URL anew each time, `heartbeat` makes the frame that keeps it.

    `opened`, `received` and `down` are called for the present channel only: nothing comes of one after its `close`.
    `unread` is called for one that was broken off because the cloud did not read.
    """

    def __init__(
        self,
        *,
        address: Callable[[str], str],
        heartbeat: Callable[[str], str],
        opened: Callable[[], None],
        received: Callable[[str | bytes], None],
        down: Callable[[ChannelDown], None],
        unread: Callable[[], None],
        spawn: Spawn,
        timing: Timing,
        log: structlog.stdlib.BoundLogger,
    ) -> None:
        self._address = address
        self._heartbeat = heartbeat
        self._opened = opened
        self._received = received
        self._down = down
        self._unread = unread
        self._spawn = spawn
        self._timing = timing
        self._log = log
        self._open: Channel | None = None
        self._task: asyncio.Task[None] | None = None
        self._former: asyncio.Task[None] | None = None

    def send(self, frame: str) -> None:
        """Queue `frame`; without an open channel it is lost."""
        if self._open is not None:
            self._open.send(frame)

    def open(self, cloud_session_id: str) -> None:
        """Open a channel of the cloud session, once the one before has ended: the cloud allows one."""
        self.close()
        self._task = self._spawn(self._run(cloud_session_id, self._former))

    def close(self) -> None:
        """End the present channel, if there is one; may be called by what it calls."""
        task, self._task, self._open = self._task, None, None
        if task is not None:
            self._former = task
            task.cancel()

    async def _run(self, cloud_session_id: str, former: asyncio.Task[None] | None) -> None:
        if former is not None:
            await asyncio.wait([former])
        channel = Channel(self._address(cloud_session_id), lambda: self._heartbeat(cloud_session_id), self._timing)

        def opened() -> None:
            self._open = channel
            self._log.info("channel_open", cloud_session_id=cloud_session_id)
            self._opened()

        def received(frame: str | bytes) -> None:
            if self._open is channel:
                self._received(frame)

        try:
            await channel.run(opened, received)
        except ChannelBroken as error:
            if channel.unread:
                self._unread()
            if self._task is not asyncio.current_task():
                return
            self._log.warning("channel_lost", cloud_session_id=cloud_session_id, error=str(error))
            self._open = self._task = None
            self._down(_why(error))


def _why(broken: ChannelBroken) -> ChannelDown:
    if broken.status is None:
        return ChannelDown(refused=False)
    said = refusal_of(broken.body)
    error = refused(broken.status, said.code if said else 0, said.message if said else "")
    return ChannelDown(refused=True, error=error)

"""An event loop whose time passes only when nobody has anything to do: an hour of a whole server in a second.

`run` lends its clock to `time.monotonic` and `time.time`. A connection to a server of the same loop is a pair of local
sockets that pass for TCP: what one end has written the other can read at once, so a loop with nothing to read really
has nothing to do. There is no other network. Threads are waited for while the clock stands; processes cannot be.
"""

import asyncio
import contextlib
import heapq
import math
import selectors
import socket
import time
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from contextvars import Context
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from unittest import mock

BEGINNING = 100_000.0
"""The clock at the start: far from 0, which must not be a special time."""
TICKS = 2.0**20
"""A second has so many; between them there is no time. So differences of times are exact, as no waiter's sums are."""
SPINS = 100_000
"""Rounds in which somebody may have something to do again and again before time has to pass."""
OUTSIDE_S = 60.0
"""Real seconds that work outside the loop may take."""

T = TypeVar("T")
ProtocolFactory = Callable[[], asyncio.BaseProtocol]


class Deadlock(RuntimeError):
    """Time will never pass again: nobody waits for it, or somebody does not let it."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in a loop of its own with a clock of its own. Raises Deadlock, and what `main` raises."""
    began = time.time()  # not 0: a signature that is minutes old is refused
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        clock = runner.get_loop().time

        def wall() -> float:
            return began + clock() - BEGINNING

        with mock.patch("time.monotonic", clock), mock.patch("time.time", wall):
            return runner.run(main)


@dataclass(frozen=True, order=True)
class _Timer:
    """What is to be done when: those of the same moment in the order in which they were set."""

    when: float
    number: int
    ring: Callable[[], None]


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; `time` is its own clock."""

    def __init__(self) -> None:
        self._now = BEGINNING
        self._timers: list[_Timer] = []
        self._set = 0
        self._outside = 0
        self._servers: dict[int, tuple[ProtocolFactory, asyncio.Server]] = {}
        self._promised: dict[socket.socket, int] = {}
        super().__init__(_Selector(self._idle))

    # Time.

    def time(self) -> float:
        """Return the seconds of this loop's clock."""
        return self._now

    def call_at(
        self, when: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call back once the clock shows `when`, or the next tick after it."""
        when = math.ceil(when * TICKS) / TICKS
        handle = asyncio.TimerHandle(when, callback, args, self, context)

        def call() -> None:
            if not handle.cancelled():
                callback(*args)

        def ring() -> None:
            if not handle.cancelled():
                self.call_soon(call, context=context)

        self._set += 1
        heapq.heappush(self._timers, _Timer(when, self._set, ring))
        return handle

    def _idle(self) -> bool:
        """Let time pass until the next timer; return whether there is something outside to be waited for instead."""
        if self._outside:
            return True
        if not self._timers:
            raise Deadlock("no timer, nothing to read, nobody outside")
        self._now = max(self._now, self._timers[0].when)
        while self._timers and self._timers[0].when <= self._now:
            heapq.heappop(self._timers).ring()
        return False

    # What lives in real time.

    @contextlib.contextmanager
    def outside(self) -> Generator[None]:
        """Stop the clock: something outside this loop is going to wake it."""
        self._outside += 1
        try:
            yield
        finally:
            self._outside -= 1

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: object) -> asyncio.Future[T]:
        """Run `func` in a thread while the clock stands."""
        self._outside += 1
        work = super().run_in_executor(executor, func, *args)
        work.add_done_callback(self._came_in)
        return work

    def _came_in(self, _: asyncio.Future[Any]) -> None:
        self._outside -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - so it is called
        """End the threads."""
        with self.outside():
            await super().shutdown_default_executor()

    # Connections.

    async def create_server(
        self,
        protocol_factory: ProtocolFactory,
        *args: Any,  # noqa: ANN401 - as the base has it
        **options: Any,  # noqa: ANN401 - as the base has it
    ) -> asyncio.Server:
        """Listen; the address is real, but only this loop can connect."""
        server = await super().create_server(protocol_factory, *args, **options)
        for listener in server.sockets:
            self._servers[listener.getsockname()[1]] = (protocol_factory, server)
        return server

    async def sock_connect(self, sock: socket.socket, address: object) -> None:
        """Promise `sock` a connection, which it gets when a transport is made of it."""
        port = cast("tuple[str, int]", address)[1]
        self._server(port)
        self._promised[sock] = port

    async def create_connection(
        self,
        protocol_factory: ProtocolFactory,
        host: str | None = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
        **options: Any,  # noqa: ANN401 - as the base has it
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect to a server of this loop. Raises ConnectionRefusedError for any other."""
        if sock is not None:
            port = self._promised.pop(sock)
            sock.close()
        assert port is not None
        serve = self._server(port)
        self._set += 1
        ours, theirs = _pair(port, self._set)
        try:
            await self.connect_accepted_socket(serve, theirs)
            return await super().create_connection(protocol_factory, sock=ours, **options)
        except BaseException:
            ours.close()
            raise

    def _server(self, port: int) -> ProtocolFactory:
        serve, server = self._servers.get(port, (None, None))
        if serve is None or server is None or not server.is_serving():
            raise ConnectionRefusedError(f"nobody in this loop listens on port {port}")
        return serve


class _Selector(selectors.DefaultSelector):
    """Never waits for a timer; `idle` is called when there is nothing to be done but wait."""

    def __init__(self, idle: Callable[[], bool]) -> None:
        super().__init__()
        self._idle = idle
        self._spins = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        self._spins += 1
        if self._spins > SPINS:
            raise Deadlock("somebody spins: there is always something to do, and time never passes")
        if ready or timeout is not None:
            return ready
        self._spins = 0
        if not self._idle():
            return ready
        ready = super().select(OUTSIDE_S)
        if not ready:
            raise Deadlock(f"nobody outside has said a word for {OUTSIDE_S:.0f} s")
        return ready


class _LocalSocket(socket.socket):
    """An end of a pair that passes for a TCP connection between two ports of the loopback."""

    def __init__(self, end: socket.socket, port: int, peer: int) -> None:
        super().__init__(end.family, end.type, fileno=end.detach())
        self._port = port
        self._peer = peer

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self._port

    def getpeername(self) -> tuple[str, int]:
        return "127.0.0.1", self._peer

    def setsockopt(self, level: int, *rest: Any) -> None:  # noqa: ANN401 - as the base has it
        if level != socket.IPPROTO_TCP:
            super().setsockopt(level, *rest)


def _pair(port: int, number: int) -> tuple[socket.socket, socket.socket]:
    """Return the client's end and the server's of connection `number` to `port`."""
    client, server = socket.socketpair()
    client.setblocking(False)
    server.setblocking(False)
    own = 50_000 + number % 10_000
    return _LocalSocket(client, own, port), _LocalSocket(server, port, own)

"""Writing to clients who may not read: what lies unread for 5 s ends the connection."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable

SLOW_S = 5.0
SEND_BUFFER = 64 * 1024
UNACKNOWLEDGED_MS = 30_000
"""A machine that vanished without a word (its plug was pulled), or leaves an answer lying, is given up after this."""


def watch(transport: asyncio.Transport) -> None:
    """Keep little of what is unread in this process and the kernel.

    From here on `drain` returns when the kernel has taken all: how a slow reader shows.
    """
    transport.set_write_buffer_limits(high=0)
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


def give_up_the_silent(transport: asyncio.BaseTransport) -> None:
    """Let the kernel break the connection off when nothing of what was sent is taken for 30 s."""
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)


@contextlib.asynccontextmanager
async def deadline(
    transport: asyncio.Transport, seconds: float, expired: Callable[[], None] | None = None
) -> AsyncGenerator[None]:
    """Abort the connection if the writing within takes longer, after telling `expired`.

    A timeout around a write would leave it half done: here the transport is aborted, and the write fails.
    """

    def abort() -> None:
        if expired is not None:
            expired()
        transport.abort()

    watchdog = asyncio.get_running_loop().call_later(seconds, abort)
    try:
        yield
    finally:
        watchdog.cancel()

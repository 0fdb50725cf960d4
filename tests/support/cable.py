"""A cable between a client and a server of this machine that can be pulled out."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Cable:
    """Carries connections to `port`; `address` is its own end."""

    def __init__(self, port: int) -> None:
        self.plugged = True
        self.address = ""
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()

    def pull(self) -> None:
        """Break every connection, and let none through until it is plugged in again."""
        self.plugged = False
        for writer in self._writers:
            writer.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side has enough."""
        if not self.plugged:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, far_writer}
        self._writers |= ends
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, far_writer))
                group.create_task(_copy(far_reader, writer))
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def cable(port: int, own_port: int) -> AsyncGenerator[Cable]:
    """Lay one from `own_port` to `port` while the context is open."""
    one = Cable(port)
    server = await asyncio.start_server(one.carry, "127.0.0.1", own_port)
    one.address = f"http://127.0.0.1:{own_port}"
    try:
        yield one
    finally:
        one.pull()
        server.close()
        await server.wait_closed()

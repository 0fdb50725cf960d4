"""A page in a story: a client of the WebSocket that goes away and comes back."""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp

from tests.support.story.world import World

PLAYED = {"started": "sounding", "ended": "silent", "interrupted": "silent", "failed": "silent"}
"""What a player does once it has played so far."""


class Page:
    """Everything it is sent it reads; what must not be is an `error` in the trace.

    With `delay_s` it has a player that is so late, and reports what it plays.
    """

    def __init__(self, world: World, name: str, delay_s: float | None = None) -> None:
        self._delay_s = delay_s
        self._world = world
        self.name = name
        self._now = asyncio.get_running_loop().time
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reading: asyncio.Task[None] | None = None
        self._position: dict[str, Any] | None = None
        self.heard: list[dict[str, Any]] = []

    @property
    def is_there(self) -> bool:
        return self._socket is not None and not self._socket.closed

    async def come(self) -> None:
        """Connect, with the position up to which events are known."""
        await self.leave()
        self._socket = await self._world.http.ws_connect(f"{self._world.path}/ws", max_msg_size=0)
        await self._socket.send_json({"type": "auth", "resume": self._position})
        self._reading = asyncio.create_task(self._read(self._socket), name=f"page-{self.name}")

    async def leave(self) -> None:
        """Break the connection off."""
        socket, self._socket = self._socket, None
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])
        if socket is not None:
            await socket.close()

    async def send(self, kind: str, **rest: object) -> None:
        """Send a message; on a connection that is gone, come back first."""
        if self._socket is None or self._socket.closed:
            await self.come()
        assert self._socket is not None
        self._world.trace.add(self._now(), "act", {"page": self.name, "type": kind, **rest})
        await self._socket.send_str(json.dumps({"type": kind, **rest}))

    @property
    def line(self) -> object:
        """The present connection; another one after it has come back."""
        return self._socket

    async def send_sound(self, pcm: bytes) -> bool:
        """Send a piece of sound; return whether the page was there."""
        socket = self._socket
        if socket is None or socket.closed:
            return False
        try:
            await socket.send_bytes(pcm)
        except ConnectionResetError:
            return False
        return True

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            said: dict[str, Any] = json.loads(message.data)
            self.heard.append(said)
            if said["type"] == "welcome":
                self._welcome(said)
            elif "offset" in said:
                self._follow(said)
            elif said["type"] == "ack":
                self._world.trace.add(self._now(), "ack", said)
            elif said["type"] == "error":
                self._world.trace.add(self._now(), "refusal", said)

    def _welcome(self, said: dict[str, Any]) -> None:
        if not said["recovered"] or self._position is None:
            self._position = {"epoch": said["epoch"], "offset": said["offset"]}

    def _follow(self, event: dict[str, Any]) -> None:
        assert self._position is not None
        if event["offset"] != self._position["offset"] + 1:
            self._world.trace.add(self._now(), "error", {"event": "offsets", "at": self._position, "next": event})
        self._position["offset"] = event["offset"]
        if self._delay_s is not None and event["type"] == "utterance" and event["status"] in PLAYED:
            asyncio.get_running_loop().call_later(
                self._delay_s, self._report, event["utterance_id"], PLAYED[event["status"]]
            )

    def _report(self, utterance_id: str, state: str) -> None:
        """Tell what the player does."""
        if self.is_there and self._delay_s is not None:
            played: dict[str, object] = {
                "utterance_id": utterance_id,
                "state": state,
                "delay_ms": int(self._delay_s * 1000),
            }
            self._reporting = asyncio.create_task(self._tell(played), name=f"report-{self.name}")

    async def _tell(self, played: dict[str, object]) -> None:
        """Send a report; a page that is gone by then has none, and does not come back for it."""
        socket = self._socket
        if socket is None or socket.closed:
            return
        self._world.trace.add(self._now(), "act", {"page": self.name, "type": "media", **played})
        with contextlib.suppress(ConnectionResetError):
            await socket.send_str(json.dumps({"type": "media", **played}))

"""Clients that drop at random while the avatar speaks: each sees every event once, in order."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.gateway import slow, sse
from bridge.gateway.app import run
from bridge.settings import Settings
from tests.integration.gateway.conftest import frames
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, plain_cloud
from tests.support.socket_client import connected

DROPS = 50
CLIENTS = 10
LIMIT_S = 25


@asynccontextmanager
async def session_of_a_fast_cloud(state_dir: Path) -> AsyncGenerator[tuple[aiohttp.ClientSession, str]]:
    async with plain_cloud() as cloud, asyncio.TaskGroup() as group:
        cloud_settings = {"base_url": cloud.url, "appkey": APPKEY, "accesstoken": ACCESSTOKEN, "project_id": PROJECT}
        server = {"port": 0, "state_dir": state_dir, "drain_s": 0}
        settings = Settings.model_validate({"server": server, "cloud": cloud_settings})
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        group.create_task(run(settings, ready=ready.set_result, stop=stop))
        connector = aiohttp.TCPConnector(limit=0)
        headers = {"Authorization": "Bearer anybody"}
        async with aiohttp.ClientSession(await ready, connector=connector, headers=headers) as http:
            async with http.post("/v1/sessions", json={}) as response:
                session_id = (await response.json())["session_id"]
            yield http, f"/v1/sessions/{session_id}"
        stop.set()


class Dropper:
    """Reads events, is cut off after a few of them, and comes back with the last one it has seen."""

    def __init__(self, http: aiohttp.ClientSession, session: str, number: int) -> None:
        self.http = http
        self.session = session
        self.socket = number % 2 == 0
        self.choices = random.Random(number)
        self.epoch = ""
        self.first = self.last = -1
        self.drops = 0
        self.events: list[dict[str, Any]] = []
        self.enough = asyncio.Event()

    async def run(self) -> None:
        while not self.events or self.events[-1].get("ref") != "last" or self.events[-1]["status"] != "ended":
            read = self.read_socket if self.socket else self.read_stream
            await read(self.choices.randint(1, 20) if self.drops < DROPS else 10**9)
            self.drops += 1
            if self.drops == DROPS:
                self.enough.set()

    def take(self, event: dict[str, Any]) -> bool:
        """Return whether this was the last event of all."""
        self.events.append(event)
        self.last = event["offset"]
        return event.get("ref") == "last" and event.get("status") == "ended"

    async def read_socket(self, count: int) -> None:
        resume = (self.epoch, self.last) if self.epoch else None
        async with connected(self.http, self.session, resume=resume) as client:
            welcome = await client.next()
            assert welcome["recovered"] is (resume is not None)
            if resume is None:
                self.epoch, self.first = welcome["epoch"], welcome["offset"]
                self.last = self.first
            for _ in range(count):
                if self.take(await client.next()):
                    return
            client.drop()

    async def read_stream(self, count: int) -> None:
        headers = {"Last-Event-ID": f"{self.epoch}:{self.last}"} if self.epoch else {}
        async with self.http.get(f"{self.session}/events", headers=headers) as response:
            events = frames(response)
            if not self.epoch:
                welcome = (await anext(events)).data
                self.epoch, self.first = welcome["epoch"], welcome["offset"]
                self.last = self.first
            for _ in range(count):
                event = await anext(events)
                assert event.id == f"{self.epoch}:{event.data['offset']}"
                if self.take(event.data):
                    return
            response.close()


async def say(http: aiohttp.ClientSession, session: str, **wish: object) -> None:
    async with http.post(f"{session}/say", json={"text": "A few words.", "wait": "ended", **wish}) as response:
        assert response.status == 200, await response.text()


async def test_500_drops_lose_and_repeat_nothing(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT_S), session_of_a_fast_cloud(tmp_path) as (http, session):
        droppers = [Dropper(http, session, number) for number in range(CLIENTS)]
        async with asyncio.TaskGroup() as group:
            for dropper in droppers:
                group.create_task(dropper.run())
            while not all(dropper.enough.is_set() for dropper in droppers):
                await say(http, session)
                await asyncio.sleep(0.005)
            await say(http, session, ref="last")
    by_offset: dict[int, str] = {}
    for dropper in droppers:
        offsets = [event["offset"] for event in dropper.events]
        assert offsets == list(range(dropper.first + 1, offsets[-1] + 1))
        for event in dropper.events:
            text = json.dumps(event, sort_keys=True)
            assert by_offset.setdefault(event["offset"], text) == text
    assert sum(min(dropper.drops, DROPS) for dropper in droppers) == DROPS * CLIENTS


async def test_who_is_gone_for_more_than_is_kept_begins_anew(tmp_path: Path) -> None:
    async with asyncio.timeout(LIMIT_S), session_of_a_fast_cloud(tmp_path) as (http, session):
        async with connected(http, session) as client:
            welcome = await client.next()
        for _ in range(200):
            await say(http, session)
        async with connected(http, session, resume=(welcome["epoch"], welcome["offset"])) as client:
            back = await client.next()
            assert back["recovered"] is False
            assert back["offset"] > 1024
            await client.send("ping")
            assert (await client.next())["type"] == "pong"


@pytest.mark.parametrize("kind", ["ws", "events"])
async def test_who_does_not_read_is_dropped_and_the_others_do_not_notice(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "SLOW_S", 0.5)
    monkeypatch.setattr(sse, "SLOW_S", 0.5)
    async with (
        asyncio.timeout(LIMIT_S),
        session_of_a_fast_cloud(tmp_path) as (http, session),
        connected(http, session) as reader,
    ):
        await reader.next()
        lazy = await open_and_never_read(http, session, kind)
        try:
            others = [1]
            while others[-1] == 2 or 2 not in others:
                await say(http, session, ref="r" * 128)
                await reader.until("utterance", status="ended")
                others.append(await attached(http, session))
        finally:
            lazy.close()
        assert others[-1] == 1
        await reader.send("ping")
        await reader.until("pong")


async def attached(http: aiohttp.ClientSession, session: str) -> int:
    async with http.get(session) as response:
        return int((await response.json())["attached"])


async def open_and_never_read(http: aiohttp.ClientSession, session: str, kind: str) -> asyncio.WriteTransport:
    """Connect with a small buffer, say who it is, and pause reading for good."""
    async with http.get("/livez") as response:
        url = response.url
    loop, connection = asyncio.get_running_loop(), socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await loop.sock_connect(connection, (url.host, url.port))
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=connection)
    transport.pause_reading()
    upgrade = ""
    if kind == "ws":
        upgrade = (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        )
    transport.write(f"GET {session}/{kind} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n{upgrade}\r\n".encode())
    if kind == "ws":
        auth = b'{"type":"auth"}'
        transport.write(bytes([0x81, 0x80 | len(auth), 0, 0, 0, 0]) + auth)
    return transport

"""The manual's times of idling, waited for: 3 minutes for the channel, 10 for the session.

Everything happens at once, so that the whole takes as long as its longest part, just over ten minutes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp
import pytest

from tests.contract.running import emulator
from tests.contract.wire import AnswerPayload, Channel, Client

CHANNEL_S, SESSION_S = 180.0, 600.0
BEAT_S = 45.0
LATE_S = 3.0
"""What the cloud may take to notice, and a busy machine to tell."""


@dataclass
class Ending:
    """When a channel and its session ended, in seconds from the last frame the client sent; None if it did not."""

    after_s: float | None
    close_code: int | None
    stat: AnswerPayload
    start_code: int


async def _ending(client: Client, channel: Channel, since: float, patience: float) -> Ending:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(since + patience):
            await channel.connection.wait_closed()
        after = loop.time() - since
    except TimeoutError:
        after = None
    stat = await client.stat(channel.session_id)
    start = await client.call("startsession", SessionId=channel.session_id)
    return Ending(after, channel.connection.close_code, stat, start["Header"]["Code"])


async def _silent_channel(client: Client) -> Ending:
    """Send one heartbeat, then nothing; protocol pings are no traffic."""
    async with client.channel(await client.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        since = asyncio.get_running_loop().time()
        return await _ending(client, channel, since, CHANNEL_S + LATE_S)


async def _session_without_drives(client: Client) -> Ending:
    """Let the silent channel go, and wait for the session, which nobody drives."""
    session_id = await client.live()
    loop = asyncio.get_running_loop()
    async with client.channel(session_id) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        since = loop.time()
        await channel.connection.wait_closed()
    await asyncio.sleep(since + SESSION_S - 2 - loop.time())
    before = await client.stat(session_id)
    assert before["SessionStatus"] == 1, "it ended too early"
    after: float | None = None
    while loop.time() < since + SESSION_S + LATE_S and after is None:
        await asyncio.sleep(0.2)
        if (await client.stat(session_id))["SessionStatus"] == 2:
            after = loop.time() - since
    start = await client.call("startsession", SessionId=session_id)
    return Ending(after, channel.connection.close_code, await client.stat(session_id), start["Header"]["Code"])


async def _session_never_connected(client: Client) -> Ending:
    """Create a session, watch it by statsession alone: asking is no drive."""
    loop = asyncio.get_running_loop()
    since = loop.time()
    session_id = await client.live()
    after: float | None = None
    while loop.time() < since + SESSION_S + LATE_S and after is None:
        await asyncio.sleep(1.0)
        if (await client.stat(session_id))["SessionStatus"] == 2:
            after = loop.time() - since
    start = await client.call("startsession", SessionId=session_id)
    return Ending(after, None, await client.stat(session_id), start["Header"]["Code"])


async def _heartbeats(client: Client) -> Ending:
    """Send a heartbeat every 45 seconds and nothing else, for longer than either limit."""
    async with client.channel(await client.live()) as channel:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while loop.time() < began + SESSION_S + LATE_S and channel.connection.close_code is None:
            await channel.send("H", "SEND_HEARTBEAT", Text="PING")
            await asyncio.sleep(min(BEAT_S, max(0.1, began + SESSION_S + LATE_S - loop.time())))
        ending = await _ending(client, channel, loop.time(), 0.1)
        await channel.send("R", "SEND_STREAMTEXT", Text="Still here.", Seq=1, IsFinal=True)
        await channel.until("TextOver", "R")
        return ending


SCENES: Mapping[str, Callable[[Client], Awaitable[Ending]]] = {
    "silent channel": _silent_channel,
    "no drives": _session_without_drives,
    "never connected": _session_never_connected,
    "heartbeats": _heartbeats,
}


async def _all(url: str) -> dict[str, Ending | BaseException]:
    async with aiohttp.ClientSession() as http:
        client = Client(url, http)
        endings = await asyncio.gather(*(scene(client) for scene in SCENES.values()), return_exceptions=True)
    return dict(zip(SCENES, endings, strict=True))


@pytest.fixture(scope="module")
def endings() -> dict[str, Ending | BaseException]:
    with emulator() as url:
        return asyncio.run(_all(url))


def _seen(endings: Mapping[str, Ending | BaseException], scene: str) -> Ending:
    ending = endings[scene]
    if isinstance(ending, BaseException):
        raise ending
    return ending


def test_a_channel_without_traffic_is_closed_after_three_minutes(endings: dict[str, Ending | BaseException]):
    ending = _seen(endings, "silent channel")
    assert ending.after_s is not None
    assert CHANNEL_S - 0.5 <= ending.after_s <= CHANNEL_S + LATE_S
    assert ending.close_code == 1000
    assert ending.stat["SessionStatus"] == 1


@pytest.mark.parametrize("scene", ["no drives", "never connected"])
def test_a_session_without_drives_ends_after_ten_minutes(endings: dict[str, Ending | BaseException], scene: str):
    ending = _seen(endings, scene)
    assert ending.after_s is not None
    assert SESSION_S - 0.5 <= ending.after_s <= SESSION_S + LATE_S
    assert (ending.stat["SessionStatus"], ending.stat.get("CloseType")) == (2, 2)
    assert ending.start_code == 110013


def test_heartbeats_keep_both(endings: dict[str, Ending | BaseException]):
    ending = _seen(endings, "heartbeats")
    assert ending.after_s is None
    assert ending.close_code is None
    assert ending.stat["SessionStatus"] == 1

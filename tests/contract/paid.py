"""Sessions of a cloud that may cost money: one at a time, closed whatever comes."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
from websockets.exceptions import InvalidHandshake

from tests.contract.wire import Account, Answer, Channel, Client, Message, req_id

CLOSED = {110013, 110018}
"""What the manual has for calls on a session that is over: closed, or not there any more."""
BETWEEN_TEXTS_S = 1.2
RECONNECT_S, RECONNECTIONS = 2.0, 5


@asynccontextmanager
async def closing(client: Client, answer: Answer) -> AsyncGenerator[str]:
    """Give the session that `answer` tells of, and close it."""
    assert answer["Header"]["Code"] == 0, answer["Header"]["Message"]
    session_id = answer["Payload"]["SessionId"]
    try:
        yield session_id
    finally:
        await client.call("closesession", SessionId=session_id)


@contextmanager
def started_session(address: tuple[str, str | None, Account], **changes: object) -> Generator[str]:
    """Give a session that is ready and started, for tests that each have a loop of their own."""
    url, ws_url, account = address

    async def create() -> str:
        async with aiohttp.ClientSession() as http:
            client = Client(url, http, account, ws_url)
            answer = await client.create(**changes)
            assert answer["Header"]["Code"] == 0, answer["Header"]["Message"]
            session_id = answer["Payload"]["SessionId"]
            try:
                await client.start(session_id)
            except BaseException:
                await client.call("closesession", SessionId=session_id)
                raise
            return session_id

    async def close(session_id: str) -> None:
        async with aiohttp.ClientSession() as http:
            await Client(url, http, account, ws_url).call("closesession", SessionId=session_id)

    session_id = asyncio.run(create())
    try:
        yield session_id
    finally:
        asyncio.run(close(session_id))


@asynccontextmanager
async def reconnected(client: Client, session_id: str) -> AsyncGenerator[Channel]:
    """Open the channel; a cloud that still holds the last one is asked again."""
    for attempt in range(RECONNECTIONS):
        opening = client.channel(session_id)
        try:
            channel = await opening.__aenter__()
        except InvalidHandshake:
            if attempt == RECONNECTIONS - 1:
                raise
            await asyncio.sleep(RECONNECT_S)
            continue
        try:
            yield channel
        finally:
            await opening.__aexit__(None, None, None)
        return


async def say(channel: Channel, text: str, **data: object) -> str:
    """Send a SEND_TEXT at the pace the manual asks for and return its ReqId."""
    await asyncio.sleep(BETWEEN_TEXTS_S)
    drive = req_id()
    await channel.send(drive, "SEND_TEXT", Text=text, ChatCommand="NotUseChat", **data)
    return drive


async def told(channel: Channel, drive: str, until: str) -> list[Message]:
    """Return the messages of `drive` up to the one with `until`; others, told again, are passed over."""
    return [message for message in await channel.until(until, drive) if message["ReqId"] == drive]


def names(messages: list[Message]) -> list[str]:
    """Return the statuses, in order."""
    return [message["SpeakStatus"] for message in messages]


def in_order(wanted: list[str], seen: list[str]) -> bool:
    """Return whether `wanted` stand in `seen` in their order, whatever is between them."""
    rest = iter(seen)
    return all(name in rest for name in wanted)

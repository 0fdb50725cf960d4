import asyncio

import pytest

from bridge.session.events import Problem
from bridge.talk.chat import Accepted, Chat, ChatEvent, Delta, Ended, Failed


async def read(chat: Chat) -> list[ChatEvent]:
    return [event async for event in chat.read()]


async def test_every_reader_gets_all_events_whenever_it_comes() -> None:
    chat = Chat("u1")
    early = asyncio.create_task(read(chat))
    await asyncio.sleep(0)
    chat.add(Delta("Hello."))
    late = asyncio.create_task(read(chat))
    await asyncio.sleep(0)
    chat.add(Failed(Problem("c", "m")))
    chat.add(Ended("u1", "ended", "Hello."))
    wanted = [Accepted("u1"), Delta("Hello."), Failed(Problem("c", "m")), Ended("u1", "ended", "Hello.")]
    assert await early == await late == await read(chat) == wanted
    assert chat.failed
    assert chat.over.is_set()


async def test_a_cancelled_wait_loses_nothing() -> None:
    chat = Chat("u1")
    reader = chat.read()
    assert await anext(reader) == Accepted("u1")
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await anext(reader)
    chat.add(Delta("x"))
    assert await anext(reader) == Delta("x")
    assert not chat.failed

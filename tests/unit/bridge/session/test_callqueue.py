"""Calls in a row, and the last one, which does not wait long."""

import asyncio

import structlog

from bridge.session.callqueue import CallQueue
from bridge.session.calls import CloudCalls
from bridge.session.steps import Answer, Call, Close, CloudClosed, Create, Created, Poll


class SlowCloud(CloudCalls):
    """Answers a call when `answer` is set, and closes at once."""

    def __init__(self) -> None:
        self.answer = asyncio.Event()
        self.asked = asyncio.Event()
        self.made: list[tuple[Call, str | None]] = []

    async def do(self, call: Call, cloud_session_id: str | None) -> Answer | CloudClosed:
        self.made.append((call, cloud_session_id))
        if isinstance(call, Close):
            return CloudClosed()
        self.asked.set()
        await self.answer.wait()
        return Created("m2", 3)


class Queue:
    """A queue of a session that had the cloud session m1 before."""

    def __init__(self) -> None:
        self.cloud = SlowCloud()
        self.known: str | None = "m1"
        self.answers: list[Answer | CloudClosed] = []
        self.calls = CallQueue(self.cloud, lambda: self.known, structlog.stdlib.get_logger("test"))

    def answered(self, answer: Answer | CloudClosed) -> None:
        self.answers.append(answer)
        if isinstance(answer, Created):
            self.known = answer.cloud_session_id


async def test_a_createsession_under_way_may_still_tell_what_to_close_though_there_was_a_session_before():
    queue = Queue()
    running = asyncio.create_task(queue.calls.run(queue.answered))
    queue.calls.put(Create())
    await queue.cloud.asked.wait()
    queue.calls.put(Close())
    await asyncio.sleep(0)
    queue.cloud.answer.set()
    await running
    assert queue.answers == [Created("m2", 3), CloudClosed()]
    assert queue.cloud.made[-1] == (Close(), "m2")


async def test_any_other_call_is_given_up_for_the_close():
    queue = Queue()
    running = asyncio.create_task(queue.calls.run(queue.answered))
    queue.calls.put(Poll("m1"))
    await queue.cloud.asked.wait()
    queue.calls.put(Close())
    async with asyncio.timeout(2):
        await running
    assert queue.answers == [CloudClosed()]

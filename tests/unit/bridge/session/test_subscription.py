"""What a client gets, against a naive log: everything after what it has seen, or a clear beginning."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.session.eventlog import MAX_EVENTS, Entry, EventLog, whispered
from bridge.session.events import Hold, PartialTranscript, TurnChanged
from bridge.session.subscription import BACKLOG, HURRIED, Subscription


def entry(number: int) -> Entry:
    return Entry(number, 0.0, "turn", b"%d" % number)


async def all_of(subscription: Subscription) -> list[int]:
    return [each.offset async for each in subscription]


async def test_entries_come_in_order_and_then_the_end():
    subscription = Subscription(0, None)
    for number in (1, 2, 3):
        subscription.offer(entry(number))
    subscription.end()
    subscription.offer(entry(4))
    assert await all_of(subscription) == [1, 2, 3]
    assert await subscription.take() == []


async def test_all_that_is_there_is_taken_at_once():
    subscription = Subscription(0, None)
    taking = asyncio.create_task(subscription.take())
    await asyncio.sleep(0)
    subscription.offer(entry(1))
    subscription.offer(entry(2))
    assert [each.offset for each in await taking] == [1, 2]
    subscription.offer(entry(3))
    assert [each.offset for each in await subscription.take()] == [3]


@pytest.mark.parametrize("offered", [0, 1])
async def test_a_cancelled_wait_loses_nothing(offered: int):
    subscription = Subscription(0, None)
    waiting = asyncio.create_task(anext(subscription))
    await asyncio.sleep(0)
    for number in range(offered):
        subscription.offer(entry(number))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    subscription.offer(entry(7))
    subscription.end()
    assert await all_of(subscription) == [*range(offered), 7]


async def test_who_is_256_behind_gets_them_and_then_the_end():
    subscription = Subscription(0, None)
    for number in range(BACKLOG + 5):
        subscription.offer(entry(number))
    assert subscription.lagged
    assert await all_of(subscription) == list(range(BACKLOG))


Step = tuple[str, int]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("emit"), st.integers(1, 300)),
        st.tuples(st.just("wait"), st.integers(0, 700)),
        st.tuples(st.just("forget"), st.just(0)),
        st.tuples(st.just("drop"), st.just(0)),
        st.tuples(st.just("read"), st.integers(1, 300)),
    ),
    max_size=40,
)


class Client:
    """Reads, is dropped, and comes back with the last event it has seen; every gap is told."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.seen = log.offset
        self.gaps: list[tuple[int, int]] = []
        self.subscription = Subscription(log.offset, None)
        self.unread: list[Entry] = []

    def resume(self) -> None:
        missed = self.log.since(self.log.epoch, self.seen)
        self.subscription = Subscription(self.log.offset, missed)
        self.unread = list(self.subscription.missed)
        if not self.subscription.recovered:
            self.gaps.append((self.seen, self.subscription.start))
            self.seen = self.subscription.start

    async def read(self, count: int) -> list[int]:
        read: list[int] = []
        for _ in range(count):
            if self.unread:
                each = self.unread.pop(0)
            elif self.subscription.pending:
                each = await anext(self.subscription)
            else:
                break
            read.append(each.offset)
            self.seen = each.offset
        return read


def lost(times: Sequence[float], forgotten: int, seen: int, now: float) -> bool:
    """Return whether an event after `seen` is no longer there, as a naive log knows it."""
    missed = range(seen + 1, len(times) + 1)
    return any(n <= forgotten or n <= len(times) - MAX_EVENTS or times[n - 1] < now - 600 for n in missed)


@given(STEPS)
def test_whoever_comes_back_gets_each_event_once_or_is_told_of_a_gap(steps: list[Step]):
    async def play() -> None:
        log, now, times, forgotten = EventLog("s", "e"), 1000.0, list[float](), 0
        client, received = Client(log), list[int]()
        for step, number in steps:
            if step == "emit":
                for _ in range(number):
                    client.subscription.offer(log.append(TurnChanged(turn="idle"), now))
                    times.append(now)
            elif step == "wait":
                now += number
            elif step == "forget":
                log.forget()
                forgotten = log.offset
            elif step == "read":
                received += await client.read(number)
            else:
                gap = lost(times, forgotten, client.seen, times[-1] if times else now)
                client.resume()
                assert client.subscription.recovered is not gap
        skipped = {n for begin, end in client.gaps for n in range(begin + 1, end + 1)}
        assert received == [n for n in range(1, client.seen + 1) if n not in skipped]

    asyncio.run(play())


async def test_a_whisper_stands_in_no_log_and_is_dropped_for_a_client_in_arrears():
    subscription = Subscription(0, None)
    held = whispered(Hold(held=True))
    assert (held.offset, held.type, held.json) == (0, "hold", b'{"type":"hold","held":true}')
    subscription.whisper(held)
    for number in range(HURRIED - 1):
        subscription.offer(entry(number + 1))
    subscription.whisper(held)
    subscription.offer(entry(HURRIED))
    subscription.end()
    subscription.whisper(held)
    assert await all_of(subscription) == list(range(HURRIED + 1))
    assert not subscription.lagged


async def test_a_partial_transcript_is_no_final_one():
    partial = whispered(PartialTranscript(who="user", text="What is"))
    assert partial.json == b'{"type":"transcript","who":"user","text":"What is","final":false}'

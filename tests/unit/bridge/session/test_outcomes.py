import asyncio

import pytest

from bridge.session.events import UtteranceChanged, UtteranceStatus
from bridge.session.outcomes import KEPT, Outcome, Outcomes


def changed(name: str, status: UtteranceStatus, heard: str | None = None) -> UtteranceChanged:
    return UtteranceChanged(utterance_id=name, kind="text", status=status, heard=heard)


async def test_who_waits_for_the_end_gets_what_was_heard_and_who_waits_for_the_start_gets_it_sooner():
    outcomes = Outcomes()
    outcomes.follow(changed("a", "queued"))
    async with asyncio.TaskGroup() as group, asyncio.timeout(5):
        ended = group.create_task(outcomes.ended("a"))
        started = group.create_task(outcomes.started("a"))
        await asyncio.sleep(0)
        outcomes.follow(changed("b", "ended", "another"))
        outcomes.follow(changed("a", "started"))
        assert await started == Outcome("started")
        assert not ended.done()
        outcomes.follow(changed("a", "ended", "Hi."))
    assert ended.result() == Outcome("ended", "Hi.")


async def test_an_end_without_a_start_ends_both_waits_and_may_be_asked_for_late():
    outcomes = Outcomes()
    outcomes.follow(changed("a", "queued"))
    outcomes.follow(changed("a", "interrupted", ""))
    async with asyncio.timeout(5):
        assert await outcomes.started("a") == await outcomes.ended("a") == Outcome("interrupted", "")


def test_the_oldest_is_forgotten():
    outcomes = Outcomes()
    for number in range(KEPT + 1):
        outcomes.follow(changed(f"u{number}", "queued"))
        outcomes.follow(changed(f"u{number}", "ended"))
    assert outcomes.of("u1").status == "ended"
    with pytest.raises(KeyError):
        outcomes.of("u0")


def test_one_that_has_not_ended_is_remembered_however_old():
    outcomes = Outcomes()
    outcomes.follow(changed("slow", "sent"))
    for number in range(KEPT + 1):
        outcomes.follow(changed(f"u{number}", "queued"))
        outcomes.follow(changed(f"u{number}", "ended"))
    assert outcomes.of("slow").status == "sent"
    with pytest.raises(KeyError):
        outcomes.of("u0")


async def test_who_asks_for_the_unknown_is_refused_and_the_others_wait_on():
    outcomes = Outcomes()
    outcomes.follow(changed("a", "queued"))
    waiting = asyncio.create_task(outcomes.ended("a"))
    await asyncio.sleep(0)
    with pytest.raises(KeyError):
        await outcomes.ended("nobody")
    outcomes.follow(changed("a", "ended"))
    async with asyncio.timeout(5):
        assert (await waiting).status == "ended"


def test_what_was_heard_can_be_forgotten():
    outcomes = Outcomes()
    outcomes.follow(changed("a", "ended", "A visitor's words."))
    outcomes.forget()
    assert outcomes.of("a") == Outcome("ended")

"""When the stages of a turn were reached, as clients learn of it."""

from typing import Any

from tests.integration.gateway.conftest import Bridge, until
from tests.support.fake_openai import FakeOpenAI, Reply
from tests.support.socket_client import Client, connected

QUESTION = "What is the capital of Peru?"
ORDER = ("transcript_ms", "first_token_ms", "first_fragment_ms", "started_ms", "first_sound_ms", "ended_ms")


def reached(timeline: dict[str, Any]) -> list[int]:
    return [timeline[stage] for stage in ORDER if timeline[stage] is not None]


async def asked(bridge: Bridge, session: str, client: Client) -> str:
    """Ask, and return the utterance once it has started."""
    await client.until("welcome")
    await client.send("chat", text=QUESTION)
    return (await client.until("utterance", status="started"))["utterance_id"]


async def test_a_turn_is_told_in_one_event_without_a_word_of_it(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Lima."]), Reply(["Lima it is."]))
    async with thinking.events(session) as events:
        for turn in (1, 2):
            answer = await thinking.ask(session, QUESTION)
            timeline = (await until(events, type="turn.timeline")).data
            assert (timeline["turn"], timeline["outcome"], timeline["aloud"], timeline["filler"]) == (
                turn,
                "ended",
                False,
                False,
            )
            assert timeline["utterance_id"] == answer[0].data["utterance_id"]
            assert reached(timeline) == sorted(reached(timeline))
            assert (timeline["transcript_ms"], timeline["first_sound_ms"]) == (0, None)
            assert "Lima" not in str(timeline)


async def test_the_sound_of_a_page_that_comes_late_belongs_to_it(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Lima."]))
    async with connected(thinking.http, session) as client:
        utterance_id = await asked(thinking, session, client)
        await client.send("media", utterance_id="another", state="sounding", delay_ms=400)
        await client.until("utterance", status="ended")
        await client.send("media", utterance_id=utterance_id, state="sounding", delay_ms=400)
        timeline = await client.until("turn.timeline")
    assert timeline["first_sound_ms"] >= timeline["ended_ms"] > timeline["started_ms"]


async def test_a_page_that_says_nothing_of_it_is_not_waited_for_long(thinking: Bridge, llm: FakeOpenAI) -> None:
    session = await thinking.live()
    llm.script(Reply(["Lima."]))
    async with connected(thinking.http, session) as client:
        await asked(thinking, session, client)
        await client.send("media", utterance_id="another", state="sounding", delay_ms=400)
        timeline = await client.until("turn.timeline")
    assert timeline["first_sound_ms"] is None

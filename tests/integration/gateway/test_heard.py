"""What was heard of an answer that somebody interrupts, at different moments; `-s` prints a table of it.

The next request to the language model has it, and nothing of what was only sent.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.gateway.conftest import BARGE, Bridge, bridging
from tests.support.fake_openai import Abort, FakeOpenAI, Reply, Stall, Wait
from tests.support.person import microphone
from tests.support.socket_client import Client, connected

ONE = "Once upon a time there was a king. "
TWO = "He had three daughters and a very large garden. "
THREE = "They all went down to the sea one day."
CHINESE = "从前有一位国王，他住在很远很远的北方。"
QUESTION = "Describe the moon."
NEXT = "What is the capital of Peru?"
MARK = " …"


@dataclass
class Visitor:
    """A person in front of a page, who asks once and interrupts."""

    client: Client
    llm: FakeOpenAI
    utterance_id: str = ""

    async def ask(self, *steps: str | Stall | Wait | Abort) -> None:
        self.llm.script(Reply([*steps]))
        await self.client.send("chat", text=QUESTION)
        ack = await self.client.until("ack", ref=None)
        self.utterance_id = ack["utterance_id"]

    async def clause(self, seq: int, status: str) -> None:
        await self.client.until("sentence", seq=seq, status=status)

    async def plays(self, state: str, delay_ms: int) -> None:
        await self.client.send("media", utterance_id=self.utterance_id, state=state, delay_ms=delay_ms)

    async def over(self) -> None:
        await self.client.until("turn", turn="idle")


async def before_the_first_token(visitor: Visitor) -> None:
    await visitor.ask(Stall())
    async with asyncio.timeout(5):
        await visitor.llm.asked.wait()


async def while_a_filler_is_spoken(visitor: Visitor) -> None:
    await visitor.ask(Stall())
    await visitor.clause(1, "started")


async def before_the_avatar_begins(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO, THREE)
    await visitor.client.until("utterance", status="sent")


async def at_the_first_sound(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO, THREE)
    await visitor.clause(1, "started")


async def in_the_first_clause(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO, THREE)
    await visitor.clause(1, "started")
    await asyncio.sleep(1.0)


async def between_clauses(visitor: Visitor) -> None:
    await visitor.ask(ONE, "He", Stall())
    await visitor.clause(1, "ended")


async def in_the_second_clause(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO, THREE)
    await visitor.clause(2, "started")
    await asyncio.sleep(1.0)


async def in_the_second_clause_of_a_late_player(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO, THREE)
    await visitor.clause(1, "started")
    await visitor.plays("sounding", 1500)
    await visitor.clause(2, "started")
    await asyncio.sleep(0.5)


async def in_chinese(visitor: Visitor) -> None:
    await visitor.ask(CHINESE, Stall())
    await visitor.clause(1, "started")
    await asyncio.sleep(0.8)


async def while_the_player_still_plays_the_end(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO)
    await visitor.clause(1, "started")
    await visitor.plays("sounding", 1500)
    await visitor.client.until("utterance", status="ended")


async def while_the_player_still_plays_what_the_model_broke_off(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO[:3], Abort())
    await visitor.clause(1, "started")
    await visitor.plays("sounding", 1500)
    await visitor.client.until("utterance", status="failed")


async def when_the_player_is_silent_again(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO)
    await visitor.clause(1, "started")
    await visitor.plays("sounding", 1500)
    await visitor.over()
    await visitor.plays("silent", 1500)


Moment = Callable[[Visitor], Awaitable[None]]
MOMENTS: list[tuple[Moment, str, str, str]] = [
    (before_the_first_token, "", "", ""),
    (while_a_filler_is_spoken, "", "", ""),
    (before_the_avatar_begins, ONE + TWO + THREE, "", ""),
    (at_the_first_sound, ONE + TWO + THREE, "", "Once upon "),
    (in_the_first_clause, ONE + TWO + THREE, "Once ", "Once upon a time there was a "),
    (between_clauses, ONE + "He", ONE, ONE),
    (in_the_second_clause, ONE + TWO + THREE, ONE + "He ", ONE + "He had three daughters and a very "),
    (in_the_second_clause_of_a_late_player, ONE + TWO + THREE, "Once ", "Once upon a time there was a king."),
    (in_chinese, CHINESE, "从", "从前有一位国王，他"),
    (while_the_player_still_plays_the_end, ONE + TWO, ONE, ONE + "He had three daughters and a very large "),
    (while_the_player_still_plays_what_the_model_broke_off, ONE + "He ", "Once", "Once upon a time there was a king."),
    (when_the_player_is_silent_again, ONE + TWO, ONE + TWO, ONE + TWO),
]


async def while_a_very_late_player_still_plays_the_end(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO)
    await visitor.clause(1, "started")
    await visitor.plays("sounding", 4000)
    await visitor.client.until("utterance", status="ended")


VOICED: list[tuple[Moment, str, str, str]] = [
    (in_the_first_clause, ONE + TWO + THREE, "Once ", "Once upon a time there was a "),
    (between_clauses, ONE + "He", ONE, ONE),
    (in_the_second_clause, ONE + TWO + THREE, ONE + "He ", ONE + "He had three daughters and a very large "),
    (in_the_second_clause_of_a_late_player, ONE + TWO + THREE, "Once ", ONE),
    (in_chinese, CHINESE, "从", "从前有一位国王，他住在"),
    (while_a_very_late_player_still_plays_the_end, ONE + TWO, "", ONE + "He had three daughters "),
]


@asynccontextmanager
async def visiting(thinking: Bridge, llm: FakeOpenAI) -> AsyncGenerator[Visitor]:
    session = await thinking.live()
    async with connected(thinking.http, session) as client:
        await client.until("welcome")
        yield Visitor(client, llm)


def remembered(llm: FakeOpenAI) -> str:
    """Return what the last request says of the first answer."""
    messages = [(message.role, message.content) for message in llm.requests[-1].body.messages]
    said = [message for message in messages if message[0] != "system"]
    if len(said) == 1:
        assert said == [("user", f"{QUESTION}\n{NEXT}")]
        return ""
    assert [said[0], said[2]] == [("user", QUESTION), ("user", NEXT)]
    return said[1][1]


@pytest.mark.parametrize(("moment", "sent", "least", "most"), MOMENTS, ids=[each[0].__name__ for each in MOMENTS])
async def test_the_next_request_has_what_was_heard(
    thinking: Bridge, llm: FakeOpenAI, moment: Moment, sent: str, least: str, most: str
) -> None:
    async with visiting(thinking, llm) as visitor:
        kept = await interrupted(visitor, moment)
    heard = kept.removesuffix(MARK)
    sys.stdout.write(f"{moment.__name__:40} sent {len(sent):3} heard {len(heard):3}  {heard}\n")
    assert kept == (heard if heard in {"", sent.rstrip()} else heard + MARK)
    assert heard.startswith(least.rstrip())
    assert most.startswith(heard)


@pytest.mark.parametrize(("moment", "sent", "least", "most"), VOICED, ids=[each[0].__name__ for each in VOICED])
async def test_of_what_a_voice_interrupts_nothing_was_heard_after_its_first_sound(
    attentive: Bridge,
    llm: FakeOpenAI,
    voices: Mapping[str, bytes],
    moment: Moment,
    sent: str,
    least: str,
    most: str,
) -> None:
    async with visiting(attentive, llm) as visitor, microphone(visitor.client) as mic:
        await moment(visitor)
        llm.speech.hears.append(NEXT)
        llm.script(Reply(["Lima."]))
        speaking = asyncio.create_task(mic.say(voices[BARGE]))
        interrupt = await visitor.client.until("interrupt")
        assert (interrupt["by"], interrupt["utterance_ids"]) == ("voice", [visitor.utterance_id])
        await visitor.client.until("transcript", who="user", final=True, text=NEXT)
        await visitor.client.until("turn", turn="speaking")
        await speaking
    heard = remembered(llm).removesuffix(MARK)
    sys.stdout.write(f"by voice {moment.__name__:45} sent {len(sent):3} heard {len(heard):3}  {heard}\n")
    assert heard.startswith(least.rstrip())
    assert most.startswith(heard)


@pytest.mark.parametrize("drive", [{"clauses": False}, {"command": "text"}], ids=["fragments", "texts"])
async def test_where_the_cloud_tells_of_no_clause_time_decides(
    emulator: str, tmp_path: Path, llm: FakeOpenAI, drive: dict[str, object]
) -> None:
    model: dict[str, object] = {"base_url": llm.base_url, "model": "m"}
    async with bridging(emulator, tmp_path, llm=model, drive=drive) as bridge, visiting(bridge, llm) as visitor:
        kept = await interrupted(visitor, two_seconds_after_the_beginning)
    heard = kept.removesuffix(MARK)
    assert kept == heard + MARK
    assert heard.startswith("Once")
    assert (ONE + "He had three daughters").startswith(heard)


async def two_seconds_after_the_beginning(visitor: Visitor) -> None:
    await visitor.ask(ONE, TWO, THREE)
    await visitor.client.until("utterance", status="started")
    await asyncio.sleep(2.0)


async def interrupted(visitor: Visitor, moment: Moment) -> str:
    """Let somebody interrupt at a moment and ask something else; return what the model is told of the first answer."""
    await moment(visitor)
    await visitor.client.send("interrupt", scope="all")
    visitor.llm.script(Reply(["Lima."]))
    await visitor.client.send("chat", text=NEXT)
    ack = await visitor.client.until("ack")
    await visitor.client.until("utterance", utterance_id=ack["utterance_id"], status="ended")
    return remembered(visitor.llm)

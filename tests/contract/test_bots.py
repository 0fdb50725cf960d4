"""A project that is bound to a bot: SEND_TEXT is a question, unless NotUseChat says otherwise."""

import json
from pathlib import Path

import aiohttp
import pytest

from tests.contract.running import emulator
from tests.contract.wire import Channel, Client, Json

HOURS: Json = {
    "question": "hours",
    "text": "From nine to five.",
    "uninterruptible": True,
    "interaction": {"type": "OptionInfo", "content": {"style": "list", "options": ["a", "b"]}},
}
PRICE: Json = {
    "question": "price",
    "model": True,
    "thinking": "Let me see.",
    "text": "It is free. It stays so.",
    "content_type": "List",
    "references": [{"id": "1", "name": "Prices"}],
}


@pytest.fixture
async def asked(client: Client) -> Client:
    bot: Json = {"project": "demo", "answers": [HOURS, PRICE], "otherwise": {"text": "Ask me something else."}}
    assert (await client.control("POST", "bots", bot))[0] == 204
    await client.limit(text_interval_s=0)
    return client


async def frames(channel: Channel, count: int) -> list[Json]:
    return [dict(await channel.message()) for _ in range(count)]


async def test_the_knowledge_base_answers_with_all_its_fields(asked: Client):
    async with asked.channel(await asked.live()) as channel:
        await channel.send("Q", "SEND_TEXT", Text="Your hours?")
        echo, answer = await frames(channel, 2)
        common = {"SessionId": channel.session_id, "ReqId": "Q", "Seq": 0, "SpeakStatus": "", "ErrorCode": 0}
        common |= {"ErrorMsg": "", "ErrorMessage": ""}
        assert echo == common | {"Type": 1, "Text": "Your hours?"}
        assert answer == common | {
            "Type": 2,
            "Text": "From nine to five.",
            "TextPro": "From nine to five.",
            "TextDisplay": "From nine to five.",
            "Uninterrupt": True,
            "Muted": False,
            "InteractionType": "OptionInfo",
            "InteractionContent": '{"style":"list","options":["a","b"]}',
        }
        assert (await channel.until("TextOver", "Q"))[0]["SpeakStatus"] == "WaitingTextStart"


async def test_a_large_model_thinks_and_answers_in_pieces(asked: Client):
    async with asked.channel(await asked.live()) as channel:
        await channel.send("Q", "SEND_TEXT", Text="The price?", ChatCommand="")
        seen = await frames(channel, 4)
        assert [(m["Type"], m["Text"]) for m in seen] == [
            (1, "The price?"),
            (5, "Let me see."),
            (4, "It is free."),
            (4, " It stays so."),
        ]
        last = seen[-1]
        assert (last["Final"], last["TtsSupport"], last["ContentType"], last["IsHighLight"]) == (
            True,
            True,
            "List",
            False,
        )
        extra = json.loads(str(last["CloudAiExtra"]))
        assert extra["reference"] == extra["references"] == [{"id": "1", "name": "Prices"}]
        await channel.until("TextOver", "Q")


async def test_not_use_chat_says_what_is_sent(asked: Client):
    async with asked.channel(await asked.live()) as channel:
        await channel.send("Q", "SEND_TEXT", Text="Your hours?", ChatCommand="NotUseChat")
        assert (await channel.message())["Type"] == 3
    await asked.control("DELETE", "bots")
    async with asked.channel(await asked.live()) as channel:
        await channel.send("Q", "SEND_TEXT", Text="Your hours?")
        assert (await channel.message())["Type"] == 3


async def test_only_force_interrupts_what_is_marked(asked: Client):
    async with asked.channel(await asked.live()) as channel:
        await channel.send("Q", "SEND_TEXT", Text="Your hours?")
        await channel.until("TextStart", "Q")
        await channel.send("X", "SEND_TEXT", Text="Stop.", ChatCommand="NotUseChat")
        refused = await channel.message()
        assert (refused["ReqId"], refused["Type"], refused["ErrorCode"]) == ("X", 9, 110015)
        await channel.send("Y", "SEND_TEXT", Text="Stop.", ChatCommand="NotUseChat", Interrupt=True)
        assert (await channel.message())["SpeakStatus"] == "TextOver"
        await channel.until("TextOver", "Y")


async def test_a_question_over_http(asked: Client):
    session_id = await asked.live()
    async with asked.channel(session_id) as channel:
        await asked.command(session_id, Text="Anything")
        assert [m["Text"] for m in await frames(channel, 2)] == ["Anything", "Ask me something else."]


@pytest.mark.parametrize("body", [{"answers": [{"question": "(", "text": "a"}]}, {"answers": 1}, {"name": "x"}])
async def test_what_is_no_bot(client: Client, body: Json):
    status, text = await client.control("POST", "bots", body)
    assert status == 400
    assert json.loads(text)["error"]


async def test_bots_from_a_file(tmp_path: Path):
    file = tmp_path / "bots.toml"
    file.write_text('[[bots]]\nproject = "demo"\n[[bots.answers]]\nquestion = "hours"\ntext = "Nine."\n')
    with emulator("--bots", str(file)) as url:
        async with aiohttp.ClientSession() as http:
            client = Client(url, http)
            async with client.channel(await client.live()) as channel:
                await channel.send("Q", "SEND_TEXT", Text="hours")
                assert [m["Text"] for m in await frames(channel, 2)] == ["hours", "Nine."]

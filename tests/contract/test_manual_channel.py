"""Sentences of the manual about the channel that no other test holds the cloud to."""

import asyncio
import base64
import json

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.contract.wire import Client, Json

FULL = base64.b64encode(bytes(5120)).decode()
LONG = "This is a long text that nobody will hear to its end, for before that somebody interrupts it."


async def test_the_statuses_of_a_drive_in_statsession(client: Client):
    session_id = await client.live(DriverType=3)
    async with client.channel(session_id) as channel:
        await channel.send("T", "SEND_TEXT", Text=LONG)
        await channel.until("TextStart")
        assert (await client.stat(session_id)).get("SpeakStatus") == "TextStart"
        await client.limit(text_interval_s=0)
        await channel.send("S", "SEND_TEXT", Interrupt=True)
        await channel.until("TextOver")
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1)
        await channel.until("AudioStart")
        assert (await client.stat(session_id)).get("SpeakStatus") == "AudioStart"
        await channel.send("A", "SEND_AUDIO", Audio="", Seq=2, IsFinal=True)
        await channel.until("AudioOver")
        assert (await client.stat(session_id)).get("SpeakStatus") == "AudioOver"


async def test_an_empty_text_stops_a_stream_so_that_audio_may_come(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("T", "SEND_STREAMTEXT", Text=LONG, Seq=1, IsSentence=True)
        await channel.until("TextStart")
        await channel.send("X", "SEND_TEXT", Text="", Interrupt=True)
        await channel.until("TextOver", "T")
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1, IsFinal=True)
        await channel.until("AudioOver", "A")


async def test_neither_text_nor_other_audio_comes_before_audio_has_ended(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=1)
        await channel.until("AudioStart")
        await channel.send("T", "SEND_TEXT", Text="Too early.")
        await channel.send("S", "SEND_STREAMTEXT", Text="Too early.", Seq=1)
        await channel.send("B", "SEND_AUDIO", Audio=FULL, Seq=1)
        for drive in "TSB":
            assert (await channel.until("Error", drive))[-1]["ErrorCode"] == 110015
        await channel.send("A", "SEND_AUDIO", Audio="", Seq=2, IsFinal=True)
        await channel.until("AudioOver", "A")
        await channel.send("T", "SEND_TEXT", Text="Now.")
        await channel.until("TextOver", "T")


async def test_audio_at_the_pace_of_a_file_and_of_a_microphone(client: Client):
    for interval in (0.12, 0.16):
        session_id = await client.live(DriverType=3)
        async with client.channel(session_id) as channel:
            loop = asyncio.get_running_loop()
            began = loop.time()
            for seq in range(1, 13):
                await channel.send("A", "SEND_AUDIO", Audio=FULL, Seq=seq)
                await asyncio.sleep(max(0.0, began + seq * interval - loop.time()))
            await channel.send("A", "SEND_AUDIO", Audio="", Seq=13, IsFinal=True)
            await channel.until("AudioOver")
            seen = json.loads((await client.control("GET", "sessions"))[1])[-1]["audio"]
        assert (seen["throttled"], seen["refused"], seen["stutters"]) == (0, 0, 0)
        assert seen["rate"] == pytest.approx(interval / 0.16, abs=0.08)


async def test_a_clause_is_what_one_fragment_holds(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="One. Two. Three.", Seq=1, IsSentence=True, IsFinal=True)
        seen = await channel.until("TextOver")
        assert [m["Seq"] for m in seen if m["SpeakStatus"] == "SentenceStart"] == [1]


async def test_an_interrupt_has_no_text(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text=LONG, Seq=1, IsSentence=True)
        await channel.until("TextStart")
        await channel.send("R", "SEND_STREAMTEXT", Text="Stop.", Seq=2, IsFinal=True, Interrupt=True)
        assert (await channel.until("Error"))[-1]["ErrorCode"] == 100001


@pytest.mark.parametrize("flag", ["IsFinal", "Interrupt", "SmartActionEnabled", "IsSentence", "IsInsertSentence"])
async def test_flags_are_false_unless_set(client: Client, flag: str):
    async with client.channel(await client.live()) as channel:
        for drive, data in (("A", {}), ("B", {flag: False})):
            await channel.send(drive, "SEND_STREAMTEXT", Text="😀. ", Seq=1, **data)
            await channel.send(drive, "SEND_STREAMTEXT", Text="😀.", Seq=2, IsFinal=True)
            seen = [m["SpeakStatus"] for m in await channel.until("TextOver", drive)]
            assert seen == ["WaitingTextStart", "TextStart", "WaitingTextOver", "TextOver"]
        await channel.send("C", "SEND_STREAMTEXT", Text="Yes.", Seq=1, **{flag: "true"})
        assert (await channel.message())["ErrorCode"] == 100001


async def test_a_req_id_is_that_of_one_drive(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Yes.", Seq=1, IsFinal=True)
        await channel.until("TextOver")
        await channel.send("R", "SEND_STREAMTEXT", Text="Again.", Seq=1, IsFinal=True)
        assert (await channel.message())["ErrorCode"] == 110015


@pytest.mark.parametrize("command", ["SEND_TEXT", "SEND_STREAMTEXT", "SEND_AUDIO", "SEND_HEARTBEAT"])
@pytest.mark.parametrize("lacking", ["ReqId", "SessionId", "Command", "Data"])
async def test_what_a_frame_requires(client: Client, command: str, lacking: str):
    data: Json = {"Text": "PING", "Seq": 1, "Audio": FULL}
    async with client.channel(await client.live(DriverType=3)) as channel:
        payload: Json = {"ReqId": "R", "SessionId": channel.session_id, "Command": command, "Data": data}
        for wrong in ({name: value for name, value in payload.items() if name != lacking}, payload | {lacking: 5}):
            await channel.connection.send(json.dumps({"Header": {}, "Payload": wrong}))
            message = await channel.message()
            assert (message["Type"], message["ErrorCode"]) == (9, 100001)


@pytest.mark.parametrize("data", [{}, {"Text": ""}, {"Text": "ping"}, {"Text": None}])
async def test_a_heartbeat_says_ping_and_nothing_else(client: Client, data: Json):
    async with client.channel(await client.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", **data)
        assert (await channel.message())["ErrorCode"] == 100001


async def test_a_drive_that_fails_does_not_hinder_the_next(client: Client):
    async with client.channel(await client.live("u!error@text:1=-111005")) as channel:
        await channel.send("A", "SEND_TEXT", Text="Lost.")
        failed = await channel.message()
        assert (failed["Type"], failed["SpeakStatus"], failed["ErrorCode"]) == (9, "Error", -111005)
        await channel.send("B", "SEND_TEXT", Text="Heard.")
        await channel.until("TextOver", "B")


@pytest.mark.parametrize(("lacking", "status"), [("appkey", 401), ("timestamp", 401), ("signature", 401)])
async def test_a_channel_needs_each_parameter(client: Client, lacking: str, status: int):
    url = client.channel_url(await client.live())
    path, _, query = url.partition("?")
    rest = "&".join(part for part in query.split("&") if not part.startswith(lacking))
    with pytest.raises(InvalidStatus) as caught:
        async with connect(f"{path}?{rest}", proxy=None):
            pass
    assert caught.value.response.status_code == status


async def test_a_text_of_exactly_4000_bytes(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("A", "SEND_TEXT", Text="字" * 1333 + "a")
        assert (await channel.message())["ErrorCode"] == 0


async def test_a_fragment_of_exactly_1000_bytes(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("A", "SEND_STREAMTEXT", Text="字" * 333 + "a", Seq=1)
        assert (await channel.message())["ErrorCode"] == 0
        await channel.send("A", "SEND_STREAMTEXT", Text="字" * 333 + "aa", Seq=2)
        assert (await channel.until("Error"))[-1]["ErrorCode"] == 100001


async def bind(client: Client, **answer: object) -> None:
    body: Json = {"answers": [{"question": "open", "text": "From nine to five.", **answer}]}
    assert (await client.control("POST", "bots", body))[0] == 204
    await client.limit(text_interval_s=0)


async def test_all_fields_of_a_large_models_content(client: Client):
    references = [{"id": "1", "name": "Hours"}]
    marks: Json = {"uninterruptible": True, "muted": True, "highlight": True, "pro": "<p>", "display": "9-17"}
    await bind(client, model=True, content_type="Table", references=references, **marks)
    async with client.channel(await client.live()) as channel:
        await channel.send("Q", "SEND_TEXT", Text="When are you open?")
        await channel.message()
        content: Json = dict(await channel.message())
        extra = json.loads(str(content.pop("CloudAiExtra")))
        assert extra["record_id"]
        assert extra["reference"] == references
        assert content == {
            "Type": 4,
            "SessionId": channel.session_id,
            "ReqId": "Q",
            "Seq": 1,
            "SpeakStatus": "",
            "ErrorCode": 0,
            "ErrorMsg": "",
            "ErrorMessage": "",
            "Text": "From nine to five.",
            "TextPro": "<p>",
            "TextDisplay": "9-17",
            "ContentType": "Table",
            "TtsSupport": True,
            "Final": True,
            "IsHighLight": True,
            "Uninterrupt": True,
            "Muted": True,
        }


async def test_what_is_marked_over_http(client: Client):
    await bind(client, uninterruptible=True)
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await client.command(session_id, Text="When are you open?")
        await channel.until("TextStart")
        refused = await client.command(session_id, Text="Stop.", ChatCommand="NotUseChat")
        assert refused["Header"]["Code"] == 110015
        forced = await client.command(session_id, Text="Stop.", ChatCommand="NotUseChat", Interrupt=True)
        assert forced["Header"]["Code"] == 0
        assert (await channel.message())["SpeakStatus"] == "TextOver"

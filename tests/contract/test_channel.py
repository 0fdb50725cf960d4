"""The command channel, frame by frame."""

import asyncio
import base64
import json
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from tests.contract.wire import Channel, Client, Message, signed_query

FRAME = base64.b64encode(bytes(5120)).decode()


def names(messages: list[Message]) -> list[tuple[str, int]]:
    return [(message["SpeakStatus"], message["Seq"]) for message in messages]


async def refused(url: str) -> int:
    with pytest.raises(InvalidStatus) as caught:
        async with connect(url, proxy=None):
            pass
    assert json.loads(caught.value.response.body)["Header"]["Code"] != 0
    return caught.value.response.status_code


async def test_who_may_not_connect(client: Client):
    waiting = (await client.create())["Payload"]["SessionId"]
    live = await client.live()
    assert await refused(client.channel_url(live, signed_query({"requestid": live}, accesstoken="x"))) == 401
    assert await refused(client.channel_url(live, signed_query({"requestid": waiting}) + "&more=1")) == 401
    assert await refused(client.channel_url("m0")) == 404
    assert await refused(client.channel_url(live, signed_query())) == 404
    assert await refused(client.channel_url(waiting)) == 403
    async with client.channel(live):
        assert await refused(client.channel_url(live)) == 409
    await client.call("closesession", SessionId=live)
    assert await refused(client.channel_url(live)) == 404


async def test_a_status_frame_whole(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsSentence=True)
        assert await channel.receive() == {
            "Header": {"Code": 0, "Message": "", "RequestID": "", "SessionID": session_id, "DialogID": ""},
            "Payload": {
                "Type": 3,
                "SessionId": session_id,
                "ReqId": "R",
                "Seq": 0,
                "SpeakStatus": "WaitingTextStart",
                "ErrorCode": 0,
                "ErrorMsg": "",
                "ErrorMessage": "",
            },
        }


async def test_clauses_one_after_the_other(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="Good morning.", Seq=1, IsSentence=True)
        seen = await channel.until("SentenceNext")
        await channel.send("R", "SEND_STREAMTEXT", Text="你好。", Seq=2, IsSentence=True)
        seen += await channel.until("SentenceNext")
        await channel.send("R", "SEND_STREAMTEXT", Text="", Seq=3, IsFinal=True)
        seen += await channel.until("TextOver")
        assert names(seen) == [
            ("WaitingTextStart", 0),
            ("TextStart", 0),
            ("SentenceStart", 1),
            ("SentenceNext", 1),
            ("SentenceOver", 1),
            ("SentenceStart", 2),
            ("SentenceNext", 2),
            ("SentenceOver", 2),
            ("WaitingTextOver", 0),
            ("TextOver", 0),
        ]
        transcript = json.loads((await client.control("GET", f"sessions/{channel.session_id}/transcript"))[1])
        at = {
            (entry["frame"]["Payload"].get("SpeakStatus"), entry["frame"]["Payload"].get("Seq")): entry["t"]
            for entry in transcript
        }
        assert at["SentenceStart", 2] - at["SentenceOver", 1] < 0.01
        assert at["SentenceNext", 1] - at["SentenceStart", 1] < 0.01


async def test_stream_text_without_clause_mode(client: Client):
    async with client.channel(await client.live()) as channel:
        for seq, text in enumerate(["How are", " you? I am", " well."], 1):
            await channel.send("R", "SEND_STREAMTEXT", Text=text, Seq=seq, IsFinal=seq == 3)
        assert names(await channel.until("TextOver")) == [
            ("WaitingTextStart", 0),
            ("TextStart", 0),
            ("WaitingTextOver", 0),
            ("TextOver", 0),
        ]


async def test_a_stream_left_open_is_ended_by_the_cloud(client: Client):
    await client.limit(stream_max_interval_s=0.2)
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="no end", Seq=1)
        assert names(await channel.until("TextOver"))[-2:] == [("WaitingTextOver", 0), ("TextOver", 0)]


@pytest.mark.parametrize("final", [False, True])
async def test_an_interrupt_stops_at_once(client: Client, final: bool):
    async with client.channel(await client.live()) as channel:
        text = "This is a long clause that nobody will hear to its end, for it is interrupted."
        await channel.send("R", "SEND_STREAMTEXT", Text=text, Seq=1, IsSentence=True, IsFinal=final)
        await channel.until("SentenceStart")
        await channel.send("R", "SEND_STREAMTEXT", Text="", Seq=2, IsFinal=True, Interrupt=True)
        async with asyncio.timeout(1.5):  # the clause itself takes some five seconds
            assert names(await channel.until("TextOver"))[-2:] == [("SentenceOver", 1), ("TextOver", 0)]
        await channel.send("R", "SEND_STREAMTEXT", Text="", Seq=3, IsFinal=True, Interrupt=True)
        late = await channel.message()
        assert (late["Type"], late["ReqId"], late["ErrorCode"]) == (9, "R", 110015)


async def test_nothing_to_speak_has_its_statuses(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="😀", Seq=1, IsSentence=True, IsFinal=True)
        assert names(await channel.until("TextOver")) == [
            ("WaitingTextStart", 0),
            ("TextStart", 0),
            ("SentenceStart", 1),
            ("SentenceOver", 1),
            ("WaitingTextOver", 0),
            ("TextOver", 0),
        ]


async def test_text_interrupts_text_and_an_empty_one_stops(client: Client):
    await client.limit(text_interval_s=0.05)
    async with client.channel(await client.live()) as channel:
        await channel.send("A", "SEND_TEXT", Text="A long first text, which is interrupted.", ChatCommand="NotUseChat")
        await channel.until("TextStart", "A")
        await asyncio.sleep(0.06)
        await channel.send("B", "SEND_TEXT", Text="A second text, which is stopped.", ChatCommand="NotUseChat")
        seen = await channel.until("TextStart", "B")
        assert [(m["ReqId"], m["SpeakStatus"]) for m in seen] == [
            ("A", "TextOver"),
            ("B", "WaitingTextStart"),
            ("B", "TextStart"),
        ]
        await asyncio.sleep(0.06)
        await channel.send("C", "SEND_TEXT", Interrupt=True)
        assert (await channel.message())["SpeakStatus"] == "TextOver"
        assert (await client.stat(channel.session_id)).get("SpeakStatus") == "TextOver"


async def test_texts_come_more_than_a_second_apart(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("A", "SEND_TEXT", Text="One.")
        await channel.send("B", "SEND_TEXT", Text="Two.")
        messages = [await channel.message(), await channel.message()]
        assert [(m["ReqId"], m["ErrorCode"]) for m in messages] == [("A", 0), ("B", 100012)]
        await asyncio.sleep(0.85)
        await channel.send("C", "SEND_TEXT", Text="Three.")
        assert (await channel.until("Error"))[-1]["ReqId"] == "C"
        await asyncio.sleep(0.3)
        await channel.send("D", "SEND_TEXT", Text="Four.")
        await channel.until("TextOver", "D")


async def test_bad_frames_are_answered_and_the_channel_lives(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.connection.send("{")
        await channel.connection.send(b"\x00\x01")
        await channel.connection.send(json.dumps({"Header": {}, "Payload": {"ReqId": "R"}}))
        await channel.send("R", "SEND_VIDEO")
        await channel.send("R", "SEND_STREAMTEXT", Text="字" * 334, Seq=1)
        await channel.send("R", "SEND_STREAMTEXT", Text="a", Seq=0)
        await channel.send("R", "SEND_STREAMTEXT", Text="a", Seq=2)
        await channel.send("R", "SEND_TEXT", Text="字" * 1334)
        await channel.send("R", "SEND_AUDIO", Audio=FRAME, Seq=1)
        for number in range(9):
            message = await channel.message()
            assert (message["Type"], message["ErrorCode"]) == (9, 100001)
            assert message["ReqId"] == ("R" if number > 1 else "")
            assert message["ErrorMessage"] == message["ErrorMsg"]
            assert message["ErrorMessage"].startswith("InvalidParameter: ")
        await channel.send("R", "SEND_STREAMTEXT", Text="a", Seq=1, IsFinal=True)
        await channel.until("TextOver")


async def test_a_heartbeat_has_no_answer_and_a_ping_has(client: Client):
    async with client.channel(await client.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        async with asyncio.timeout(2):
            await (await channel.connection.ping())
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1)
        assert (await channel.message())["ReqId"] == "R"


async def speak(channel: Channel, drive: str) -> None:
    await channel.send(drive, "SEND_STREAMTEXT", Text="Yes.", Seq=1, IsSentence=True, IsFinal=True)
    await channel.until("TextOver", drive)


async def test_the_last_three_drives_are_told_again(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        for drive in "ABCD":
            await speak(channel, drive)
    async with client.channel(session_id) as channel:
        again = await channel.until("TextOver", "D")
        assert [m["ReqId"] for m in again if m["SpeakStatus"] == "TextOver"] == ["B", "C", "D"]
        assert again[0]["SpeakStatus"] == "WaitingTextStart"


@pytest.mark.parametrize("fault", ["drop", "restart"])
async def test_an_upgrade_may_be_cut(client: Client, fault: str):
    session_id = await client.live(f"u!{fault}@connect:1!error@connect:2=100008")
    with pytest.raises((ConnectionError, InvalidMessage)):
        async with client.channel(session_id):
            pass
    if fault == "drop":
        assert await refused(client.channel_url(session_id)) == 503
    assert (await client.stat(session_id)).get("CloseType") == (0 if fault == "drop" else 4)


async def test_a_session_may_close_while_its_channel_is_opening(client: Client):
    session_id = await client.live("u!delay@connect=0.4")
    url = client.channel_url(session_id)
    opening = asyncio.create_task(refused(url))
    await asyncio.sleep(0.1)
    await client.call("closesession", SessionId=session_id)
    assert await opening == 404


async def test_closing_the_session_closes_the_channel(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await client.call("closesession", SessionId=session_id)
        assert await channel.closed() == 1000


async def test_an_idle_channel_is_closed_and_the_session_lives(client: Client):
    await client.limit(idle_channel_s=0.6)
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        assert await channel.closed() == 1000
    assert (await client.stat(session_id))["SessionStatus"] == 1
    async with client.channel(session_id) as channel:
        for _ in range(4):
            await asyncio.sleep(0.2)
            await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        assert channel.connection.close_code is None


async def test_an_idle_session_ends(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await client.limit(idle_session_s=0.2)
        await channel.closed()
    stat = await client.stat(session_id)
    assert (stat["SessionStatus"], stat.get("CloseType")) == (2, 2)


async def test_a_session_that_was_never_connected_ends_too(client: Client):
    await client.limit(idle_session_s=1)
    began = time.monotonic()
    session_id = await client.live()
    while (await client.stat(session_id))["SessionStatus"] == 1:
        assert time.monotonic() - began < 2.5
    assert time.monotonic() - began >= 1
    assert (await client.stat(session_id)).get("CloseType") == 2
    assert (await client.call("startsession", SessionId=session_id))["Header"]["Code"] == 110013


async def test_heartbeats_keep_a_session_that_nobody_drives(client: Client):
    await client.limit(idle_session_s=0.6)
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        for _ in range(5):
            await asyncio.sleep(0.25)
            await channel.send("H", "SEND_HEARTBEAT", Text="PING")
        assert (await client.stat(session_id))["SessionStatus"] == 1
        await channel.closed()
    assert (await client.stat(session_id)).get("CloseType") == 2


async def test_audio_drives_from_its_first_frame_to_its_final(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        for seq in (1, 2, 3):
            await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=seq)
        await channel.send("A", "SEND_AUDIO", Audio="", Seq=4, IsFinal=True)
        messages = await channel.until("AudioOver")
        assert names(messages) == [
            ("WaitingAudioStart", 0),
            ("AudioStart", 0),
            ("WaitingAudioOver", 0),
            ("AudioOver", 0),
        ]
        assert messages[-1].get("FinalType") == 1
        assert all("FinalType" not in message for message in messages[:-1])


async def test_audio_waits_for_text_to_end(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await channel.send("T", "SEND_STREAMTEXT", Text="Just a moment, please.", Seq=1, IsFinal=True)
        await channel.until("TextStart")
        await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=1)
        assert (await channel.message())["ErrorCode"] == 110015
        await channel.send("T", "SEND_STREAMTEXT", Text="", Seq=2, IsFinal=True, Interrupt=True)
        await channel.until("TextOver")
        await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=1, IsFinal=True)
        await channel.until("AudioOver", "A")

"""What any cloud does on the command channel: one session for all of it, one drive after the other."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.paid import in_order, names, reconnected, say, started_session, told
from tests.contract.wire import Account, Channel, Client, req_id

pytestmark = pytest.mark.cloud

FRAME = base64.b64encode(bytes(5120)).decode()
FRAME_S = 0.16
LONG = "This is a long text that nobody will hear to its end, for before that somebody interrupts it, as people do."


@pytest.fixture(scope="module")
def session_id(cloud_address: tuple[str, str | None, Account]) -> Iterator[str]:
    with started_session(cloud_address, DriverType=3) as session_id:
        yield session_id


@pytest.fixture
async def channel(cloud: Client, session_id: str) -> AsyncIterator[Channel]:
    async with reconnected(cloud, session_id) as channel:
        yield channel


async def play(channel: Channel, drive: str, frames: int) -> None:
    for seq in range(1, frames + 1):
        await channel.send(drive, "SEND_AUDIO", Audio=FRAME, Seq=seq, IsFinal=False)
        await asyncio.sleep(FRAME_S)


async def test_a_text_is_spoken(channel: Channel):
    drive = await say(channel, "Hello.")
    messages = await told(channel, drive, "TextOver")
    assert in_order(["TextStart", "TextOver"], names(messages))
    for message in messages:
        assert (message["Type"], message["SessionId"], message["ErrorCode"]) == (3, channel.session_id, 0)


async def test_a_new_text_interrupts_the_one_before(channel: Channel):
    first = await say(channel, LONG)
    await told(channel, first, "TextStart")
    second = await say(channel, "Hello.")
    seen = await channel.until("TextOver", second)
    own = [(m["ReqId"], m["SpeakStatus"]) for m in seen if m["ReqId"] in {first, second}]
    assert own.index((first, "TextOver")) < own.index((second, "TextStart"))


async def test_an_empty_text_with_interrupt_stops(channel: Channel):
    drive = await say(channel, LONG)
    await told(channel, drive, "TextStart")
    await say(channel, "", Interrupt=True)
    async with asyncio.timeout(5):
        await told(channel, drive, "TextOver")


async def test_texts_too_close_together_are_refused(channel: Channel):
    first, second = await say(channel, "Hello."), req_id()
    await channel.send(second, "SEND_TEXT", Text="Again.", ChatCommand="NotUseChat")
    seen = await channel.until("TextOver", first)
    refused = [m for m in seen if m["ReqId"] == second]
    assert [(m["Type"], m["ErrorCode"]) for m in refused] == [(9, 100012)]


async def test_a_stream_of_text_is_spoken(channel: Channel):
    drive = req_id()
    for seq, text in enumerate(("How are", " you? I am", " well."), 1):
        await channel.send(drive, "SEND_STREAMTEXT", Text=text, Seq=seq, IsFinal=seq == 3)
    assert in_order(["TextStart", "TextOver"], names(await told(channel, drive, "TextOver")))


async def test_clauses_are_told_one_by_one(channel: Channel):
    drive = req_id()
    await channel.send(drive, "SEND_STREAMTEXT", Text="Good morning.", Seq=1, IsSentence=True, IsFinal=False)
    seen = await told(channel, drive, "SentenceNext")
    await channel.send(drive, "SEND_STREAMTEXT", Text="Good night.", Seq=2, IsSentence=True, IsFinal=True)
    seen += await told(channel, drive, "TextOver")
    statuses = [(m["SpeakStatus"], m["Seq"]) for m in seen if m["SpeakStatus"] in {"SentenceStart", "SentenceOver"}]
    assert statuses == [("SentenceStart", 1), ("SentenceOver", 1), ("SentenceStart", 2), ("SentenceOver", 2)]


async def test_a_stream_is_interrupted(channel: Channel):
    drive = req_id()
    await channel.send(drive, "SEND_STREAMTEXT", Text=LONG, Seq=1, IsSentence=True, IsFinal=False)
    await told(channel, drive, "TextStart")
    await channel.send(drive, "SEND_STREAMTEXT", Text="", Seq=2, IsFinal=True, Interrupt=True)
    async with asyncio.timeout(5):
        await told(channel, drive, "TextOver")


async def test_audio_is_played_to_its_final_packet(channel: Channel):
    drive = req_id()
    await play(channel, drive, 10)
    await channel.send(drive, "SEND_AUDIO", Audio="", Seq=11, IsFinal=True)
    messages = await told(channel, drive, "AudioOver")
    assert in_order(["AudioStart", "AudioOver"], names(messages))
    assert messages[-1].get("FinalType") == 1


async def test_audio_left_open_is_ended_by_the_cloud(channel: Channel):
    drive = req_id()
    await play(channel, drive, 10)
    assert (await told(channel, drive, "AudioOver"))[-1].get("FinalType") == 2


async def test_audio_does_not_come_before_text_has_ended(channel: Channel):
    text, audio = await say(channel, LONG), req_id()
    await told(channel, text, "TextStart")
    await channel.send(audio, "SEND_AUDIO", Audio=FRAME, Seq=1, IsFinal=False)
    refused = (await told(channel, audio, "Error"))[-1]
    assert (refused["Type"], refused["ErrorCode"]) == (9, 110015)
    await say(channel, "", Interrupt=True)
    await told(channel, text, "TextOver")


@pytest.mark.parametrize("text", ["a" * 4001, "字" * 1334], ids=["ascii", "chinese"])
async def test_a_text_that_is_too_long(channel: Channel, text: str):
    drive = await say(channel, text)
    refused = (await told(channel, drive, "Error"))[-1]
    assert (refused["Type"], refused["ErrorCode"]) == (9, 100001)


async def test_a_fragment_that_is_too_long(channel: Channel):
    drive = req_id()
    await channel.send(drive, "SEND_STREAMTEXT", Text="a" * 1001, Seq=1, IsFinal=True)
    refused = (await told(channel, drive, "Error"))[-1]
    assert (refused["Type"], refused["ErrorCode"]) == (9, 100001)


async def test_heartbeats_are_taken(channel: Channel):
    beat = req_id()
    await channel.send(beat, "SEND_HEARTBEAT", Text="PING")
    drive = await say(channel, "Hello.")
    seen = await channel.until("TextOver", drive)
    assert [m["ErrorCode"] for m in seen if m["ReqId"] == beat and m["ErrorCode"] != 0] == []


async def test_text_over_http(channel: Channel, cloud: Client):
    await asyncio.sleep(1.2)
    answer = await cloud.command(channel.session_id, Text="Hello.", ChatCommand="NotUseChat")
    assert answer["Header"]["Code"] == 0
    started = (await channel.until("TextStart"))[-1]
    await channel.until("TextOver", started["ReqId"])


async def test_the_last_drive_is_told_again_after_a_reconnection(cloud: Client, session_id: str):
    async with reconnected(cloud, session_id) as channel:
        drive = await say(channel, "Hello.")
        await told(channel, drive, "TextOver")
    async with reconnected(cloud, session_id) as channel:
        await told(channel, drive, "TextOver")


async def test_the_picture_is_updated_every_five_seconds_at_most(cloud: Client, session_id: str):
    space = {"ImagePosition": 0, "ImagePositionVertical": 0, "ImageZoom": 1}
    codes = [
        (await cloud.call("updatesessionconfig", SessionId=session_id, SpaceParam=space))["Header"]["Code"]
        for _ in range(2)
    ]
    assert codes == [0, 100012]

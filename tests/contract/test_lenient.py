"""What real clients do beyond the manual is taken by a lenient cloud."""

import base64
import json

from tests.contract.wire import Client, req_id

FRAME = base64.b64encode(bytes(5120)).decode()


async def test_requests_and_frames_without_a_header(lenient: Client):
    session_id = await lenient.live()
    stat = await lenient.raw("statsession", json.dumps({"Payload": {"ReqId": req_id(), "SessionId": session_id}}))
    assert stat["Header"]["Code"] == 0
    async with lenient.channel(session_id) as channel:
        data = {"Text": "Hi.", "Seq": 1, "IsFinal": True}
        payload = {"ReqId": "R", "SessionId": session_id, "Command": "SEND_STREAMTEXT", "Data": data}
        await channel.connection.send(json.dumps({"Payload": payload}))
        await channel.until("TextOver", "R")


async def test_a_heartbeat_of_any_words(lenient: Client):
    async with lenient.channel(await lenient.live()) as channel:
        await channel.send("H", "SEND_HEARTBEAT", Text="AndroidSDK")
        await channel.send("R", "SEND_STREAMTEXT", Text="Hi.", Seq=1, IsFinal=True)
        assert (await channel.message())["ReqId"] == "R"


async def test_a_sequence_from_0_and_long_fragments(lenient: Client):
    async with lenient.channel(await lenient.live()) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="a" * 2001, Seq=0)
        assert (await channel.message())["ErrorCode"] == 100001
        await channel.send("R", "SEND_STREAMTEXT", Text=" " * 1998 + "a.", Seq=0)
        assert (await channel.message())["ErrorCode"] == 0


async def test_the_mobile_clients_interrupts(lenient: Client):
    async with lenient.channel(await lenient.live(DriverType=3)) as channel:
        await channel.send("R", "SEND_STREAMTEXT", Text="A long sentence that is cut.", Seq=1, IsFinal=True)
        await channel.until("TextStart")
        await channel.send("R", "SEND_STREAMTEXT", Interrupt=True, Seq=7, Text="")
        await channel.until("TextOver", "R")
        for seq in (1, 2, 3):
            await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=seq)
        await channel.until("AudioStart", "A")
        await channel.send("A", "SEND_AUDIO", Interrupt=True)
        assert (await channel.message())["SpeakStatus"] == "AudioOver"


async def test_a_push_to_any_rtmp_address(lenient: Client):
    for url, code in (("rtmp://127.0.0.1:1935/app/one", 0), ("rtmp://media.example/one", 0), ("one", 100001)):
        answer = await lenient.create(ProtocolOption={"CssCustomPushUrl": url})
        assert answer["Header"]["Code"] == code
        assert "PlayStreamAddr" not in answer["Payload"]

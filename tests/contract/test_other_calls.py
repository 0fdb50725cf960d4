"""The manual's "Other APIs": text over HTTP, the picture's parameters, the key to the TRTC room."""

import asyncio
import base64
import io
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from tests.contract.wire import COMMAND, Client, Json

SPACE: Json = {"ImagePosition": -0.01, "ImagePositionVertical": -0.01, "ImageZoom": 1}


def picture(kind: str = "PNG", colour: str = "#00ff00") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (54, 96), colour).save(file, kind)
    return file.getvalue()


def data_url(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


async def test_text_over_http_is_spoken(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        answer = await client.command(session_id, Text="Hello", ChatCommand="NotUseChat")
        assert answer["Header"]["Code"] == 0
        seen = await channel.until("TextOver")
        assert [m["SpeakStatus"] for m in seen] == ["WaitingTextStart", "TextStart", "WaitingTextOver", "TextOver"]
    assert await client.warnings() == {"command_without_req_id": 1}


async def test_text_over_http_with_a_req_id_drives_under_it(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        payload = {"ReqId": "H", "SessionId": session_id, "Command": "SEND_TEXT", "Data": {"Text": "Hello"}}
        answer = await client.raw(COMMAND, json.dumps({"Header": {}, "Payload": payload}))
        assert answer["Payload"]["ReqId"] == "H"
        assert (await channel.message())["ReqId"] == "H"
    assert await client.warnings() == {}


async def test_a_forced_interruption_over_http_needs_no_text(client: Client):
    await client.limit(text_interval_s=0)
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await client.command(session_id, Text="A long text, which will be interrupted before it has come to its end.")
        await channel.until("TextStart")
        assert (await client.command(session_id, Interrupt=True))["Header"]["Code"] == 0
        assert (await channel.message())["SpeakStatus"] == "TextOver"


async def test_texts_of_both_ways_are_more_than_a_second_apart(client: Client):
    session_id = await client.live()
    async with client.channel(session_id) as channel:
        await channel.send("A", "SEND_TEXT", Text="One.")
        await channel.message()
        assert (await client.command(session_id, Text="Two."))["Header"]["Code"] == 100012


async def test_text_over_http_has_at_most_4000_characters(client: Client):
    session_id = await client.live()
    assert (await client.command(session_id, Text="字" * 4001))["Header"]["Code"] == 100001
    assert (await client.command(session_id, Text="字" * 4000))["Header"]["Code"] == 0


@pytest.mark.parametrize(
    ("command", "data"),
    [("SEND_AUDIO", {"Audio": "", "Seq": 1}), ("SEND_TEXT", {"Text": 5}), ("SEND_TEXT", {}), ("SEND_TEXT", [])],
)
async def test_a_command_over_http_that_cannot_be_read(client: Client, command: str, data: object):
    payload = {"SessionId": await client.live(), "Command": command, "Data": data}
    answer = await client.raw(COMMAND, json.dumps({"Header": {}, "Payload": payload}))
    assert answer["Header"]["Code"] == 100001


async def test_who_may_not_be_driven_over_http(client: Client):
    assert (await client.command("m0", Text="a"))["Header"]["Code"] == 110018
    await client.control("POST", "transitions", {"mode": "polls", "value": 1})
    session_id = (await client.create())["Payload"]["SessionId"]
    assert (await client.command(session_id, Text="a"))["Header"]["Code"] == 110014
    await client.stat(session_id)
    assert (await client.command(session_id, Text="a"))["Header"]["Code"] == 110016
    await client.call("closesession", SessionId=session_id)
    assert (await client.command(session_id, Text="a"))["Header"]["Code"] == 110013


async def test_an_update_every_five_seconds(client: Client):
    session_id = await client.live()
    image: Json = {"ImageVerticalOffset": 10, "ImageHorizontalOffset": 10, "ImageExtraParam": '{"JacketColor":{}}'}
    good = await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=SPACE, ImageParam=image)
    assert (good["Header"]["Code"], set(good["Payload"])) == (0, {"ReqId"})
    again = await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=SPACE)
    assert again["Header"]["Code"] == 100012


async def test_an_update_four_and_a_half_and_one_five_seconds_later(client: Client):
    session_id = await client.live()
    codes: list[int] = []
    for pause in (0.0, 4.5, 0.7):
        await asyncio.sleep(pause)
        answer = await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=SPACE)
        codes.append(answer["Header"]["Code"])
    assert codes == [0, 100012, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"ImagePosition": 0.51},
        {"ImagePosition": -0.51},
        {"ImagePosition": "0"},
        {"ImagePositionVertical": 0.26},
        {"ImagePositionVertical": -0.51},
        {"ImageZoom": 0.24},
        {"ImageZoom": 2.01},
        {"ImageZoom": None},
        {"BackgroundUrl": 5},
        {"BackgroundUrl": "picture.png"},
        {"BackgroundUrl": "https://example.com/picture.gif"},
        {"BackgroundUrl": "data:image/gif;base64,AAAA"},
        {"BackgroundUrl": "data:image/png;base64,***"},
        {"BackgroundUrl": data_url(bytes(1024 * 1024))},
    ],
)
async def test_an_update_out_of_range(client: Client, changes: Json):
    session_id = await client.live()
    answer = await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=SPACE | changes)
    assert answer["Header"]["Code"] == 100001


@pytest.mark.parametrize("missing", sorted(SPACE))
async def test_an_update_that_lacks_a_number(client: Client, missing: str):
    session_id = await client.live()
    space = {name: value for name, value in SPACE.items() if name != missing}
    answer = await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=space)
    assert answer["Header"]["Code"] == 100001


@pytest.mark.parametrize("image", [{"ImageVerticalOffset": "10"}, {"ImageHorizontalOffset": []}, 5])
async def test_a_turn_that_is_no_number(client: Client, image: object):
    answer = await client.call("updatesessionconfig", SessionId=await client.live(), ImageParam=image)
    assert answer["Header"]["Code"] == 100001


async def test_backgrounds_in_the_address_or_beside_the_emulator(client: Client):
    await client.limit(update_interval_s=0)
    session_id = await client.live()
    async with client.http.put(f"{client.url}/_emulator/images/wall.jpg", data=picture("JPEG")) as response:
        assert response.status == 204
    answers = {
        data_url(picture()): 0,
        f"{client.url}/_emulator/images/wall.jpg": 0,
        f"{client.url}/_emulator/images/other.jpg": -101002,
        data_url(b"no picture"): -101002,
    }
    for url, code in answers.items():
        space = SPACE | {"BackgroundUrl": url}
        assert (await client.call("updatesessionconfig", SessionId=session_id, SpaceParam=space))["Header"][
            "Code"
        ] == code


async def test_no_background_is_fetched_from_elsewhere(client: Client):
    space = SPACE | {"BackgroundUrl": "https://example.com/wall.png?q-sign-algorithm=sha1"}
    answer = await client.call("updatesessionconfig", SessionId=await client.live(), SpaceParam=space)
    assert answer["Header"]["Code"] == 0
    assert await client.warnings() == {"background_not_fetched": 1}


async def test_updates_of_sessions_that_are_not_there(client: Client):
    assert (await client.call("updatesessionconfig", SessionId="m0"))["Header"]["Code"] == 110018
    session_id = await client.live()
    await client.call("closesession", SessionId=session_id)
    assert (await client.call("updatesessionconfig", SessionId=session_id))["Header"]["Code"] == 110013


async def test_the_key_to_the_room_of_the_play_address(client: Client):
    created = (await client.create(Protocol="trtc"))["Payload"]
    address = urlsplit(created.get("PlayStreamAddr", ""))
    call: Json = {"SessionId": created["SessionId"], "RoomId": address.hostname, "UserId": "viewer"}
    answer = await client.call("gettrtcsign", **call)
    assert answer["Header"]["Code"] == 0
    keys = {answer["Payload"].get("UserSig"), answer["Payload"].get("PrivateMapKey")}
    assert len(keys) == 2
    assert keys.isdisjoint(parse_qs(address.query)["userSig"])
    other = await client.call("gettrtcsign", **call | {"UserId": "another"})
    assert other["Payload"].get("UserSig") not in keys
    for changes in ({"RoomId": "1"}, {"UserId": ""}, {"RoomId": 1200111}):
        assert (await client.call("gettrtcsign", **call | changes))["Header"]["Code"] == 100001


async def test_only_rooms_of_the_platform_have_keys(client: Client):
    own: Json = {"TrtcUseExternalApp": True, "TrtcAppId": "1", "TrtcUserSig": "s", "TrtcPrivateMapKey": "k"}
    for changes in ({"Protocol": "webrtc"}, {"Protocol": "trtc", "ProtocolOption": own | {"TrtcRoomId": 7}}):
        session_id = (await client.create(**changes))["Payload"]["SessionId"]
        answer = await client.call("gettrtcsign", SessionId=session_id, RoomId="7", UserId="viewer")
        assert answer["Header"]["Code"] == 100001

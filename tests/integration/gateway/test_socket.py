"""The WebSocket of a whole server, in front of an emulated cloud."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from bridge.gateway import limits, tokens
from bridge.gateway.socket import protocol
from bridge.gateway.socket.messages import MAX_FRAME
from bridge.session import subscription
from tests.integration.gateway.conftest import Bridge, bridging, until
from tests.support.socket_client import connected
from tests.support.socket_messages import wrong_messages

LONG = "One sentence after the other is spoken here, and this goes on for quite a while. " * 4
KEY = "operator-key-of-the-tests"


async def test_welcome_tells_where_one_is(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client:
        welcome = await client.next()
        assert welcome["type"] == "welcome"
        assert (welcome["recovered"], welcome["role"]) == (False, "driver")
        assert (welcome["session"]["state"], welcome["session"]["attached"]) == ("live", 1)
        await client.send("say", text="Hello there.", ref="mine")
        queued = await client.until("utterance", status="queued", ref="mine")
        assert queued["offset"] == welcome["offset"] + 1
        ack = await client.until("ack", ref="mine")
        assert ack == {"type": "ack", "ref": "mine", "utterance_id": queued["utterance_id"]}
        ended = await client.until("utterance", status="ended")
        assert ended["heard"] == "Hello there."
        offsets = [message["offset"] for message in client.seen[1:] if message["type"] != "ack"]
        assert offsets == list(range(welcome["offset"] + 1, ended["offset"] + 1))


async def test_a_text_in_pieces_is_spoken_as_one(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client:
        await client.send("say.start", ref="llm")
        ack = await client.until("ack", ref="llm")
        for piece in ("This com", "es in pie", "ces. And ", "", "it is one", " text."):
            await client.send("say.delta", ref="llm", text=piece)
        await client.until("utterance", status="started", utterance_id=ack["utterance_id"])
        await client.send("say.end", ref="llm")
        ended = await client.until("utterance", status="ended")
        assert ended["heard"] == "This comes in pieces. And it is one text."


async def test_a_text_whose_client_is_lost_is_spoken_as_far_as_it_came(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as watching:
        await watching.next()
        async with connected(bridge.http, session) as client:
            await client.send("say.start", ref="a")
            await client.send("say.delta", ref="a", text="Only this came. And then")
            await client.until("ack", ref="a")
            client.drop()
        end = await watching.until("utterance", status="failed")
        assert end["error"]["code"] == "source_lost"
        assert end["heard"] == "Only this came. And then"


async def test_a_question_and_an_interrupt(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client:
        await client.send("chat", text="Who are you?", ref="q")
        ack = await client.until("ack", ref="q")
        await client.until("transcript", who="assistant", final=True)
        await client.send("say", text=LONG, interrupt=True)
        ack = await client.until("ack", ref=None)
        await client.until("utterance", status="started", utterance_id=ack["utterance_id"])
        await client.send("interrupt", scope="current")
        stopped = await client.until("interrupt")
        assert stopped["utterance_ids"] == [ack["utterance_id"]]
        await client.until("utterance", status="interrupted")
        await client.send("ping")
        assert await client.until("pong") == {"type": "pong"}


async def test_two_drivers_speak_one_after_the_other(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as one, connected(bridge.http, session) as two:
        await one.send("say.start", ref="a")
        await one.until("ack")
        await two.send("say", text="Second.", ref="b")
        second = (await two.until("ack"))["utterance_id"]
        await one.send("say.delta", ref="a", text="First.")
        await two.send("say.delta", ref="a", text="Not mine.")
        assert (await two.until("error"))["code"] == "ref_unknown"
        await one.send("say.end", ref="a")
        assert (await one.until("utterance", status="ended"))["heard"] == "First."
        assert (await one.until("utterance", status="ended"))["utterance_id"] == second
        events = [message for message in one.seen if "offset" in message and message["type"] != "welcome"]
        await two.until("utterance", status="ended", utterance_id=second)
        others = [message for message in two.seen if "offset" in message and message["type"] != "welcome"]
        both = min(events[0]["offset"], others[0]["offset"])
        assert [e for e in events if e["offset"] > both][-8:] == [e for e in others if e["offset"] > both][-8:]


async def test_a_watcher_hears_but_may_not_speak(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        bridge.http.headers["Authorization"] = f"Bearer {KEY}"
        session = await bridge.live()
        _, watcher = await bridge.post(f"{session}/token", {"role": "watcher"})
        del bridge.http.headers["Authorization"]
        async with connected(bridge.http, session, token=watcher["token"]) as client:
            assert (await client.next())["role"] == "watcher"
            for kind, rest in (
                ("say", {"text": "x", "ref": "r"}),
                ("chat", {"text": "x", "ref": "r"}),
                ("say.start", {"ref": "r"}),
                ("interrupt", {}),
            ):
                await client.send(kind, **rest)
                error = await client.until("error")
                assert (error["code"], error.get("ref")) == ("forbidden", rest.get("ref"))
            await client.send("say.delta", ref="r", text="x")
            assert (await client.until("error"))["code"] == "ref_unknown"
            await client.send("media", utterance_id="u", state="sounding", delay_ms=120)
            await client.send("token.refresh")
            renewed = await client.until("token")
            assert renewed["token"]
            assert renewed["expires_at"] >= watcher["expires_at"]
        async with connected(bridge.http, session, token=renewed["token"]) as client:
            assert (await client.next())["role"] == "watcher"


@pytest.mark.parametrize("token", [None, "", "wrong", "eyJhbGciOiJub25lIn0.e30.x", KEY[:-1]])
async def test_who_is_not_let_in_is_told_and_closed(emulator: str, tmp_path: Path, token: str | None) -> None:
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        _, created = await bridge.post("/v1/sessions", {}, Authorization=f"Bearer {KEY}")
        path = f"/v1/sessions/{created['session_id']}"
        async with connected(bridge.http, path, token=token or None) as client:
            error = await client.next()
            assert (error["type"], error["code"]) == ("error", "unauthorized")
            assert await client.closed() == 4003


async def test_a_token_of_another_session_is_not_let_in(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        bridge.http.headers["Authorization"] = f"Bearer {KEY}"
        one, two = await bridge.create(), await bridge.create()
        _, driver = await bridge.post(f"{one}/token", {"role": "driver"})
        del bridge.http.headers["Authorization"]
        async with connected(bridge.http, two, token=driver["token"]) as client:
            assert (await client.next())["code"] == "forbidden"
            assert await client.closed() == 4003


async def test_who_does_not_say_who_it_is_is_closed(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "AUTH_S", 0.2)
    session = await bridge.create()
    async with connected(bridge.http, session, auth=False) as client:
        await client.send("ping")
        assert (await client.next())["code"] == "auth_expected"
        assert await client.closed() == 4010


BAD_FRAMES = [
    b"",
    b"\xff\xfe",
    b"nonsense",
    b"[" * 20_000,
    b'{"type":"say","text":"\\ud800","ref":"x"}',
    b'{"type":"say","text":"x","ref":NaN}',
    b'{"type":"media","utterance_id":"x","state":"sounding","delay_ms":Infinity}',
    b'{"type":"say","type":"say"}',
    b'{"type":"nothing"}',
    b'{"type":["say"]}',
    b"5",
    b"null",
]


async def test_a_bad_frame_is_answered_and_harms_nobody_else(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as other, connected(bridge.http, session) as client:
        await client.next()
        for frame in BAD_FRAMES:
            await client.socket.send_frame(frame, aiohttp.WSMsgType.TEXT)
            error = await client.until("error")
            assert error["code"] == "invalid_request", frame
            assert "nonsense" not in error["message"]
        await client.send("say", text="Still here.")
        assert (await other.until("utterance", status="ended"))["heard"] == "Still here."


async def test_every_message_wrong_in_every_field_is_answered(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as other, connected(bridge.http, session) as client:
        await client.next()
        await other.next()
        for field, message in wrong_messages():
            frame = json.dumps(message)
            if len(frame) > MAX_FRAME:
                continue  # another rule: it closes the connection
            await client.socket.send_str(frame)
            error = await client.next()
            assert (error["type"], error["code"]) == ("error", "invalid_request"), message
            assert error["errors"][0]["field"].startswith(field), message
        await other.send("ping")
        assert (await other.next())["type"] == "pong"  # and nothing else has happened


async def test_a_message_that_is_too_long_closes_only_its_sender(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as other, connected(bridge.http, session) as client:
        await client.next()
        await client.socket.send_str(json.dumps({"type": "say", "text": "x" * 70_000}))
        assert await client.closed() == 4013
        await other.send("ping")
        await other.until("pong")


async def test_a_microphone_on_a_text_session_is_refused(bridge: Bridge) -> None:
    session = await bridge.live()
    audio = {"ref": "mic", "purpose": "drive", "sample_rate": 16000, "channels": 1, "encoding": "s16le"}
    async with connected(bridge.http, session) as client:
        await client.send("audio.start", **audio)
        error = await client.until("error")
        assert (error["code"], error["ref"]) == ("mode_mismatch", "mic")
        await client.send("audio.end", ref="mic")
        assert (await client.until("error"))["code"] == "ref_unknown"


async def test_who_comes_back_gets_what_it_missed(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client:
        welcome = await client.next()
    await bridge.post(f"{session}/say", {"text": "Nobody saw this.", "wait": "ended"})
    epoch, offset = welcome["epoch"], welcome["offset"]
    async with connected(bridge.http, session, resume=(epoch, offset)) as client:
        back = await client.next()
        assert back["recovered"] is True
        assert back["offset"] > offset
        missed = [(await client.next())["offset"] for _ in range(back["offset"] - offset)]
        assert missed == list(range(offset + 1, back["offset"] + 1))
    for lost in (("another", offset), (epoch, 10_000)):
        async with connected(bridge.http, session, resume=lost) as client:
            back = await client.next()
            assert back["recovered"] is False
            await client.send("ping")
            assert (await client.next())["type"] == "pong"
    async with bridge.http.post(f"{session}/reset"):
        pass
    async with connected(bridge.http, session, resume=(epoch, offset)) as client:
        assert (await client.next())["recovered"] is False


async def test_a_session_that_ends_ends_its_sockets(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client:
        await client.next()
        async with bridge.http.delete(session):
            pass
        await client.until("session.state", state="closed")
        assert await client.closed() == 1000


async def test_a_socket_keeps_its_session_and_lets_it_go(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, session={"linger_s": 0.4, "idle_s": 0.4}) as bridge:
        session = await bridge.create()
        async with connected(bridge.http, session) as client:
            await client.until("session.state", state="live")
            await asyncio.sleep(1)
            await client.send("ping")
            await client.until("pong")
        async with asyncio.timeout(10), bridge.http.get(f"{session}/ws") as response:
            assert response.status == 400
        shown: dict[str, object] = {}
        for _ in range(50):
            _, shown = await bridge.get(session)
            if shown["state"] == "closed":
                break
            await asyncio.sleep(0.1)
        assert shown["reason"] in {"nobody_there", "idle"}


async def test_the_same_event_goes_to_sockets_and_streams(bridge: Bridge) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client, bridge.events(session) as events:
        await client.next()
        await anext(events)
        await client.send("say", text="For both.")
        streamed = await until(events, type="utterance", status="ended")
        sent = await client.until("utterance", status="ended")
        assert streamed.data == sent


async def test_a_subprotocol_is_refused_and_not_logged(bridge: Bridge) -> None:
    session = await bridge.create()
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol": "secret",
    }
    async with bridge.http.get(f"{session}/ws", headers=headers) as response:
        assert response.status == 400
        assert "secret" not in await response.text()


async def test_who_is_too_far_behind_is_closed_and_may_resume(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    session = await bridge.live()
    async with connected(bridge.http, session) as client:
        epoch = (await client.next())["epoch"]
        await client.send("say", text=LONG)
        await client.until("utterance", status="started")
        for _ in range(8):
            await bridge.post(f"{session}/say", {"text": LONG})
        monkeypatch.setattr(subscription, "BACKLOG", 5)
        await bridge.post(f"{session}/interrupt")  # more than 5 events at once
        assert await client.closed() == 4008
        last = max(message.get("offset", 0) for message in client.seen)
    monkeypatch.undo()
    async with connected(bridge.http, session, resume=(epoch, last)) as client:
        assert (await client.next())["recovered"] is True
        assert (await client.next())["offset"] == last + 1


async def test_a_token_that_expires_is_renewed_or_ends_the_connection(
    emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "LIFETIME_S", 2.0)
    monkeypatch.setattr(protocol, "EXPIRED_GRACE_S", 1.0)
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        bridge.http.headers["Authorization"] = f"Bearer {KEY}"
        session = await bridge.create()
        _, driver = await bridge.post(f"{session}/token", {"role": "driver"})
        del bridge.http.headers["Authorization"]
        async with (
            connected(bridge.http, session, token=driver["token"]) as careless,
            connected(bridge.http, session, token=driver["token"]) as careful,
        ):
            await careful.until("error", code="token_expired")
            await careful.send("token.refresh")
            assert (await careful.until("token"))["token"] != driver["token"]
            assert await careless.closed() == 4005
            assert [each["code"] for each in careless.seen if each["type"] == "error"] == ["token_expired"]
            await careful.send("say", text="Still here.", ref="r")
            await careful.until("ack", ref="r")


async def test_a_client_that_sends_too_much_is_told_and_stays(
    emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLIENT_MESSAGES", limits.Rate(per_s=0.01, burst=3))
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        bridge.http.headers["Authorization"] = f"Bearer {KEY}"
        session = await bridge.create()
        _, driver = await bridge.post(f"{session}/token", {"role": "driver"})
        async with connected(bridge.http, session, token=driver["token"]) as client:
            for number in range(5):
                await client.send("say.start", ref=str(number))
            for ref in ("3", "4"):
                error = await client.until("error")
                assert (error["code"], error["ref"]) == ("rate_limited", ref)
            assert [each["ref"] for each in client.seen if each["type"] == "ack"] == ["0", "1", "2"]

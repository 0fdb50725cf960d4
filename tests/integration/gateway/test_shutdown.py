"""The end of a server while people listen."""

import asyncio
from pathlib import Path

from tests.integration.gateway.conftest import bridging
from tests.support.socket_client import connected

SHORT = "This sentence is allowed to end."
LONG = "One sentence after the other is spoken here, and this goes on for quite a while. " * 4


async def test_what_is_being_said_may_end(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, server={"drain_s": 10}) as bridge:
        session = await bridge.live()
        async with connected(bridge.http, session) as client:
            await client.send("say", text=SHORT)
            await client.until("utterance", status="started")
            bridge.stop.set()
            await asyncio.sleep(0)
            assert (await bridge.get("/readyz"))[0] == 503
            assert (await bridge.post("/v1/sessions"))[1]["code"] == "shutting_down"
            assert (await bridge.post(f"{session}/say", {"text": "x"}))[1]["code"] == "shutting_down"
            await client.send("say", text="Too late.", ref="late")
            assert (await client.until("error", ref="late"))["code"] == "shutting_down"
            assert (await client.until("utterance", status="ended"))["heard"] == SHORT
            assert (await client.until("session.state", state="closing"))["reason"] == "shutting_down"
            assert await client.closed() == 4001
            assert client.seen[-1]["state"] == "closed"
        assert {each["status"] for each in await bridge.cloud("sessions")} <= {2}


async def test_what_takes_too_long_gets_its_one_end(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, server={"drain_s": 0.3}) as bridge:
        session = await bridge.live()
        async with connected(bridge.http, session) as client, bridge.events(session) as events:
            await client.send("say", text=LONG)
            await client.send("say.start", ref="open")
            await client.until("utterance", status="started")
            bridge.stop.set()
            assert await client.closed() == 4001
            ends = [each["status"] for each in client.seen if each["type"] == "utterance" and "heard" in each]
            assert ends == ["interrupted", "interrupted"]
            streamed = [event.data async for event in events]
            assert streamed[-1]["state"] == "closed"
        assert {each["status"] for each in await bridge.cloud("sessions")} <= {2}

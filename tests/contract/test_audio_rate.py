"""How fast SEND_AUDIO may come, and what becomes of it otherwise."""

import asyncio
import base64
import json
import time

from tests.contract.wire import Channel, Client

FRAME = base64.b64encode(bytes(5120)).decode()


async def figures(client: Client) -> dict[str, float | None]:
    return json.loads((await client.control("GET", "sessions"))[1])[0]["audio"]


async def burst(channel: Channel, frames: int) -> None:
    for seq in range(1, frames + 1):
        await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=seq)
    await channel.send("A", "SEND_AUDIO", Audio="", Seq=frames + 1, IsFinal=True)


async def test_audio_that_comes_too_fast_is_throttled(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        began = time.monotonic()
        await burst(channel, 12)
        await channel.until("AudioOver")
        assert time.monotonic() - began > 12 * 0.16
        seen = await figures(client)
    assert seen["frames"] == 12
    assert seen["throttled"] in {5, 6}
    assert (seen["refused"], seen["stutters"], seen["seconds"]) == (0, 0, 1.92)


async def test_a_burst_of_six_frames_is_fine(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        await burst(channel, 6)
        await channel.until("AudioOver")
        assert (await figures(client))["throttled"] == 0


async def test_unless_no_burst_is_allowed(client: Client):
    await client.limit(audio_burst=1)
    async with client.channel(await client.live(DriverType=3)) as channel:
        await burst(channel, 6)
        await channel.until("AudioOver")
        assert (await figures(client))["throttled"] == 5


async def test_or_it_is_refused(client: Client):
    await client.limit(audio_rate="error")
    async with client.channel(await client.live(DriverType=3)) as channel:
        for seq in range(1, 8):
            await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=seq)
        refused = (await channel.until("Error"))[-1]
        assert (refused["Type"], refused["ErrorCode"]) == (9, 100012)
        await asyncio.sleep(0.15)
        await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=7, IsFinal=True)
        await channel.until("AudioOver")
        assert (await figures(client))["refused"] == 1


async def test_or_nobody_minds(client: Client):
    await client.limit(audio_rate="off")
    async with client.channel(await client.live(DriverType=3)) as channel:
        await burst(channel, 20)
        await channel.until("AudioOver")
        seen = await figures(client)
    assert (seen["frames"], seen["throttled"]) == (20, 0)
    assert (seen["rate"] or 0) < 0.3


async def test_audio_that_comes_too_slowly_stutters(client: Client):
    async with client.channel(await client.live(DriverType=3)) as channel:
        for seq in (1, 2):
            await channel.send("A", "SEND_AUDIO", Audio=FRAME, Seq=seq)
            await asyncio.sleep(0.5)
        seen = await figures(client)
    assert seen["stutters"] == 1
    assert (seen["rate"] or 0) > 3

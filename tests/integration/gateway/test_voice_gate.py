"""A host's open microphone: speech takes over from the script, and silence gives it back."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncGenerator

import numpy as np

from tests.integration.gateway.conftest import Bridge
from tests.support.socket_client import Client, connected
from tests.support.voicing import HOUSE_RATE, Signal, check_form, drives, likeness, pcm, sent, voice
from tests.support.wire_record import clock_of, refusals, statuses, texts, transcript
from tests.unit.audio.voices import spoken

LONG = "This is the first line of three. It has several sentences. Each of them takes its time. That is the last one."
PIECE_MS = 20


def silence(seconds: float) -> Signal:
    return np.zeros(round(seconds * HOUSE_RATE))


class Microphone:
    """Sends a sound in real time, then silence, and knows when it sent which sample."""

    def __init__(self, client: Client, ref: str = "mic") -> None:
        self.client = client
        self.ref = ref
        self.sent_at: list[float] = []
        self.sound = b""

    async def on(self, **options: object) -> None:
        form = {"sample_rate": HOUSE_RATE, "channels": 1, "encoding": "s16le"}
        await self.client.send("audio.start", ref=self.ref, purpose="drive", **form, **options)

    async def run(self) -> None:
        """Go on until cancelled."""
        size = HOUSE_RATE * PIECE_MS // 1000 * 2
        began, number = time.monotonic(), 0
        while True:
            await asyncio.sleep(max(0.0, began + number * PIECE_MS / 1000 - time.monotonic()))
            piece, self.sound = self.sound[:size], self.sound[size:]
            await self.client.socket.send_bytes(piece.ljust(size, b"\0"))
            self.sent_at.append(time.time())
            number += 1

    def say(self, signal: Signal) -> None:
        self.sound = pcm(signal)


@contextlib.asynccontextmanager
async def running(microphone: Microphone) -> AsyncGenerator[None]:
    task = asyncio.create_task(microphone.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def begin(bridge: Bridge, session: str) -> str:
    async with bridge.http.put(f"{session}/script", json={"lines": [{"text": LONG}]}) as response:
        line_id = (await response.json())["lines"][0]["line_id"]
    await bridge.post(f"{session}/script/start")
    return line_id


async def test_the_host_takes_over_and_the_script_goes_on_with_the_unfinished_sentence(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    words = spoken("Good evening, and welcome to the show.").astype(np.float64)
    async with connected(bridge.http, session) as client:
        microphone = Microphone(client)
        await microphone.on(gate=True, progress=True, silence_ms=600)
        line_id = await begin(bridge, session)
        async with running(microphone):
            await client.until("sentence", seq=2, status="started")
            microphone.say(np.concatenate([words, silence(0.1)]))
            interrupt = await client.until("interrupt")
            cut = await client.until("utterance", ref=line_id, status="interrupted")
            began = await client.until("utterance", ref="mic", status="started")
            await client.until("utterance", ref="mic", status="ended")
            await client.until("utterance", ref=line_id, status="ended")
        await client.send("audio.end", ref="mic")
    assert interrupt["by"] == "voice"
    assert cut["utterance_id"] in interrupt["utterance_ids"]
    assert cut["heard"].strip() == "This is the first line of three."
    entries = await transcript(bridge.http, bridge.emulator, session)
    assert texts(entries)[1].startswith("It has several sentences.")
    assert refusals(entries) == []
    # From text to sound and back, each only after the other's Over.
    told = statuses(entries)
    first, last = told.index("SEND_AUDIO"), len(told) - 1 - told[::-1].index("SEND_AUDIO")
    assert told[:first].count("TextOver") == 1
    assert "SEND_STREAMTEXT" not in told[first : told.index("AudioOver")]
    assert last < told.index("AudioOver")
    frames = await sent(bridge.http, bridge.emulator, session)
    assert len(drives(frames)) == 1
    check_form(frames)
    received = np.frombuffer(b"".join(frame.audio for frame in frames), "<i2") / 32_768
    # All of it is there, its first syllable too, after at most 0.8 s of what was before it.
    lead = next(i for i in range(received.size) if abs(received[i]) > 0.01) - int(np.argmax(np.abs(words) > 0.01))
    assert 0 <= lead < 0.8 * HOUSE_RATE
    assert likeness(received[lead:], words, slack=2) > 0.98
    assert began["kind"] == "audio"


async def test_it_tells_which_sample_the_cloud_gets_now(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with connected(bridge.http, session) as client:
        microphone = Microphone(client)
        await microphone.on(progress=True)
        microphone.say(voice(2.0, HOUSE_RATE))
        async with running(microphone):
            progress = [await client.until("audio.progress", ref="mic") for _ in range(10)]
        await client.send("audio.end", ref="mic")
        await client.until("utterance", status="ended")
    assert [each["samples"] for each in progress] == [number * 2560 for number in range(10)]
    frames = await sent(bridge.http, bridge.emulator, session)
    clock = await clock_of(bridge.http, bridge.emulator, session)
    piece = HOUSE_RATE * PIECE_MS // 1000
    off: list[float] = [
        frame.t + clock - microphone.sent_at[each["samples"] // piece] - each["held_ms"] / 1000
        for frame, each in zip(frames, progress, strict=False)
    ]
    # What neither held_ms nor the page knows is the way from here to the server and from there to the cloud.
    assert -0.005 < statistics.median(off) < 0.030


async def test_what_is_no_voice_does_not_pass(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with connected(bridge.http, session) as client:
        microphone = Microphone(client)
        await microphone.on(gate=True)
        line_id = await begin(bridge, session)
        async with running(microphone):
            microphone.say(np.random.default_rng(1).normal(0, 0.01, 3 * HOUSE_RATE))
            await client.until("utterance", ref=line_id, status="ended")
        await client.send("audio.end", ref="mic")
    assert await sent(bridge.http, bridge.emulator, session) == []


async def test_a_press_takes_over_and_its_end_gives_back(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with connected(bridge.http, session) as client:
        line_id = await begin(bridge, session)
        await client.until("sentence", seq=2, status="started")
        microphone = Microphone(client)
        await microphone.on(interrupt=True)
        microphone.say(voice(1.0, HOUSE_RATE))
        async with running(microphone):
            await client.until("utterance", ref=line_id, status="interrupted")
            await client.until("utterance", ref="mic", status="started")
        await client.send("audio.end", ref="mic")
        await client.until("utterance", ref="mic", status="ended")
        await client.until("utterance", ref=line_id, status="ended")
    entries = await transcript(bridge.http, bridge.emulator, session)
    assert refusals(entries) == []
    assert texts(entries)[1].startswith("It has several sentences.")


async def test_a_microphone_that_is_lost_in_mid_speech_gives_back_too(bridge: Bridge) -> None:
    session = await bridge.live(mode="audio")
    async with connected(bridge.http, session) as watching:
        await watching.next()
        line_id = await begin(bridge, session)
        async with connected(bridge.http, session) as client:
            microphone = Microphone(client)
            await microphone.on(gate=True)
            microphone.say(spoken("Good evening, and welcome to the show.").astype(np.float64))
            async with running(microphone):
                await watching.until("utterance", ref="mic", status="started")
            client.drop()
        failed = await watching.until("utterance", ref="mic", status="failed")
        assert failed["error"]["code"] == "source_lost"
        await watching.until("utterance", ref=line_id, status="ended")

"""A person's microphone: windows of sound become what the turn-taking has to know."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from audio.pcm import Samples
from bridge.talk.ears import Ears
from bridge.talk.voice import VoiceFormat
from bridge.talk.voice_listener import KEPT_S, Listener
from dialog.ears import SECOND, Transcript
from dialog.turnevents import Event, HandsFree, Muted, Pressed, VoiceEnded, VoiceStarted

SILENCE = bytes(SECOND // 2)
VOICE = b"\x10\x27" * (SECOND // 4)
FORMAT = VoiceFormat("converse", 16_000, 1, "mic")


class Loudness:
    """Takes what is loud for a voice."""

    def probability(self, window: Samples) -> float:
        return float(np.abs(window).max() > 1_000)

    def reset(self) -> None: ...


class Deaf:
    """Understands how long it was."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        size = sum([len(block) async for block in sound])
        self.heard.append(size)
        return Transcript("", size / SECOND)

    async def aclose(self) -> None: ...


class Room:
    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.told: list[Event] = []
        self.dropped: list[float] = []
        self.recognizer = Deaf()
        self.muted = asyncio.Event()
        ears = Ears(self.recognizer, tasks, lambda _: None, lambda _: None)
        self.listener = Listener(ears, tasks, self.tell, self.dropped.append, Loudness)

    def tell(self, event: Event) -> None:
        self.told.append(event)
        if isinstance(event, VoiceStarted | Pressed):
            self.listener.ears.listen(len(self.told))
        if isinstance(event, Muted):
            for ear in range(len(self.told) + 1):
                self.listener.ears.finish(ear)
            self.muted.set()

    async def silent(self) -> None:
        async with asyncio.timeout(20):
            await self.muted.wait()


@asynccontextmanager
async def room() -> AsyncGenerator[Room]:
    async with asyncio.TaskGroup() as tasks:
        here = Room(tasks)
        yield here
        here.listener.close()
        here.listener.close()


async def test_a_voice_begins_and_ends() -> None:
    async with room() as here:
        microphone = here.listener.open(FORMAT)
        assert microphone.utterance_id is None
        for sound in (SILENCE, VOICE, SILENCE):
            microphone.feed(sound)
        microphone.end()
        microphone.feed(VOICE)
        await here.silent()
        assert here.told == [HandsFree(on=True), VoiceStarted(), VoiceEnded(), Muted()]
        assert here.listener.speech_ended_at <= time.monotonic() - 0.2
    # Less than half a second before the voice, and all after it.
    assert 2 * SECOND // 2 < here.recognizer.heard[0] <= 3 * SECOND // 2


async def test_with_a_button_all_is_speech_to_the_last_sample() -> None:
    async with room() as here:
        microphone = here.listener.open(VoiceFormat("converse", 16_000, 1, "mic", hands_free=False))
        assert here.told == [HandsFree(on=False), Pressed()]
        microphone.feed(SILENCE + b"\1\0")
        microphone.lost()
        await here.silent()
        assert here.told[2:] == [Muted()]
    assert here.recognizer.heard == [len(SILENCE) + 2]


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 2), (8_000, 1)])
async def test_any_rate_is_heard(rate: int, channels: int) -> None:
    async with room() as here:
        microphone = here.listener.open(VoiceFormat("converse", rate, channels, "mic", hands_free=False))
        for _ in range(50):
            microphone.feed(bytes(rate // 50 * 2 * channels))
        microphone.end()
        await here.silent()
    assert here.recognizer.heard == [SECOND]


async def test_the_newest_microphone_counts() -> None:
    async with room() as here:
        first = here.listener.open(FORMAT)
        first.feed(VOICE)
        second = here.listener.open(FORMAT)
        assert here.told == [HandsFree(on=True), Muted(), HandsFree(on=True)]
        first.feed(VOICE)
        first.end()
        second.feed(SILENCE + VOICE)
        second.end()
        here.muted.clear()
        await here.silent()
        assert here.told[3:] == [VoiceStarted(), Muted()]


async def test_of_too_much_the_oldest_is_dropped_and_counted() -> None:
    async with room() as here:
        microphone = here.listener.open(FORMAT)
        for _ in range(KEPT_S + 2):
            microphone.feed(bytes(SECOND))
        assert here.dropped == [1.0, 1.0]
        microphone.end()
        await here.silent()


async def test_a_detector_that_breaks_closes_the_microphone_alone(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(Loudness):
        def probability(self, window: Samples) -> float:
            raise RuntimeError("no model")

    async with asyncio.TaskGroup() as tasks:
        here = Room(tasks)
        ears = Ears(here.recognizer, tasks, lambda _: None, lambda _: None)
        here.listener = Listener(ears, tasks, here.tell, here.dropped.append, Broken)
        here.listener.open(FORMAT).feed(VOICE)
        await here.silent()
        assert here.told[-1] == Muted()

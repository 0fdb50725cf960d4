"""Somebody who speaks: with a synthesiser's voice, into a microphone that is open all the time."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from threading import Thread

import numpy as np

from audio.pcm import resample, to_bytes
from emulator.speech.synthesizer import Synthesizer
from tests.support.socket_client import Client

RATE = 16_000
PIECE_S = 0.032
_PIECE = round(RATE * PIECE_S) * 2


def spoken(texts: Sequence[str]) -> Mapping[str, bytes]:
    """Return each text as PCM of 16 kHz, without the silence around it."""
    said: dict[str, bytes] = {}

    async def speak() -> None:
        synthesizer = Synthesizer()
        try:
            for text in texts:
                speech = await synthesizer.speak(text)
                samples = resample(speech.pcm48, 48_000, RATE)
                loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 300)
                said[text] = to_bytes(samples[loud[0] : loud[-1] + 1])
        finally:
            await synthesizer.aclose()

    # A loop of its own: whoever calls may be on one already.
    thread = Thread(target=lambda: asyncio.run(speak()))
    thread.start()
    thread.join()
    return said


def cut(pcm: bytes, seconds: float) -> bytes:
    """Return the beginning of a sound."""
    return pcm[: round(RATE * seconds) * 2]


class Microphone:
    """Sends what is said, and silence between, in real time."""

    def __init__(self, client: Client, ref: str = "mic") -> None:
        self.client = client
        self.ref = ref
        self._waiting = bytearray()
        self._quiet = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, *, hands_free: bool = True, take: bool = False) -> None:
        await self.client.send(
            "audio.start",
            ref=self.ref,
            purpose="converse",
            sample_rate=RATE,
            channels=1,
            encoding="s16le",
            hands_free=hands_free,
            take=take,
        )
        self._task = asyncio.create_task(self._send(), name="microphone")

    async def say(self, pcm: bytes) -> None:
        """Speak; returns when all of it is sent."""
        self._quiet.clear()
        self._waiting += pcm
        await self._quiet.wait()

    def begin(self, pcm: bytes) -> None:
        """Begin to speak."""
        self._waiting += pcm

    async def stop(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def close(self) -> None:
        await self.stop()
        await self.client.send("audio.end", ref=self.ref)

    async def _send(self) -> None:
        began, number = time.monotonic(), 0
        while True:
            number += 1
            await asyncio.sleep(max(0.0, began + number * PIECE_S - time.monotonic()))
            piece = bytes(self._waiting[:_PIECE])
            del self._waiting[:_PIECE]
            if not self._waiting:
                self._quiet.set()
            await self.client.socket.send_bytes(piece.ljust(_PIECE, b"\0"))


@asynccontextmanager
async def microphone(client: Client, *, ref: str = "mic", hands_free: bool = True) -> AsyncGenerator[Microphone]:
    """Open a microphone, which falls silent at the end."""
    opened = Microphone(client, ref)
    await opened.open(hands_free=hands_free)
    try:
        yield opened
    finally:
        await opened.stop()

"""What every speech recognition is to the bridge, and the sound that it is given."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

RATE = 16_000
"""Samples a second of everything that is heard: PCM of 16 bits, little-endian, mono."""

SECOND = 2 * RATE
LONGEST_S = 60
"""Seconds of an utterance; what comes after that is not heard."""

SHORTEST_S = 0.1
"""Less sound than this holds no word, and servers refuse it."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood, without white space around it; empty when there was nothing."""

    text: str
    seconds: float
    """How much sound it came from."""


class Recognizer(Protocol):
    """Understands speech."""

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        """Return what is said in the sound, PCM as in `RATE`, once it has ended.

        `language` is a hint (ISO 639-1). `on_partial` is called with all that is understood so far, from the
        beginning, whenever there is more; a recogniser may never call it. Cancelling drops the utterance.
        Raises AsrError.
        """
        ...

    async def aclose(self) -> None:
        """Release what it holds. May be called twice."""
        ...


class Sound:
    """One utterance on its way to a recogniser: fed from the microphone, read by one `hear`.

    At most `LONGEST_S` seconds are kept; when that is full, what comes is dropped and `dropped` counts its bytes.
    """

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._room = LONGEST_S * SECOND
        self._over = False
        self._more = asyncio.Event()
        self.dropped = 0

    def feed(self, pcm: bytes) -> None:
        """Take the next piece; after `finish` it is ignored."""
        if self._over:
            return
        kept = pcm[: self._room]
        self._room -= len(kept)
        self.dropped += len(pcm) - len(kept)
        if kept:
            self._blocks.append(kept)
            self._more.set()

    def finish(self) -> None:
        """End the utterance. May be called twice."""
        self._over = True
        self._more.set()

    def __aiter__(self) -> "Sound":
        return self

    async def __anext__(self) -> bytes:
        while not self._blocks:
            if self._over:
                raise StopAsyncIteration
            self._more.clear()
            await self._more.wait()
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)


def to_wav(pcm: bytes) -> bytes:
    """Return a WAV file of PCM as in `RATE`; half a sample at its end is dropped."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(pcm[: len(pcm) // 2 * 2])
    return file.getvalue()

"""A microphone that is open on a page of a story: what somebody says, and silence between."""

import asyncio

from audio.pcm import resample, to_bytes
from tests.support.story.page import Page
from tests.support.story.world import spoken

RATE = 16_000
PIECE_S = 0.032
_PIECE = round(RATE * PIECE_S) * 2


class Microphone:
    """Sends for as long as its page is there."""

    def __init__(self, page: Page, ref: str) -> None:
        self._page = page
        self._ref = ref
        self._waiting = bytearray()
        self._sending: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        return self._sending is not None and not self._sending.done()

    async def open(self, *, hands_free: bool) -> None:
        """Take the floor and begin to send."""
        form = {"purpose": "converse", "sample_rate": RATE, "channels": 1, "encoding": "s16le"}
        await self._page.send("audio.start", ref=self._ref, **form, hands_free=hands_free, take=True)
        self._sending = asyncio.create_task(self._send(), name=f"microphone-{self._ref}")

    def say(self, text: str) -> None:
        """Speak; it is heard piece by piece from now on."""
        self._waiting += to_bytes(resample(spoken(text).pcm48, 48_000, RATE))

    async def close(self) -> None:
        """Give the floor back."""
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.cancel()
            await asyncio.wait([sending])
            if not sending.cancelled():
                sending.result()
            if self._page.is_there:
                await self._page.send("audio.end", ref=self._ref)

    async def _send(self) -> None:
        line = self._page.line
        while self._page.line is line and await self._page.send_sound(
            bytes(self._waiting[:_PIECE]).ljust(_PIECE, b"\0")
        ):
            del self._waiting[:_PIECE]
            await asyncio.sleep(PIECE_S)

"""A microphone of this machine, as pieces of sound in an event loop (the extra `mic`)."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Self

from audio.devices import Device, NoMicrophone, chosen
from audio.pcm import PcmFormat

WAITING = 50
"""Pieces that may wait to be taken, a second of sound; of more the oldest is dropped."""
GONE_S = 3.0
"""A microphone that gives nothing for so long is gone: not every driver tells."""


class Microphone:
    """The pieces of an open microphone, `s16le` of `form`, as they are recorded; `lost` counts those that were not."""

    def __init__(self, form: PcmFormat, gone_s: float = GONE_S) -> None:
        self.form = form
        self.lost = 0
        self._gone_s = gone_s
        self._loop = asyncio.get_running_loop()
        self._pieces: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._gone = False

    def take(self, piece: bytes, overflown: bool) -> None:
        """Take the next piece, in a thread."""
        with suppress(RuntimeError):  # the loop has ended, and nobody listens
            self._loop.call_soon_threadsafe(self._add, piece, overflown)

    def finish(self) -> None:
        """Take note that nothing more comes, in a thread."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Return the next piece. Raises NoMicrophone when there will be none."""
        while not self._pieces:
            if self._gone:
                raise NoMicrophone("the microphone is gone")
            self._news.clear()
            try:
                async with asyncio.timeout(self._gone_s):
                    await self._news.wait()
            except TimeoutError:
                self._gone = True
        return self._pieces.popleft()

    def _add(self, piece: bytes, overflown: bool) -> None:
        self._pieces.append(piece)
        self.lost += overflown
        if len(self._pieces) > WAITING:
            self._pieces.popleft()
            self.lost += 1
        self._news.set()

    def _end(self) -> None:
        self._gone = True
        self._news.set()


def microphones() -> Sequence[Device]:
    """Return the microphones of this machine. Raises NoMicrophone."""
    with _explained():
        from audio.portaudio import devices  # noqa: PLC0415 - needs an extra

        return devices()


@asynccontextmanager
async def open_microphone(wanted: str | None = None) -> AsyncGenerator[Microphone]:
    """Record from the device that `wanted` means, or from the machine's own choice. Raises NoMicrophone."""
    with _explained():
        from audio.portaudio import Recording  # noqa: PLC0415 - needs an extra
    device = chosen(wanted, microphones())
    recording = await asyncio.to_thread(Recording, device)
    microphone = Microphone(recording.form)
    try:
        await asyncio.to_thread(recording.start, microphone.take, microphone.finish)
        yield microphone
    finally:
        await asyncio.to_thread(recording.stop)


@contextmanager
def _explained() -> Generator[None]:
    """Say what is missing where PortAudio is."""
    try:
        yield
    except ImportError:
        raise NoMicrophone("the microphone needs the extra mic: pip install 'avatar-bridge[mic]'") from None
    except OSError:
        raise NoMicrophone(
            "the microphone needs the library PortAudio; on Debian and Ubuntu: sudo apt-get install libportaudio2"
        ) from None

"""Where the sound of `relay` comes from: a microphone, a pipe, a stream; all of it becomes the house format."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Protocol

from audio.addresses import Network
from audio.convert import PcmConverter
from audio.devices import NoMicrophone
from audio.errors import AddressRefused, AudioError
from audio.live import open_live
from audio.microphone import open_microphone
from audio.pcm import PcmFormat, Samples, to_bytes
from audio.steady import Steady
from audio.streaming import decode_async
from bridge.cli.play_source import NotPlayed, opened
from bridge.errors import BridgeError
from bridge.talk.voice_errors import of_audio

PIECE = 640
"""Samples of what is held to the pace of a voice that are let through at once, 40 ms."""
SCHEMES = ("rtmp://", "rtsp://", "http://", "https://")


class SourceGone(BridgeError):
    """The source gives no sound, or none any more; `for_good` says that trying again is no use."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


class RelaySource(Protocol):
    """Something that can be opened again and again; what it gives is as old as it has to be."""

    comes_back: bool
    """Whether its end is not for good: somebody may plug it in, or begin to send again."""

    def pieces(self) -> AsyncGenerator[bytes]:
        """Open it and yield its sound, in the house format, no faster than it is spoken. Raises SourceGone."""
        ...


class MicrophoneSource:
    """The microphone that `device` means."""

    comes_back = True

    def __init__(self, device: str | None) -> None:
        self._device = device

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield what is recorded. Raises SourceGone."""
        try:
            async with open_microphone(self._device) as microphone:
                converter = PcmConverter(microphone.form)
                async for piece in microphone:
                    if pcm := converter.push(piece):
                        yield pcm
        except NoMicrophone as error:
            raise SourceGone(str(error)) from None


class PipeSource:
    """Standard input: any container, or with `raw` 16-bit mono PCM of so many Hz without a head."""

    comes_back = False

    def __init__(self, raw: int | None) -> None:
        self._raw = None if raw is None else PcmFormat(raw)

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield its sound. Raises SourceGone."""
        try:
            async with opened("-", None, ()) as source, decode_async(source.pieces(), raw=self._raw) as blocks:
                async for pcm in in_time(blocks):
                    yield pcm
        except NotPlayed as error:
            raise SourceGone(error.message, for_good=True) from None
        except AudioError as error:
            raise _gone(error) from None


class StreamSource:
    """A stream at an address: what RTMP and RTSP send is live, what HTTP brings is held to the pace of a voice."""

    def __init__(self, address: str, allow: Sequence[Network], *, trust: bool) -> None:
        self.comes_back = not address.startswith("http")
        self._address = address
        self._allow = allow
        self._trust = trust

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Yield its sound. Raises SourceGone."""
        try:
            async with await open_live(self._address, allow=self._allow, unguarded=self._trust) as blocks:
                if self.comes_back:
                    async for block in blocks:
                        yield to_bytes(block)
                else:
                    async for pcm in in_time(blocks):
                        yield pcm
        except AudioError as error:
            raise _gone(error) from None


def source_of(
    place: str | None, *, device: str | None, raw: int | None, allow: Sequence[Network], trust: bool
) -> RelaySource:
    """Return what `place` means, None for a microphone. Raises SourceGone."""
    if place is None:
        return MicrophoneSource(device)
    if place == "-":
        return PipeSource(raw)
    if not place.startswith(SCHEMES):
        raise SourceGone(
            f"{place} is no stream; relay takes rtmp, rtsp, http and https addresses, or -. Files: avatar-bridge play"
        )
    if place.startswith("rtsp:") and not trust:
        raise SourceGone("an RTSP server may lead anywhere, which cannot be checked; --trust opens it all the same")
    return StreamSource(place, allow, trust=trust)


async def in_time(blocks: AsyncIterator[Samples]) -> AsyncGenerator[bytes]:
    """Yield `blocks` in short pieces, no faster than they are spoken."""
    steady = Steady()
    async for block in blocks:
        for start in range(0, block.size, PIECE):
            piece = block[start : start + PIECE]
            await asyncio.sleep(steady.hold(piece.size, time.monotonic()))
            yield to_bytes(piece)


def _gone(error: AudioError) -> SourceGone:
    ours = of_audio(error)
    return SourceGone(f"{ours.message} ({ours.code})", for_good=isinstance(error, AddressRefused))

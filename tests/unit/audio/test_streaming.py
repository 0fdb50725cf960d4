import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from audio.decode import BLOCK, Decoder
from audio.errors import NotAudio
from audio.pcm import PcmFormat
from audio.streaming import AsyncDecoder, decode_async
from tests.unit.audio.files import by_ffmpeg
from tests.unit.audio.signals import tone


@pytest.fixture(scope="module")
def mp3() -> bytes:
    return by_ffmpeg("mp3", tone(440, 44_100, 6))


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    gc.collect()
    for thread in threading.enumerate():
        if thread.name.startswith("audio-decode"):
            thread.join(2)
            assert not thread.is_alive()


class Body:
    """A body that arrives in pieces, and says how much of it was taken and whether it was asked after its end."""

    def __init__(self, data: bytes, size: int = 2_000, ending: Exception | None = None) -> None:
        self.taken = 0
        self.pieces = [data[start : start + size] for start in range(0, len(data), size)]
        self._ending = ending

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        await asyncio.sleep(0)
        if self.taken == len(self.pieces):
            raise self._ending or StopAsyncIteration
        self.taken += 1
        return self.pieces[self.taken - 1]


class Stuck:
    """Gives a beginning and then nothing for ever."""

    def __init__(self, data: bytes) -> None:
        self.waiting = asyncio.Event()
        self.cancelled = False
        self._pieces = [data]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._pieces:
            return self._pieces.pop()
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        raise AssertionError


async def test_an_arriving_body_gives_what_the_file_gives(mp3: bytes, tmp_path: Path):
    path = tmp_path / "sound.mp3"
    path.write_bytes(mp3)
    async with decode_async(path) as decoder:
        from_file = np.concatenate([block async for block in decoder])
    async with decode_async(Body(mp3)) as arriving:
        from_body = np.concatenate([block async for block in arriving])
        with pytest.raises(StopAsyncIteration):
            await anext(arriving)
    assert from_file.size == decoder.blocks.samples == 6 * 16_000
    assert not decoder.blocks.truncated
    assert abs(from_body.size - from_file.size) < 400
    body = Body(b"\1\0" * 9_000)
    body.pieces[1:1] = [b"", b""]
    async with decode_async(body, raw=PcmFormat()) as plain:
        assert sum([block.size async for block in plain]) == 9_000


async def test_who_does_not_ask_holds_the_body_back(mp3: bytes):
    body = Body(mp3)
    async with decode_async(body) as decoder:
        assert (await anext(decoder)).size >= BLOCK
        taken = body.taken
        for _ in range(200):
            await asyncio.sleep(0)
        assert body.taken == taken < len(body.pieces) / 2


async def test_closing_ends_a_thread_that_waits_for_a_body(mp3: bytes):
    body = Stuck(mp3[:40_000])
    decoder = decode_async(body)

    async def listen() -> None:
        async with decoder:
            async for _ in decoder:
                pass

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        listener = tasks.create_task(listen(), name="listener")
        await body.waiting.wait()
        listener.cancel()
    assert listener.cancelled()
    assert body.cancelled
    await decoder.aclose()
    await decoder.aclose()


async def test_a_body_that_breaks_off_gives_what_came_and_then_its_error(mp3: bytes):
    sizes: list[int] = []

    async def listen(decoder: AsyncDecoder[Decoder]) -> None:
        async for block in decoder:
            sizes.append(block.size)  # noqa: PERF401 - what came before the error is wanted

    async with decode_async(Body(mp3[:40_000], ending=ConnectionResetError("gone"))) as decoder:
        with pytest.raises(ConnectionResetError, match="gone"):
            await listen(decoder)
    assert sum(sizes) > 16_000


async def test_errors_arrive_in_the_task_that_asks():
    with pytest.raises(NotAudio):
        async with decode_async(Body(b"no sound at all" * 1_000)) as decoder:
            await anext(decoder)


async def test_a_decoder_that_was_never_asked_leaves_nothing(mp3: bytes):
    body = Body(mp3)
    decoder = AsyncDecoder(Decoder(Path("/nowhere/at/all")))
    await decoder.aclose()
    async with decode_async(body):
        pass
    assert body.taken == 0


async def test_many_at_once(mp3: bytes):
    async def size() -> int:
        async with decode_async(Body(mp3)) as decoder:
            return sum([block.size async for block in decoder])

    sizes = await asyncio.gather(*(size() for _ in range(12)))
    assert len(set(sizes)) == 1

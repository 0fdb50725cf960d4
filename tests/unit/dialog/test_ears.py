import asyncio
import io
import wave

import pytest

from dialog.ears import LONGEST_S, SECOND, Sound, to_wav


async def test_sound_comes_out_as_it_went_in():
    sound = Sound()
    sound.feed(b"ab")
    sound.feed(b"")
    sound.feed(b"cd")
    assert await anext(sound) == b"abcd"
    waiting = asyncio.ensure_future(anext(sound))
    await asyncio.sleep(0)
    sound.feed(b"ef")
    assert await waiting == b"ef"
    sound.feed(b"gh")
    sound.finish()
    sound.finish()
    sound.feed(b"late")
    assert [block async for block in sound] == [b"gh"]
    with pytest.raises(StopAsyncIteration):
        await anext(sound)


async def test_a_cancelled_reader_loses_nothing():
    sound = Sound()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await anext(sound)
    sound.feed(b"ab")
    assert await anext(sound) == b"ab"


async def test_a_minute_is_kept_and_the_rest_is_counted():
    sound = Sound()
    for _ in range(LONGEST_S):
        sound.feed(bytes(SECOND))
    sound.feed(b"ab")
    assert sound.dropped == 2
    assert len(await anext(sound)) == LONGEST_S * SECOND
    sound.feed(b"cd")
    assert sound.dropped == 4


def test_a_wav_file_holds_whole_samples():
    with wave.open(io.BytesIO(to_wav(b"abcde"))) as reader:
        assert reader.getparams()[:4] == (1, 2, 16_000, 2)
        assert reader.readframes(9) == b"abcd"

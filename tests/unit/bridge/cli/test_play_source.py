"""Where the sound of `play` comes from."""

import ipaddress
from pathlib import Path

import numpy as np
import pytest

from bridge.cli.play_source import Length, NotPlayed, opened, wave_head
from tests.unit.audio.files import written

HEAD_16K = (
    b"RIFF\xff\xff\xff\xffWAVE"
    b"fmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00"
    b"data\xff\xff\xff\xff"
)


def test_the_head_of_plain_pcm() -> None:
    assert wave_head(16_000) == HEAD_16K


async def test_a_file_comes_as_it_is_and_pcm_gets_a_head(tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.write_bytes(b"\1\0" * 100_000)
    async with opened(str(path), None, ()) as source:
        pieces = [piece async for piece in source.pieces()]
    assert b"".join(pieces) == path.read_bytes()
    assert len(pieces) > 1
    async with opened(str(path), 16_000, ()) as source:
        assert b"".join([piece async for piece in source.pieces()]) == HEAD_16K + path.read_bytes()


async def test_what_cannot_be_had(tmp_path: Path) -> None:
    with pytest.raises(NotPlayed, match="cannot be read"):
        async with opened(str(tmp_path / "nothing"), None, ()):
            pass
    with pytest.raises(NotPlayed, match="audio_address_refused"):
        async with opened("http://10.1.2.3/a.mp3", None, [ipaddress.ip_network("10.9.0.0/16")]):
            pass
    with pytest.raises(NotPlayed, match="Is a directory"):
        async with opened(str(tmp_path), None, ()):
            pass


async def test_how_long_a_file_is(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(written(np.zeros(44_100, np.int16), 44_100))
    assert await Length(path).find() == pytest.approx(1.0)
    path.write_text("this is no sound")
    assert await Length(path).find() is None

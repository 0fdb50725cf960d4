import io
from pathlib import Path

import pytest

from audio.errors import AudioTooLarge
from audio.source import Source
from tests.unit.audio.test_decode import Pipe

INDEX_AT_THE_END = b"\0\0\0\x10ftypM4A \0\0\0\0" + b"\0\0\0\x0cmdat1234" + b"\0\0\0\x08moov"
INDEX_FIRST = b"\0\0\0\x10ftypM4A \0\0\0\0" + b"\0\0\0\x08moov" + b"\0\0\0\x0cmdat1234"


def drained(source: Source) -> bytes:
    return b"".join(iter(lambda: source.read(7), b""))


@pytest.mark.parametrize("data", [b"", b"short", bytes(range(200)), INDEX_FIRST, INDEX_AT_THE_END])
@pytest.mark.parametrize("most", [1, 5, 1_000])
def test_every_byte_comes_once_and_is_counted(data: bytes, most: int):
    source = Source(Pipe(data, most))
    assert source.head == data[:12]
    assert drained(source) == data
    assert source.bytes_seen == len(data)
    source.close()
    source.close()
    seekable = Source(io.BytesIO(data))
    assert seekable.bytes_seen == len(data)
    assert drained(seekable) == data


def test_only_what_cannot_be_read_in_order_is_written_to_a_file():
    assert not Source(Pipe(INDEX_FIRST)).seekable()
    spooled = Source(Pipe(INDEX_AT_THE_END))
    assert spooled.seekable()
    assert spooled.seek(4) == 4
    assert spooled.read(4) == b"ftyp"
    assert spooled.tell() == 8
    spooled.close()
    with pytest.raises(AudioTooLarge):
        Source(Pipe(INDEX_AT_THE_END), spool_bytes=10)


def test_a_path_is_closed_and_a_reader_stays_open(tmp_path: Path):
    path = tmp_path / "sound"
    path.write_bytes(b"0123")
    source = Source(path)
    assert source.read(4) == b"0123"
    source.close()
    assert source.read(1) == b""
    assert "closed" in str(source.error)
    reader = io.BytesIO(b"0123")
    Source(reader).close()
    assert not reader.closed


class FailsOnce:
    def __init__(self) -> None:
        self.reads = 0

    def read(self, size: int) -> bytes:
        self.reads += 1
        if self.reads == 2:
            raise ConnectionError
        return b"0123456789abcdef"[:size]


def test_after_a_failure_nothing_more_is_read():
    reader = FailsOnce()
    source = Source(reader)
    assert drained(source) == b"0123456789abcdef"
    assert source.read(1) == b""
    assert reader.reads == 2


def test_a_failure_is_an_end_whose_reason_is_kept():
    failure = ConnectionError("gone")
    source = Source(Pipe(b"0123", failure=failure))
    assert drained(source) == b"0123"
    assert source.error is failure
    assert source.read(1) == b""

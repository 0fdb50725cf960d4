from hypothesis import given
from hypothesis import strategies as st

from audio.chunker import FRAME_BYTES, Chunker


@given(st.binary(max_size=400), st.lists(st.integers(0, 70), min_size=1, max_size=60))
def test_frames_of_one_size_whatever_the_pieces(pcm: bytes, cuts: list[int]):
    chunker = Chunker(32)
    frames: list[bytes] = []
    rest = pcm
    for cut in cuts:
        frames += chunker.push(rest[:cut])
        rest = rest[cut:]
        assert chunker.held < 32
    frames += chunker.push(rest)
    assert all(len(frame) == 32 for frame in frames)
    last = chunker.flush()
    assert len(last) < 32
    assert b"".join(frames) + last == pcm[: len(pcm) - len(pcm) % 2]
    assert chunker.flush() == b""


def test_the_cloud_s_frame_is_160_ms_of_16_khz():
    chunker = Chunker()
    assert FRAME_BYTES == 16_000 * 2 * 160 // 1000
    assert [len(frame) for frame in chunker.push(bytes(5120 * 3 + 7))] == [5120] * 3
    assert len(chunker.flush()) == 6


def test_a_piece_of_just_one_frame_is_not_copied():
    piece = bytes(FRAME_BYTES)
    assert Chunker().push(piece)[0] is piece


def test_a_piece_of_the_size_of_a_frame_waits_for_its_turn():
    chunker = Chunker(4)
    assert chunker.push(b"ab") == []
    assert chunker.push(b"cdef") == [b"abcd"]
    assert chunker.flush() == b"ef"

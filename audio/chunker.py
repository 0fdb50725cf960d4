"""Cuts PCM into frames of the size that the cloud wants. Pure."""

from audio.pcm import SAMPLE_BYTES

FRAME_BYTES = 5_120
"""160 ms of the house format (manual, Voice-driven Instructions, note 1)."""


class Chunker:
    """Takes bytes in pieces of any size and gives frames of exactly `frame_bytes`; only the last one is shorter."""

    def __init__(self, frame_bytes: int = FRAME_BYTES) -> None:
        """Cut frames of `frame_bytes`, a whole number of samples."""
        self._frame_bytes = frame_bytes
        self._rest = bytearray()

    @property
    def held(self) -> int:
        """The bytes that wait for the rest of their frame; less than a frame."""
        return len(self._rest)

    def push(self, piece: bytes) -> list[bytes]:
        """Return the frames that `piece` completes."""
        if not self._rest and len(piece) == self._frame_bytes:
            return [piece]
        self._rest += piece
        return cut(self._rest, self._frame_bytes)

    def flush(self) -> bytes:
        """Return what is left, an even number of bytes, maybe none; half a sample at the very end is let go."""
        return cut_last(self._rest)


def cut(rest: bytearray, size: int) -> list[bytes]:
    """Take the whole frames of `size` bytes off the beginning of `rest`."""
    if len(rest) == size:
        frame = bytes(rest)
        rest.clear()
        return [frame]
    whole = len(rest) - len(rest) % size
    frames = [bytes(rest[start : start + size]) for start in range(0, whole, size)]
    del rest[:whole]
    return frames


def cut_last(rest: bytearray) -> bytes:
    """Take all of `rest`, but for half a sample."""
    left = bytes(rest[: len(rest) - len(rest) % SAMPLE_BYTES])
    rest.clear()
    return left

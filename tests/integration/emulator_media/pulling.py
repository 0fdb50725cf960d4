"""Pulls a stream from an RTMP server, as its viewers do."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]


@dataclass
class Pulled:
    """What has come, with the stream's own times in seconds."""

    codecs: set[str] = field(default_factory=set[str])
    seen: list[tuple[float, Samples]] = field(default_factory=list[tuple[float, Samples]])
    """The brightness of each picture."""
    heard: list[tuple[float, Samples]] = field(default_factory=list[tuple[float, Samples]])
    ended: bool = False


@asynccontextmanager
async def pulling(url: str) -> AsyncGenerator[Pulled]:
    """Pull from `url` in a thread until the stream or the block ends."""
    pulled, stop = Pulled(), threading.Event()
    thread = asyncio.create_task(asyncio.to_thread(_pull, url, pulled, stop))
    try:
        yield pulled
    finally:
        stop.set()
        await thread


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true, for fifteen seconds at most."""
    for _ in range(750):
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


def _pull(url: str, pulled: Pulled, stop: threading.Event) -> None:
    try:
        while not stop.is_set() and not pulled.seen:
            _pull_once(url, pulled, stop)
    finally:
        pulled.ended = True


def _pull_once(url: str, pulled: Pulled, stop: threading.Event) -> None:
    try:
        with av.open(url, "r", options={"analyzeduration": "500000"}, timeout=3.0) as container:
            streams = (container.streams.video[0], container.streams.audio[0])
            pulled.codecs |= {stream.codec.canonical_name for stream in streams}
            for frame in container.decode(*streams):
                if stop.is_set():
                    return
                _take(pulled, frame)
    except (OSError, IndexError):  # nothing is published yet, or no more
        return


def _take(pulled: Pulled, frame: object) -> None:
    if isinstance(frame, av.VideoFrame):
        picture = np.asarray(frame.to_ndarray(format="yuv420p"), np.int16)
        pulled.seen.append((frame.time, picture[: frame.height]))
    elif isinstance(frame, av.AudioFrame):
        assert frame.time is not None
        samples = np.asarray(frame.to_ndarray()[0], np.float64) * 32_767
        pulled.heard.append((frame.time, np.clip(samples, -32_768, 32_767).astype(np.int16)))

"""Somebody who sends speech to an RTMP server, live, and a microphone of ALSA that records what is written to it."""

import asyncio
import contextlib
import fcntl
import os
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame

from tests.support.voicing import Signal, pcm, voice
from tests.unit.audio.files import Encoder, Output

AAC_FRAME = 1024
AAC_RATE = 44_100
MIC_RATE = 44_100
"""What PortAudio takes for the usual rate of a device of ALSA's that can do all."""
ASOUND = """pcm.{name} {{
  type file
  slave.pcm "null"
  file "/dev/null"
  infile "{infile}"
  format raw
}}
"""


def _push(file: Output, signal: Signal, stop: threading.Event) -> None:
    stream: Encoder = file.add_stream("aac", AAC_RATE, layout="mono")
    began = time.monotonic()
    for start in range(0, signal.size - AAC_FRAME, AAC_FRAME):
        frame = AudioFrame.from_ndarray(signal[None, start : start + AAC_FRAME].astype(np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = AAC_RATE, start
        file.mux(stream.encode(frame))
        if stop.wait(max(0.0, began + start / AAC_RATE - time.monotonic())):
            break


@asynccontextmanager
async def broadcast(address: str, signal: Signal) -> AsyncGenerator[None]:
    """Send `signal`, of 44.1 kHz, while the context is open, and no faster than it is spoken."""
    stop = threading.Event()

    def push() -> None:
        # A server that goes away ends it, too.
        with contextlib.suppress(OSError), av.open(address, "w", format="flv") as file:
            _push(file, signal, stop)

    pushing = asyncio.create_task(asyncio.to_thread(push), name="broadcast")
    try:
        yield
    finally:
        stop.set()
        await pushing


@contextmanager
def microphone(home: Path, name: str, seconds: float) -> Generator[None]:
    """Let `name` be the microphone of whoever has the home folder `home`; it hears a voice for `seconds`, then silence.

    ALSA's `file` device reads from a pipe, and so the one who writes sets the pace, in pieces of 20 ms.
    """
    infile = home / "microphone"
    os.mkfifo(infile)
    (home / ".asoundrc").write_text(ASOUND.format(name=name, infile=infile))
    sound, stop = pcm(voice(seconds, MIC_RATE)), threading.Event()
    piece = MIC_RATE // 50 * 2
    pipe = os.open(infile, os.O_RDWR)  # never without a reader, nor without a writer
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)

    def speak() -> None:
        due, at = time.monotonic(), 0
        with contextlib.suppress(BlockingIOError):
            while not stop.wait(max(0.0, due - time.monotonic())):
                os.write(pipe, sound[at : at + piece].ljust(piece, b"\0"))  # waits while nobody records
                due, at = max(due, time.monotonic() - piece / MIC_RATE / 2) + piece / MIC_RATE / 2, at + piece

    thread = threading.Thread(target=speak, name="microphone")
    try:
        yield thread.start()
    finally:
        stop.set()
        while thread.is_alive():
            os.set_blocking(pipe, False)
            with contextlib.suppress(BlockingIOError):
                os.read(pipe, 65_536)
            thread.join(0.02)
        os.close(pipe)

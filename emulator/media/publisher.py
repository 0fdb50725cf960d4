"""The process that pushes one stream: encoding and a server that hangs block nobody but itself.

It ends when standard input does, when the connection breaks, and when either is stuck. It writes no address anywhere.
"""

import signal
import sys
from collections.abc import Callable
from typing import BinaryIO, Final

import av.logging
import msgspec
import numpy as np

from emulator.media.feed import HEAD, LIVE, NOT_ALLOWED, PushOrder
from emulator.media.flv import FlvWriter
from emulator.media.nearby import leads_nearby

STUCK_SECONDS: Final = 15
"""Without any progress for so long the process is ended: its owner may be gone and the server hang."""


def push(feed: BinaryIO, told: BinaryIO, alive: Callable[[], object]) -> None:
    """Push what `feed` brings until it ends, and tell when the connection stands; raises OSError when it breaks.

    Each step forward begins with a call of `alive`.
    """
    alive()
    order = msgspec.json.decode(feed.readline(), type=PushOrder)
    if not order.anywhere and not leads_nearby(order.url):
        told.write(NOT_ALLOWED)
        return
    writer = FlvWriter(order.url, order.width, order.height)
    told.write(LIVE)
    told.flush()
    size, shape = order.width * order.height * 3 // 2, (order.height * 3 // 2, order.width)
    while len(head := feed.read(HEAD.size)) == HEAD.size:
        number, samples = HEAD.unpack(head)
        body = feed.read(size + 2 * samples)
        if len(body) < size + 2 * samples:
            break
        picture = np.frombuffer(body, np.uint8, size).reshape(shape)
        alive()
        writer.write(number, picture, np.frombuffer(body, np.int16, samples, size))
    writer.close()


def main() -> None:
    """Push, and name what went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end of the input is the sign to end
    av.logging.set_level(None)
    try:
        push(sys.stdin.buffer, sys.stdout.buffer, lambda: signal.alarm(STUCK_SECONDS))
    except (OSError, ValueError) as error:  # its text may hold the address
        sys.stdout.buffer.write(f"{type(error).__name__}\n".encode())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

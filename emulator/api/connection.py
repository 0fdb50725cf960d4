"""What faults do to a TCP connection."""

import asyncio

from aiohttp import web

_LOOK_SECONDS = 0.5
_LOOKS = 7200


def abort(request: web.Request) -> None:
    """Cut the TCP connection of `request` without a word."""
    if request.transport is not None:
        request.transport.abort()


async def ignore(request: web.Request) -> None:
    """Leave `request` without an answer until its client gives up, an hour at most; then cut the connection."""
    for _ in range(_LOOKS):
        if request.transport is None or request.transport.is_closing():
            break
        await asyncio.sleep(_LOOK_SECONDS)
    abort(request)

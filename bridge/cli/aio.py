"""Runs a command's coroutine, on uvloop where there is one."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

try:
    from uvloop import new_event_loop
except ImportError:  # not made for this platform
    from asyncio import new_event_loop

T = TypeVar("T")


def run(main: Coroutine[None, None, T]) -> T:
    """Run `main` to its end; Ctrl-C cancels it and raises KeyboardInterrupt once it has cleaned up."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)

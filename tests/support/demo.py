"""The real demo as its user starts it: a child process, watched until it prints its address."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 90.0
STOP_S = 30.0


@dataclass(frozen=True)
class Demo:
    """Where a running demo listens, and its process."""

    url: str
    emulator_url: str
    process: asyncio.subprocess.Process


@asynccontextmanager
async def running_demo(state_dir: Path, **variables: str) -> AsyncGenerator[Demo]:
    """Run `avatar-bridge demo` on free ports until the context is left; then it must end cleanly."""
    environment = {**os.environ, "AVATAR_BRIDGE_SERVER__STATE_DIR": str(state_dir), **variables}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", "demo", "--port", "0", "--no-open"),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        async with asyncio.timeout(START_S):
            url = await _line_with(process, r"talk to it: +(http://[^ ]+)/kiosk")
            emulator_url = await _line_with(process, r"emulated cloud behind it: +(http://[^ ]+)")
        yield Demo(url, emulator_url, process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_S):
            await process.communicate()
    assert process.returncode == 0


async def _line_with(process: asyncio.subprocess.Process, pattern: str) -> str:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        if found := re.search(pattern, line.decode().strip()):
            return found.group(1)
    raise AssertionError(f"the demo ended before it printed {pattern}")

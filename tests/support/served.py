"""A whole server with the plain cloud behind it as a process of its own: `python -m tests.support.served STATE_DIR`.

Prints its address when it is ready and ends when its input ends.
"""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

from bridge.gateway.app import run
from bridge.settings import Settings
from tests.support.plain_cloud import ACCESSTOKEN, APPKEY, PROJECT, plain_cloud

SESSION_S = 1.0
"""After this long every session closes, and so do its event streams."""


@contextlib.contextmanager
def served(state_dir: Path) -> Generator[str]:
    """Run one and yield its address."""
    command = [sys.executable, "-m", "tests.support.served", str(state_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
        assert process.wait(30) == 0


def tell(address: str) -> None:
    """Say where the server is."""
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


async def serve(state_dir: Path) -> None:
    """Serve until the input ends."""
    stop = asyncio.Event()
    async with plain_cloud() as cloud, asyncio.TaskGroup() as group:
        settings = Settings.model_validate(
            {
                "server": {"port": 0, "state_dir": state_dir, "max_sessions": 10_000},
                "cloud": {"base_url": cloud.url, "appkey": APPKEY, "accesstoken": ACCESSTOKEN, "project_id": PROJECT},
                "session": {"max_s": SESSION_S},
            }
        )
        group.create_task(run(settings, ready=tell, stop=stop))
        await asyncio.to_thread(sys.stdin.read)
        stop.set()


if __name__ == "__main__":
    from bridge.telemetry import logs

    logs.configure("warning", json=True)
    asyncio.run(serve(Path(sys.argv[1])))

"""The emulator as a program of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
READY = "emulator listening on "


@contextmanager
def emulator(*options: str, log: IO[str] | None = None) -> Generator[str]:
    """Run an emulator and give its address; `log` gets what it writes to standard error."""
    command = [sys.executable, "-m", "emulator", "--port", "0", "--transition", "immediate", "--exit-with-stdin"]
    command += options
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=log, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), line
        yield line.removeprefix(READY).strip()
        process.terminate()
        assert process.wait(10) == 0

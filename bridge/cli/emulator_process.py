"""The emulated cloud as a child process; together with `emulate` the only place that knows of it."""

import asyncio
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bridge.cli import extras
from bridge.errors import SettingsError

COMMAND = (sys.executable, "-P", "-m", "emulator")
"""`-P`: a folder named `emulator` in the working directory is not ours."""
LISTENING = re.compile(rb"emulator listening on http://127\.0\.0\.1:(\d+)")
MAX_LINE = 1 << 20
START_S = 60.0
STOP_S = 5.0
MAX_BACKOFF_S = 30.0


def require_demo_extra() -> None:
    """Raise SettingsError with the line that installs the extra, if it is not there."""
    if missing := extras.missing("demo"):
        raise SettingsError(
            f"the emulated cloud needs the extra demo ({', '.join(missing)} missing): {extras.install_line('demo')}"
        )


class EmulatorProcess:
    """Keeps an emulator running while the context is open; its port stays the same after a restart.

    Entering raises SettingsError if it does not start. `notify` gets a line for people when it stopped and when it is
    back. Its input is a pipe of ours, so it ends with this process however that ends; it has a session of its own, so
    that Ctrl-C leaves it running until our sessions are closed.
    """

    def __init__(self, port: int, notify: Callable[[str], None]) -> None:
        self._notify = notify
        self._child = _Child(port)
        self._keeper: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The emulator's origin."""
        return f"http://127.0.0.1:{self._child.port}"

    async def __aenter__(self) -> Self:
        await self._child.start()
        self._keeper = asyncio.create_task(self._keep(), name="emulator-keeper")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        await self._child.stop()

    async def _keep(self) -> None:
        backoff_s = 1.0
        while True:
            if self._child.is_running:
                await self._child.exited()
                backoff_s = 1.0
            self._notify(f"the emulator stopped ({self._child.reason}); it starts again in {backoff_s:.0f} s")
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)
            try:
                await self._child.start()
            except SettingsError:
                continue
            self._notify("the emulator is back")


class _Child:
    """One emulator process after the other, all on the same port (0: the first one chooses)."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process: Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._last_words: deque[str] = deque(maxlen=1)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def reason(self) -> str:
        """Why it stopped: its exit code and the last line of its log."""
        code = None if self._process is None else self._process.returncode
        return ": ".join([f"exit code {code}", *self._last_words])

    async def start(self) -> None:
        """Start it and return when it listens; raises SettingsError."""
        self._last_words.clear()
        process = self._process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *("--port", str(self.port), "--exit-with-stdin"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=MAX_LINE,
            start_new_session=True,
        )
        listening = asyncio.Event()
        output = asyncio.create_task(self._read_output(process, listening), name="emulator-output")
        self._readers = [output, asyncio.create_task(self._read_log(process), name="emulator-log")]
        started = asyncio.create_task(listening.wait(), name="emulator-start")
        try:
            await asyncio.wait([started, output], timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            started.cancel()
            if not listening.is_set():
                await self.stop()
        if not listening.is_set():
            raise SettingsError(f"the emulator did not start ({self.reason})")

    async def exited(self) -> None:
        """Wait until it has ended and all that it wrote is read."""
        if self._process is not None:
            await asyncio.wait(self._readers)
            await self._process.wait()

    async def stop(self) -> None:
        """Let it end by closing its input; kill it if it takes longer than five seconds."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_S):
                await self.exited()
        except TimeoutError:
            self._process.kill()
            await self.exited()

    async def _read_output(self, process: Process, listening: asyncio.Event) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            if found := LISTENING.search(line):
                self.port = int(found[1])
                listening.set()

    async def _read_log(self, process: Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            if text := line.decode("utf-8", "replace").strip():
                self._last_words.append(text)

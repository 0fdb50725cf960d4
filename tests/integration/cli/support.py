"""Real commands and a real emulator, each a process of its own."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec

LIMIT_S = 60
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)")
ACCOUNT = {
    "AVATAR_BRIDGE_CLOUD__APPKEY": "emulator",
    "AVATAR_BRIDGE_CLOUD__ACCESSTOKEN": "emulator-secret",
    "AVATAR_BRIDGE_CLOUD__PROJECT_ID": "demo",
}
SECRET = "emulator-secret"


@dataclass(frozen=True)
class Result:
    """What a command that has ended left behind."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """The lines on stderr that the command prints for people."""
        return [line for line in self.err.splitlines() if line.startswith("avatar-bridge: ")]


@dataclass
class Running:
    """A command that runs; `address` is the first that it told, `lines` all that it wrote so far."""

    process: Process
    lines: list[str] = field(default_factory=list[str])
    told: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def address(self) -> str:
        return next(found[1] for line in self.lines if (found := ADDRESS.search(line)))

    async def line(self, pattern: str, count: int = 1) -> str:
        """Return the `count`th line that matches, once it is there."""

        def found() -> list[str]:
            return [line for line in self.lines if re.search(pattern, line)]

        async with asyncio.timeout(LIMIT_S), self.told:
            await self.told.wait_for(lambda: len(found()) >= count or self.process.returncode is not None)
        assert len(found()) >= count, "\n".join(self.lines)
        return found()[count - 1]

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        async with asyncio.timeout(LIMIT_S):
            return await self.process.wait()

    async def read(self, stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        async for line in stream:
            async with self.told:
                self.lines.append(line.decode().rstrip("\n"))
                self.told.notify_all()


@dataclass(frozen=True)
class Place:
    """Where commands run: a folder of their own, and none of the caller's settings."""

    folder: Path

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AVATAR_BRIDGE_")}
        return {**ours, "XDG_STATE_HOME": str(self.folder / "state"), "COLUMNS": "200", **more}

    async def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        stdin: str | bytes | None = None,
        by: Sequence[str] = (),
    ) -> Result:
        """Run a command to its end; `by` stands before it (for `unshare`)."""
        process = await asyncio.create_subprocess_exec(
            *(*by, sys.executable, "-m", "bridge", *arguments),
            cwd=self.folder,
            env=self.environment(env or {}),
            stdin=DEVNULL if stdin is None else PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                out, err = await process.communicate(stdin.encode() if isinstance(stdin, str) else stdin)
        except BaseException:
            process.kill()
            await process.wait()
            raise
        assert process.returncode is not None
        result = Result(process.returncode, out.decode(), err.decode())
        assert "Traceback" not in result.err, result.err
        assert SECRET not in result.out + result.err or arguments[0] == "emulate"  # it tells what its account is
        return result

    @asynccontextmanager
    async def start(
        self, *arguments: str, env: Mapping[str, str] | None = None, module: str = "bridge"
    ) -> AsyncGenerator[Running]:
        """Run a command while the context is open."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            cwd=self.folder,
            env=self.environment(env or {}),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        running = Running(process)
        try:
            async with asyncio.TaskGroup() as readers:
                readers.create_task(running.read(process.stdout))
                readers.create_task(running.read(process.stderr))
                try:
                    yield running
                finally:
                    if process.returncode is None:
                        await running.stop()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    @asynccontextmanager
    async def emulator(self, *arguments: str) -> AsyncGenerator[str]:
        """Run an emulator and give its address."""
        async with self.start("--port", "0", *arguments, module="emulator") as running:
            await running.line("listening on")
            yield running.address

    @asynccontextmanager
    async def server(self, cloud: str, env: Mapping[str, str] | None = None) -> AsyncGenerator[str]:
        """Run `serve` with the emulator's account at `cloud` and give its address."""
        settings = {**ACCOUNT, "AVATAR_BRIDGE_CLOUD__BASE_URL": cloud, **(env or {})}
        async with self.start("serve", "--port", "0", env=settings) as running:
            yield ADDRESS.findall(await running.line("avatar-bridge serves"))[0]


class Created(msgspec.Struct):
    """What `POST /v1/sessions` answers, as far as these tests need it."""

    session_id: str


async def call(method: str, url: str, body: object = None) -> bytes:
    """Call a server and return the body of its answer; raises for an error status."""
    async with aiohttp.ClientSession() as http, http.request(method, url, json=body, raise_for_status=True) as answer:
        return await answer.read()


async def new_session(url: str) -> str:
    """Create a session on a server of ours and return its id."""
    return msgspec.json.decode(await call("POST", f"{url}/v1/sessions", {}), type=Created).session_id


def children(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that still run."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it has just ended
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


async def gone(pid: int) -> None:
    """Return once there is no process `pid`; raises TimeoutError after ten seconds."""
    async with asyncio.timeout(10):
        while is_running(pid):  # noqa: ASYNC110 - nobody tells when another's child has ended
            await asyncio.sleep(0.05)


def is_running(pid: int) -> bool:
    """Return whether there is a process `pid`."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

"""The programs that are measured: each a process of its own, on a core of its own."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bridge.cli.bench.cloud import Cloud
from bridge.cli.bench.sockets import Loop
from bridge.errors import BridgeError

ADDRESS = re.compile(r"(?:^|serves )http://127\.0\.0\.1:(\d+)", re.MULTILINE)
START_S = 60.0
STOP_S = 40.0
API_KEY = "bench-operator-key"


class BenchFailed(BridgeError):
    """A program that was to be measured did not do its part, or this machine cannot measure."""


@dataclass(frozen=True, slots=True)
class Program:
    """How to start it: it prints `http://127.0.0.1:PORT` once it listens. `speaks_api`: it is this server."""

    name: str
    command: Sequence[str]
    speaks_api: bool = False
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Process:
    """One that runs."""

    pid: int
    port: int

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used, all threads and the kernel's work for it included."""
        return _cpu_s(self.pid)

    def rss_kib(self) -> float:
        """Return its resident memory."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def this_server(settings: Mapping[str, str], more: int) -> Program:
    """Return avatar-bridge as it ships, with a key, for `more` sessions and connections."""
    names = {
        "SERVER__API_KEY": API_KEY,
        "SERVER__MAX_SESSIONS": str(more),
        "SERVER__MAX_CONNECTIONS": str(2 * more + 100),
        "SERVER__MAX_CONNECTIONS_PER_ADDRESS": str(2 * more + 100),
        "CLOUD__APPKEY": "bench",
        "CLOUD__ACCESSTOKEN": "bench-secret",
        "CLOUD__PROJECT_ID": "bench",
        **settings,
    }
    environment = {f"AVATAR_BRIDGE_{name}": value for name, value in names.items()}
    # `-P`: a folder named `bridge` in the working directory is not ours.
    command = (sys.executable, "-P", "-m", "bridge", "serve", "--port", "0", "--log-json")
    return Program("avatar-bridge", command, speaks_api=True, environment=environment)


def script(name: str, *arguments: str) -> Program:
    """Return one of the programs that this one is compared with; `name` is a module of this package or a file."""
    path = Path(name)
    where = (str(path.resolve()),) if path.suffix else ("-P", "-m", f"bridge.cli.bench.{name}")
    return Program(path.stem.replace("_", " "), (sys.executable, *where, *arguments))


@dataclass(frozen=True, slots=True)
class Rig:
    """What measures: the loop with the cloud on it, a folder for what programs write, and a core for the programs."""

    loop: Loop
    cloud: Cloud
    folder: Path
    core: int | None


@contextlib.contextmanager
def running(program: Program, rig: Rig) -> Generator[Process]:
    """Run it; the loop serves what it asks for, from its start to its end. Raises BenchFailed."""
    loop, folder = rig.loop, rig.folder
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AVATAR_BRIDGE_")}
    environment = {**ours, **program.environment, "XDG_STATE_HOME": str(folder / "state")}
    log = folder / f"{program.name}.log"
    with log.open("w+") as output:
        child = subprocess.Popen(  # noqa: S603 - what the caller chose
            program.command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            if rig.core is not None:
                os.sched_setaffinity(child.pid, {rig.core})
            yield Process(child.pid, loop.beside(lambda: _port(child, program, log)))
        finally:
            child.send_signal(signal.SIGTERM)
            gone = time.monotonic() + STOP_S
            loop.run(lambda: child.poll() is not None or time.monotonic() > gone)
            child.kill()
            child.wait()


def _port(child: "subprocess.Popen[bytes]", program: Program, log: Path) -> int:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if found := ADDRESS.search(log.read_text("utf-8", "replace")):
            return int(found[1])
        if child.poll() is not None:
            break
        time.sleep(0.05)
    last = (log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]
    raise BenchFailed(f"{program.name} did not start: {last}")


def _cpu_s(pid: int) -> float:
    # The name, in brackets, may hold spaces; user and system time are the 12th and 13th number after it.
    after = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return (int(after[11]) + int(after[12])) / os.sysconf("SC_CLK_TCK")


class Machine:
    """What this machine does from now on, beside a program that is measured and the load."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._began = self._now()

    def _now(self) -> tuple[float, float, float, float]:
        user, nice, system, _, _, irq, softirq, steal, *_ = map(
            int, Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:]
        )
        busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
        return time.monotonic(), self._process.cpu_s(), time.process_time(), busy

    def since(self) -> tuple[float, float]:
        """Return the program's CPU seconds, and how many cores everybody else but the load kept busy."""
        wall, cpu, load, busy = (now - then for then, now in zip(self._began, self._now(), strict=True))
        return cpu, max(0.0, busy - cpu - load) / wall


def cores() -> tuple[int | None, int | None]:
    """Return a core for the program that is measured and one for the load; None where there is only one.

    Raises BenchFailed where cores cannot be chosen.
    """
    if sys.platform != "linux":
        raise BenchFailed("bench needs Linux: it reads /proc and gives every program a core of its own")
    free = sorted(os.sched_getaffinity(0))
    return (free[0], free[1]) if len(free) > 1 else (None, None)

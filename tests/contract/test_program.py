"""The program itself: how it starts, says so, and ends."""

import os
import select
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "emulator"]


@contextmanager
def running(*options: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    command = [*COMMAND, "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def fails(*options: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def end_of(pid: int, seconds: float = 10) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(handle):
        return bool(select.select([handle], [], [], seconds)[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_a_signal_and_takes_its_child_along(number: signal.Signals):
    with running() as (process, line):
        assert line.startswith("emulator listening on http://127.0.0.1:")
        workers = children(process.pid)
        assert workers
        process.send_signal(number)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert all(end_of(worker) for worker in workers)


def test_it_ends_with_its_standard_input_if_asked():
    with running("--exit-with-stdin") as (process, line):
        assert line
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def test_it_leaves_no_orphan_when_its_parent_is_killed():
    script = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen({COMMAND!r} + ['--port', '0', '--exit-with-stdin'], stdin=subprocess.PIPE,"
        " stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        emulator = int(parent.stdout.readline())
        workers = children(emulator)
        parent.kill()
        assert end_of(emulator)
        assert all(end_of(worker) for worker in workers)


def test_a_taken_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, message = fails("--port", str(port))
    assert status == 1
    assert message.strip().splitlines() == [f"emulator: cannot listen on 127.0.0.1:{port}: address already in use"]


def test_the_ready_file_holds_the_address_while_it_serves(tmp_path: Path):
    ready = tmp_path / "url"
    with running("--ready-file", str(ready)) as (process, line):
        url = ready.read_text().strip()
        assert line.endswith(url)
        with urllib.request.urlopen(f"{url}/_emulator/sessions", timeout=5) as response:
            assert response.read() == b"[]"
        process.terminate()
        process.wait(10)
    assert not ready.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--fault", "explode"), "unknown fault"),
        (("--transition", "soon"), "no transition"),
        (("--port", "70000"), "--port"),
    ],
)
def test_bad_options_are_named(options: tuple[str, ...], message: str):
    status, error = fails(*options)
    assert status == 2
    assert message in error


def test_help_has_an_example():
    done = subprocess.run([*COMMAND, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert "python -m emulator --port 8765" in done.stdout

"""The keeper of the emulator, with small programs in its place."""

import asyncio
import sys

import pytest

from bridge.cli import emulator_process
from bridge.cli.emulator_process import EmulatorProcess
from bridge.errors import SettingsError

LISTEN = "print('emulator listening on http://127.0.0.1:4321', flush=True);"
UNTIL_INPUT_ENDS = "import sys; sys.stdin.read()"


def program(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(emulator_process, "COMMAND", (sys.executable, "-c", text))


class Notices:
    """Collects the lines for people."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.changed = asyncio.Event()

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        self.changed.set()

    async def of(self, count: int) -> list[str]:
        async with asyncio.timeout(20):
            while len(self.lines) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.lines


async def test_it_tells_its_port_and_ends_with_its_input(monkeypatch: pytest.MonkeyPatch):
    program(monkeypatch, LISTEN + UNTIL_INPUT_ENDS)
    notices = Notices()
    async with EmulatorProcess(0, notices) as emulator:
        assert emulator.url == "http://127.0.0.1:4321"
    assert notices.lines == []


async def test_one_that_dies_at_once_is_quoted(monkeypatch: pytest.MonkeyPatch):
    program(monkeypatch, "import sys; sys.exit('first\\nno voice on this machine\\n')")
    with pytest.raises(SettingsError, match=r"did not start \(exit code 1: no voice on this machine\)"):
        await EmulatorProcess(0, Notices()).__aenter__()


async def test_one_that_never_listens_is_given_up(monkeypatch: pytest.MonkeyPatch):
    program(monkeypatch, UNTIL_INPUT_ENDS)
    monkeypatch.setattr(emulator_process, "START_S", 0.2)
    with pytest.raises(SettingsError, match="did not start"):
        await EmulatorProcess(0, Notices()).__aenter__()


async def test_one_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch):
    program(monkeypatch, LISTEN + "import time; time.sleep(600)")
    monkeypatch.setattr(emulator_process, "STOP_S", 0.2)
    async with asyncio.timeout(20), EmulatorProcess(0, Notices()):
        pass


async def test_one_that_dies_later_comes_back_on_the_same_port(monkeypatch: pytest.MonkeyPatch):
    program(monkeypatch, LISTEN + "import sys; print(sys.argv, file=sys.stderr)")
    notices = Notices()
    async with EmulatorProcess(0, notices) as emulator:
        stopped, back, again = (await notices.of(3))[:3]
        assert emulator.url == "http://127.0.0.1:4321"
    assert "'--port', '0', '--exit-with-stdin'" in stopped
    assert "starts again in 1 s" in stopped
    assert back == "the emulator is back"
    assert "'--port', '4321'" in again


async def test_a_chatty_one_is_read_all_the_time(monkeypatch: pytest.MonkeyPatch):
    noise = "import sys; [print('x' * 9000, file=sys.stderr) for _ in range(100)];"
    program(monkeypatch, noise + LISTEN + noise + UNTIL_INPUT_ENDS)
    async with asyncio.timeout(20), EmulatorProcess(0, Notices()) as emulator:
        assert emulator.url == "http://127.0.0.1:4321"


async def test_giving_up_while_it_starts_leaves_nothing(monkeypatch: pytest.MonkeyPatch):
    program(monkeypatch, UNTIL_INPUT_ENDS)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await EmulatorProcess(0, Notices()).__aenter__()

"""A live emulator for the contract tests."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.contract.wire import Client

ROOT = Path(__file__).parents[2]
READY = "emulator listening on "


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    command = [sys.executable, "-m", "emulator", "--port", "0", "--transition", "immediate", "--exit-with-stdin"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), line
        yield line.removeprefix(READY).strip()
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
async def client(emulator_url: str) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        client = Client(emulator_url, http)
        yield client
        assert (await client.control("POST", "reset"))[0] == 204

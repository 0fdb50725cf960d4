"""A live emulator for the contract tests."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.contract.running import emulator
from tests.contract.wire import Client


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    with emulator() as url:
        yield url


@pytest.fixture
async def client(emulator_url: str) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        client = Client(emulator_url, http)
        yield client
        assert (await client.control("POST", "reset"))[0] == 204

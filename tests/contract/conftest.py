"""The cloud for the contract tests: a live emulator, or the one that the environment names (target.py)."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.contract.running import emulator
from tests.contract.target import Foreign, end_in_order, fit, foreign
from tests.contract.wire import Account, Client


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a foreign cloud cannot be asked."""
    items[:], left_out = fit(items, foreign())
    if left_out:
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def foreign_cloud() -> Foreign | None:
    cloud = foreign()
    if cloud is not None:
        end_in_order()
    return cloud


@pytest.fixture(scope="session")
def emulator_url() -> Iterator[str]:
    with emulator() as url:
        yield url


@pytest.fixture
async def client(emulator_url: str) -> AsyncIterator[Client]:
    """A client of the emulator, which forgets everything afterwards."""
    async with aiohttp.ClientSession() as http:
        client = Client(emulator_url, http)
        yield client
        assert (await client.control("POST", "reset"))[0] == 204


@pytest.fixture(scope="session")
def lenient_url() -> Iterator[str]:
    with emulator("--lenient") as url:
        yield url


@pytest.fixture
async def lenient(lenient_url: str) -> AsyncIterator[Client]:
    """A client of an emulator that takes what real clients do beyond the manual."""
    async with aiohttp.ClientSession() as http:
        client = Client(lenient_url, http)
        yield client
        assert (await client.control("POST", "reset"))[0] == 204


@pytest.fixture(scope="session")
def cloud_address(foreign_cloud: Foreign | None) -> Iterator[tuple[str, str | None, Account]]:
    """Base URL, URL of the channel where it is another, and account of the cloud under test.

    The emulator is one of its own: no other test resets it.
    """
    if foreign_cloud is not None:
        yield foreign_cloud.url, foreign_cloud.ws_url, foreign_cloud.account()
        return
    with emulator() as url:
        yield url, None, Account(poll=0.05)


@pytest.fixture
async def cloud(cloud_address: tuple[str, str | None, Account]) -> AsyncIterator[Client]:
    """A client of the cloud under test, whichever it is; nothing but the manual may be asked of it."""
    url, ws_url, account = cloud_address
    async with aiohttp.ClientSession() as http:
        yield Client(url, http, account, ws_url)

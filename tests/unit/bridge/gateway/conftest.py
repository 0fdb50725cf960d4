"""A real server on a free port in front of a cloud that does not answer: enough for all but speech."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest

from bridge.gateway.app import run
from bridge.settings import Cloud, Server, Settings

Serve = Callable[..., AbstractAsyncContextManager[aiohttp.ClientSession]]


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Return a context manager: a client of a server with these `server.*` options."""

    @contextlib.asynccontextmanager
    async def serve(**options: object) -> AsyncGenerator[aiohttp.ClientSession]:
        settings = Settings(
            server=Server.model_validate({"port": 0, "state_dir": tmp_path, **options}),
            cloud=Cloud.model_validate(
                {
                    "base_url": f"http://127.0.0.1:{closed_port()}",
                    "appkey": "unit-appkey",
                    "accesstoken": "unit-accesstoken",
                    "project_id": "p",
                }
            ),
        )
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(run(settings, ready=ready.set_result, stop=stop))
            async with aiohttp.ClientSession(await ready) as client:
                yield client
            stop.set()

    return serve


@pytest.fixture
async def client(serve: Serve) -> AsyncGenerator[aiohttp.ClientSession]:
    async with serve() as client:
        yield client

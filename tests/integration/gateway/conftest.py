"""The whole server in this process, an emulated cloud in another, a language model's server on a free port."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bridge.gateway.app import run
from bridge.settings import Settings
from tests.support.fake_openai import FakeOpenAI
from tests.support.person import spoken

LIMIT_S = 20
QUESTION = "What is the capital of Peru?"
BARGE = "Wait, I have another question for you, please."
AH = "ah"


@pytest.fixture(scope="session")
def emulator() -> Generator[str]:
    """Return the address of an emulated cloud whose sessions are ready at once."""
    command = [sys.executable, "-m", "emulator", "--port", "0", "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().split()[-1]
        process.stdin.close()
        process.wait(30)


@dataclass(frozen=True)
class Frame:
    id: str
    event: str
    data: dict[str, Any]


class Bridge:
    """A client of the server, with what the tests ask again and again."""

    def __init__(self, http: aiohttp.ClientSession, emulator: str, stop: asyncio.Event) -> None:
        self.http = http
        self.emulator = emulator
        self.stop = stop

    async def post(self, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, Any]]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.post(path, json={} if body is None else body, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else {}

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        async with self.http.get(path) as response:
            return response.status, await response.json(content_type=None)

    async def create(self, **wish: object) -> str:
        """Return the path of a new session."""
        status, created = await self.post("/v1/sessions", wish)
        assert status == 201
        return f"/v1/sessions/{created['session_id']}"

    async def live(self, **wish: object) -> str:
        """Return the path of a new session that is live."""
        session = await self.create(**wish)
        async with self.events(session) as events:
            if (await anext(events)).data["session"]["state"] != "live":
                await until(events, type="session.state", state="live")
        return session

    @asynccontextmanager
    async def events(self, session: str, last: str | None = None) -> AsyncGenerator[AsyncIterator[Frame]]:
        headers = {"Last-Event-ID": last} if last else {}
        async with asyncio.timeout(LIMIT_S), self.http.get(f"{session}/events", headers=headers) as response:
            assert response.status == 200
            yield frames(response)

    @asynccontextmanager
    async def chat(self, session: str, message: str, **headers: str) -> AsyncGenerator[AsyncIterator[Frame]]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = self.http.post(f"{session}/chat", json={"message": message}, headers=sent)
        async with asyncio.timeout(LIMIT_S), request as response:
            assert response.status == 200
            yield frames(response)

    async def ask(self, session: str, message: str) -> list[Frame]:
        """Return all frames of an answer."""
        async with self.chat(session, message) as events:
            return [event async for event in events]

    async def cloud(self, path: str) -> list[dict[str, Any]]:
        """Return what the emulator's control interface lists."""
        async with self.http.get(f"{self.emulator}/_emulator/{path}") as response:
            return await response.json(content_type=None)

    async def tell_cloud(self, path: str, body: object) -> None:
        """Change how the emulator behaves."""
        async with self.http.post(f"{self.emulator}/_emulator/{path}", json=body) as response:
            assert response.status < 300, await response.text()


async def frames(response: aiohttp.ClientResponse) -> AsyncIterator[Frame]:
    """Read an event stream; knows only what our server writes."""
    fields: dict[str, str] = {}
    async for line in response.content:
        text = line.decode().rstrip("\n")
        if text:
            name, _, value = text.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Frame(fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"]))
            fields = {}


async def until(events: AsyncIterator[Frame], **wanted: object) -> Frame:
    """Return the first event with these values."""
    async for event in events:
        if wanted.items() <= event.data.items():
            return event
    raise AssertionError(f"the stream ended without {wanted}")


@asynccontextmanager
async def bridging(emulator: str, state_dir: Path, **sections: dict[str, object]) -> AsyncGenerator[Bridge]:
    """Serve with these sections of settings besides what the emulator needs."""
    defaults: dict[str, dict[str, object]] = {
        "server": {"port": 0, "state_dir": state_dir, "drain_s": 0},
        "cloud": {
            "base_url": emulator,
            "appkey": "emulator",
            "accesstoken": "emulator-secret",
            "project_id": "demo",
        },
        "playback": {"whep_url": f"{emulator}/_emulator/whep/{{cloud_session_id}}"},
    }
    for section, options in sections.items():
        defaults[section] = {**defaults.get(section, {}), **options}
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(Settings.model_validate(defaults), ready=ready.set_result, stop=stop))
        async with aiohttp.ClientSession(await ready) as http:
            bridge = Bridge(http, emulator, stop)
            await bridge.tell_cloud("reset", {})
            await bridge.tell_cloud("transitions", {"mode": "immediate"})
            yield bridge
        stop.set()


@pytest.fixture
async def bridge(emulator: str, tmp_path: Path) -> AsyncGenerator[Bridge]:
    """Return a client of a server with the built-in answers."""
    async with bridging(emulator, tmp_path) as bridge:
        yield bridge


@pytest.fixture
async def llm() -> AsyncGenerator[FakeOpenAI]:
    """Return a server of language models that does what it is told."""
    async with FakeOpenAI.running() as server:
        yield server


@pytest.fixture
async def thinking(emulator: str, tmp_path: Path, llm: FakeOpenAI) -> AsyncGenerator[Bridge]:
    """Return a client of a server that answers with `llm`."""
    async with bridging(emulator, tmp_path, llm={"base_url": llm.base_url, "model": "fake-model"}) as bridge:
        yield bridge


@pytest.fixture(scope="session")
def voices() -> Mapping[str, bytes]:
    """Return what people say in the tests, as sound of 16 kHz."""
    return spoken((QUESTION, BARGE, AH))


@asynccontextmanager
async def listening(emulator: str, tmp_path: Path, fake: FakeOpenAI, **asr: object) -> AsyncGenerator[Bridge]:
    """Serve with a recogniser and a language model; `asr` adds to its settings."""
    hears: dict[str, object] = {"base_url": fake.base_url, "model": "whisper", **asr}
    thinks: dict[str, object] = {"base_url": fake.base_url, "model": "m"}
    async with bridging(emulator, tmp_path, llm=thinks, asr=hears) as bridge:
        yield bridge


@pytest.fixture
async def attentive(emulator: str, tmp_path: Path, llm: FakeOpenAI) -> AsyncGenerator[Bridge]:
    """Return a client of a server that listens with `llm`, too."""
    async with listening(emulator, tmp_path, llm) as bridge:
        yield bridge

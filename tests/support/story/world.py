"""A whole world in one loop of virtual time: the emulated cloud, the server in front of it, a language model."""

import asyncio
import functools
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
import msgspec
from aiohttp import web

from audio.pcm import from_bytes
from bridge.gateway.app import serving
from bridge.session.channel import Channel
from bridge.session.events import Event
from bridge.session.session import Session
from bridge.settings import Settings
from emulator.api.order import Account
from emulator.api.picture import PictureApi
from emulator.cloud import Cloud
from emulator.performance import SAMPLE_RATE, Phoneme
from emulator.server import application
from emulator.speech import Synthesizer, pipe, worker
from emulator.speech.espeak import Espeak
from emulator.speech.speech import Speech, Voice
from emulator.transitions import Transition
from tests.support.fake_openai import FakeOpenAI
from tests.support.story.complaints import complaints
from tests.support.story.trace import Trace


class SpeaksHere(Synthesizer):
    """The synthesiser in this process, where it takes no time; it speaks each text once."""

    async def start(self) -> None:
        """Need nothing."""

    async def speak(self, text: str, voice: Voice | None = None) -> Speech:
        how = voice or Voice()
        return _said(pipe.Request(text, how.speed, how.volume))

    async def aclose(self) -> None:
        """Hold nothing."""


@dataclass
class World:
    """What a story may touch; `path` is that of the session, which is live."""

    trace: Trace
    llm: FakeOpenAI
    cloud: Cloud
    cloud_url: str
    http: aiohttp.ClientSession
    session: Session

    @property
    def path(self) -> str:
        return f"/v1/sessions/{self.session.session_id}"

    async def fault(self, spec: str, times: int = 1) -> None:
        """Let a fault strike, so often at most."""
        self.trace.add(asyncio.get_running_loop().time(), "fault", {"fault": spec, "times": times})
        order = {"fault": spec, "times": times}
        async with self.http.post(f"{self.cloud_url}/_emulator/faults", json=order) as response:
            assert response.status < 300, await response.text()

    async def no_faults(self) -> None:
        """Let no fault strike any more."""
        async with self.http.delete(f"{self.cloud_url}/_emulator/faults") as response:
            assert response.status < 300


@asynccontextmanager
async def world(
    llm: FakeOpenAI, state_dir: Path, drive: Mapping[str, object], *, own_voice: bool = False, ears: str = "upload"
) -> AsyncGenerator[World]:
    """Let there be a cloud, a server with these settings of `drive`, and a live session, perhaps with its own voice."""
    loop = asyncio.get_running_loop()
    trace = Trace(loop.time())
    with complaints(trace), mock.patch("bridge.session.channels.Channel", functools.partial(Tapped, trace)):
        async with _cloud() as (cloud, cloud_url):
            settings = Settings.model_validate(
                {
                    "server": {"port": 0, "state_dir": state_dir, "drain_s": 0},
                    "cloud": {
                        "base_url": cloud_url,
                        "appkey": "emulator",
                        "accesstoken": "emulator-secret",
                        "project_id": "demo",
                    },
                    "llm": {"base_url": llm.base_url, "model": "fake-model"},
                    "asr": {"base_url": llm.base_url, "model": "fake-ears", "mode": ears},
                    "tts": {"base_url": llm.base_url, "model": "fake-voice"} if own_voice else {},
                    "drive": drive,
                }
            )
            async with serving(settings) as (server, address), aiohttp.ClientSession(address) as http:
                server.accepting = True
                async with http.post("/v1/sessions", json={"mode": "audio" if own_voice else "text"}) as response:
                    session = server.pool.get((await response.json())["session_id"])
                session.follow(functools.partial(_tell, trace))
                await session.progress.until(lambda: session.snapshot().state == "live")
                yield World(trace, llm, cloud, cloud_url, http, session)


class Tapped(Channel):
    """A channel that notes what it is given to send and what it receives."""

    def __init__(self, trace: Trace, *args: Any, **options: Any) -> None:  # noqa: ANN401 - those of a channel
        super().__init__(*args, **options)
        self._trace = trace
        self._now = asyncio.get_running_loop().time

    def send(self, frame: str) -> None:
        self._trace.add(self._now(), "up", json.loads(frame)["Payload"])
        super().send(frame)

    async def run(self, on_open: Callable[[], None], on_frame: Callable[[str | bytes], None]) -> None:
        def received(frame: str | bytes) -> None:
            self._trace.add(self._now(), "down", json.loads(frame)["Payload"])
            on_frame(frame)

        await super().run(on_open, received)


@asynccontextmanager
async def _cloud() -> AsyncGenerator[tuple[Cloud, str]]:
    async with Cloud(Transition("seconds", 0.5), synthesizer=SpeaksHere()) as cloud:
        picture = PictureApi(cloud)
        runner = web.AppRunner(application(cloud, picture, Account()), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield cloud, f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            cloud.close_all()
            await picture.aclose()
            await runner.cleanup()


@functools.cache
def _espeak() -> Espeak:
    return Espeak()


@functools.cache
def _said(request: pipe.Request) -> Speech:
    answer = worker.answer(_espeak(), request)
    assert answer.error is None
    phonemes = tuple(Phoneme(p.symbol, p.language, p.start, p.end) for p in answer.phonemes)
    return Speech(from_bytes(answer.pcm), phonemes, answer.actions)


def spoken_s(text: str) -> float:
    """Return how long the emulated cloud speaks a text."""
    return len(spoken(text).pcm48) / SAMPLE_RATE


def spoken(text: str) -> Speech:
    """Return how a text sounds."""
    return _said(pipe.Request(text))


def _tell(trace: Trace, event: Event, now: float) -> None:
    trace.add(now, "event", msgspec.to_builtins(event))

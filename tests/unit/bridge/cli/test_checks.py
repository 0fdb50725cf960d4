"""The checks of `doctor` that need no cloud; the others run against the emulator in tests/integration/cli."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bridge.cli import checks_here, checks_there, extras
from bridge.cli.finding import Finding, Outcome
from bridge.settings import Settings

KEY = "sk-hunter2"


@asynccontextmanager
async def listening(app: web.Application) -> AsyncGenerator[int]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class Llm:
    """Answers as it is told and remembers what it was asked."""

    def __init__(self, models: int = 200, chat: int = 200, names: tuple[str, ...] = ("small",)) -> None:
        self.models, self.chat, self.names = models, chat, names
        self.asked: list[dict[str, object]] = []

    async def list_models(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        return web.json_response({"data": [{"id": name} for name in self.names]}, status=self.models)

    async def complete(self, request: web.Request) -> web.Response:
        self.asked.append(json.loads(await request.text()))
        return web.json_response({}, status=self.chat)

    async def finding(self, model: str) -> Finding:
        app = web.Application()
        app.add_routes([web.get("/v1/models", self.list_models), web.post("/v1/chat/completions", self.complete)])
        async with listening(app) as port, aiohttp.ClientSession() as http:
            llm = {"base_url": f"http://127.0.0.1:{port}/v1", "api_key": KEY, "model": model}
            return await checks_there.llm(Settings.model_validate({"llm": llm}), http)


async def test_an_llm_that_lists_the_model_is_asked_nothing():
    llm = Llm()
    assert (await llm.finding("small")).outcome is Outcome.GOOD
    assert llm.asked == []


@pytest.mark.parametrize("models", [200, 404, 500])
async def test_an_llm_that_does_not_list_it_is_asked_for_one_token(models: int):
    llm = Llm(models=models)
    assert (await llm.finding("large")).outcome is Outcome.GOOD
    assert [(asked["model"], asked["max_tokens"]) for asked in llm.asked] == [("large", 1)]


@pytest.mark.parametrize(
    ("llm", "advice"),
    [
        (Llm(models=401), "llm.api_key"),
        (Llm(models=403), "llm.api_key"),
        (Llm(chat=401), "llm.api_key"),
        (Llm(chat=404), "llm.model"),
        (Llm(chat=529), "llm.model"),
    ],
)
async def test_an_llm_that_refuses(llm: Llm, advice: str):
    finding = await llm.finding("large")
    assert finding.outcome is Outcome.BAD
    assert advice in finding.advice
    assert KEY not in repr(finding)


async def test_an_llm_that_is_not_there():
    settings = Settings.model_validate({"llm": {"base_url": "http://127.0.0.1:9/v1", "model": "m"}})
    async with aiohttp.ClientSession() as http:
        finding = await checks_there.llm(settings, http)
    assert finding.outcome is Outcome.BAD
    assert "llm.base_url" in finding.advice


async def test_no_llm_is_no_problem():
    async with aiohttp.ClientSession() as http:
        assert (await checks_there.llm(Settings(), http)).outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("body", "outcome"), [('{"name": "avatar-bridge", "version": "9"}', Outcome.SKIPPED), ("hello", Outcome.BAD)]
)
async def test_a_port_in_use_may_be_ours(body: str, outcome: Outcome):
    async def version(_request: web.Request) -> web.Response:
        return web.Response(text=body)

    app = web.Application()
    app.router.add_get("/version", version)
    async with listening(app) as port, aiohttp.ClientSession() as http:
        settings = Settings.model_validate({"server": {"port": port}})
        assert (await checks_there.port(settings, http)).outcome is outcome


def test_state_directory(tmp_path: Path):
    (tmp_path / "file").write_text("")
    for path, outcome in ((tmp_path / "new" / "er", Outcome.GOOD), (tmp_path / "file" / "x", Outcome.BAD)):
        settings = Settings.model_validate({"server": {"state_dir": path}})
        assert checks_here.state_dir(settings).outcome is outcome
    assert not (tmp_path / "new").exists(), "a check changes nothing"


def test_webrtc_without_an_address(monkeypatch: pytest.MonkeyPatch):
    def none() -> list[str]:
        return []

    monkeypatch.setattr(checks_here, "offered_addresses", none)
    finding = checks_here.webrtc()
    assert finding.outcome is Outcome.BAD
    assert "ip link" in finding.advice


def test_webrtc_is_only_needed_by_the_demo(monkeypatch: pytest.MonkeyPatch):
    def missing(_extra: str) -> list[str]:
        return ["aiortc"]

    monkeypatch.setattr(extras, "missing", missing)
    assert checks_here.webrtc().outcome is Outcome.SKIPPED
    lacking = {finding.check: finding for finding in checks_here.extras_installed()}
    assert lacking["extra demo"].outcome is Outcome.SKIPPED
    assert "pip install 'avatar-bridge[demo]'" in lacking["extra demo"].advice

"""What the logs hold at their most talkative."""

import json
import logging
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog

from bridge.telemetry import logs
from tests.integration.gateway.conftest import Bridge, bridging, until
from tests.support.fake_openai import FakeOpenAI

KEY = "canary-api-key/7f3a+x"
UNLEASHED = ("aiohttp", "aiohttp.server", "websockets", "websockets.client", "asyncio", "openai", "httpx", "httpcore")
SPEECH = "Xylophone words that a visitor said."


@pytest.fixture
def talkative(capfd: pytest.CaptureFixture[str]) -> Generator[pytest.CaptureFixture[str]]:
    root = logging.getLogger()
    level = root.level
    yield capfd
    for handler in [handler for handler in root.handlers if isinstance(handler, logs.RedactingHandler)]:
        root.removeHandler(handler)
    root.setLevel(level)
    for name in (*logs.WORDY, *UNLEASHED):
        logging.getLogger(name).setLevel(logging.NOTSET)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.mark.parametrize("unleash", [False, True])
async def test_no_secret_is_in_any_log(
    emulator: str, tmp_path: Path, talkative: pytest.CaptureFixture[str], *, unleash: bool
) -> None:
    logs.configure("debug", json=True)
    if unleash:  # as somebody might who hunts an error in a library
        for name in UNLEASHED:
            logging.getLogger(name).setLevel(logging.DEBUG)
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        bridge.http.headers["Authorization"] = f"Bearer {KEY}"
        session = await bridge.live()
        await bridge.post(f"{session}/say", {"text": SPEECH, "wait": "ended"})
        await bridge.post(f"{session}/say", {"text": 5})
        await bridge.post(f"{session}/say", {"text": "x"}, X_Bad=KEY)
        await bridge.get(f"/v1/sessions?key={KEY}")
        await bridge.tell_cloud("faults", {"fault": "drop@text:1", "user_id": "*", "times": 1})
        await bridge.post(f"{session}/say", {"text": "Once more.", "wait": "ended", "timeout_s": 3})
    text = talkative.readouterr().err
    lines = [json.loads(line) for line in text.splitlines()]
    assert {"server_ready", "http_request", "session_state"} <= {line["event"] for line in lines}
    assert all("session_id" in line for line in lines)
    for secret in ("emulator-secret", KEY, "7f3a"):
        assert secret not in text
    for found in text.lower().split("signature=")[1:]:
        assert found.startswith("[redacted]")
    if unleash:
        assert "signature=[redacted]" in text
    else:
        assert "Xylophone" not in text


CANARIES = {
    "appkey": "canary-appkey-91c7",
    "accesstoken": "canary-accesstoken-52ab",
    "api_key": "canary-apikey-d03e",
    "token_secret": "canary-tokensecret-77f1-of-32-bytes",
    "old_secret": "canary-oldsecret-6b2d-of-32-bytes-x",
    "llm": "canary-llmkey-4e88",
}


@pytest.fixture
def canary_cloud() -> Generator[str]:
    """Return the address of an emulated cloud whose account is a canary."""
    account = ("--appkey", CANARIES["appkey"], "--accesstoken", CANARIES["accesstoken"])
    command = [sys.executable, "-m", "emulator", "--port", "0", "--exit-with-stdin", *account]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield next(line.split()[-1] for line in process.stdout if "listening on" in line)
        process.stdin.close()
        process.wait(30)


async def test_no_canary_leaves_the_server(
    canary_cloud: str, tmp_path: Path, talkative: pytest.CaptureFixture[str], llm: FakeOpenAI
) -> None:
    """A kiosk's whole visit, and what may go wrong with it, while every library says all it has to say."""
    logs.configure("debug", json=True)
    for name in UNLEASHED:
        logging.getLogger(name).setLevel(logging.DEBUG)
    options: dict[str, dict[str, object]] = {
        "server": {
            "api_key": CANARIES["api_key"],
            "token_secret": f"{CANARIES['token_secret']} {CANARIES['old_secret']}",
        },
        "cloud": {"appkey": CANARIES["appkey"], "accesstoken": CANARIES["accesstoken"]},
        "llm": {"base_url": llm.base_url, "model": "fake-model", "api_key": CANARIES["llm"]},
    }
    seen: list[str] = []
    async with bridging(canary_cloud, tmp_path, **options) as bridge:
        found = await _visit(bridge, seen)
        secrets = {**CANARIES, **found}
    seen.append(talkative.readouterr().err)
    assert len(seen) > 20
    assert "signature=[redacted]" in seen[-1]
    assert "chat/completions" in seen[-1]
    for name, secret in secrets.items():
        for text in seen:
            assert secret not in text, name
    kept = _files(tmp_path)
    assert kept
    assert [name for name, secret in secrets.items() if secret in kept] == []


def _files(folder: Path) -> str:
    """Return what stands in all files, and their names."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(f"{path}\n{path.read_text()}" for path in files)


async def _visit(bridge: Bridge, seen: list[str]) -> dict[str, str]:
    """Visit as a kiosk and as its operator; note every text that came back, and return the secrets that were given."""
    key = {"Authorization": f"Bearer {CANARIES['api_key']}"}

    async def call(method: str, path: str, headers: dict[str, str], body: object = None) -> dict[str, str]:
        async with bridge.http.request(method, path, json=body, headers=headers) as response:
            text = await response.text()
            told = "token" in text and response.status < 300
            seen.append(repr(response.headers) + ("" if told or path == "/v1/grants" else text))
            return json.loads(text) if response.content_type.endswith("json") else {}

    grant = await call("POST", "/v1/grants", key, {"name": "lobby"})
    wish = {"grant": grant["grant"], "holder": "a-browser-of-this-test"}
    admitted = await call("POST", "/v1/grants/exchange", {}, wish)
    driver = {"Authorization": f"Bearer {admitted['token']}"}
    one = f"/v1/sessions/{admitted['session_id']}"
    bridge.http.headers["Authorization"] = driver["Authorization"]
    async with bridge.events(one) as events:
        if (await anext(events)).data["session"]["state"] != "live":
            await until(events, type="session.state", state="live")
        seen.append(str([frame.data for frame in await bridge.ask(one, "Why do zebras yodel at noon?")]))
        await bridge.tell_cloud("faults", {"fault": "drop@text:1", "user_id": "*", "times": 1})
        await bridge.post(f"{one}/say", {"text": "Once more.", "wait": "ended", "timeout_s": 5})
    del bridge.http.headers["Authorization"]
    renewed = await call("POST", f"{one}/token", driver, {})
    for path in ("/", "/kiosk", "/console", "/docs", "/openapi.json", "/version", "/metrics", "/v1/sessions", one):
        await call("GET", path, key)
    for path in (
        f"/v1/sessions?token={admitted['token']}",
        f"/nothing/{grant['grant']}",
        f"{one}?key={CANARIES['api_key']}",
    ):
        await call("GET", path, {})
    for bad in (admitted["token"][:-4] + "AAAA", CANARIES["api_key"] + "x"):
        await call("GET", one, {"Authorization": f"Bearer {bad}"})
    await call("POST", "/v1/grants/exchange", {}, {**wish, "holder": "another-browser-of-this-test"})
    await call("POST", "/v1/grants/exchange", {}, {**wish, "secret": CANARIES["api_key"]})
    await call("POST", f"{one}/say", driver, {"text": 5, "token": admitted["token"]})
    await call("DELETE", one, key)
    await call("DELETE", f"/v1/grants/{grant['grant_id']}", key)
    return {"grant": grant["grant"], "token": admitted["token"], "renewed": renewed["token"]}

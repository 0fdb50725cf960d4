"""What the logs hold at their most talkative."""

import json
import logging
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog

from bridge.telemetry import logs
from tests.integration.gateway.conftest import bridging

KEY = "canary-api-key/7f3a+x"
UNLEASHED = ("aiohttp", "aiohttp.server", "websockets", "websockets.client", "asyncio")
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

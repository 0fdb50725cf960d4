import asyncio
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from bridge.telemetry import logs

CANARY = "canary/7f3a+secret"
LOGGERS = ("aiohttp.server", "websockets.client", "asyncio")


class Stderr:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def getvalue(self) -> str:
        return self._capsys.readouterr().err


@pytest.fixture
def stderr(capsys: pytest.CaptureFixture[str]) -> Iterator[Stderr]:
    root = logging.getLogger()
    level = root.level
    named = {name: logging.getLogger(name).level for name in (*logs.WORDY, *LOGGERS)}
    logs.register_secret(CANARY)
    yield Stderr(capsys)
    for handler in [handler for handler in root.handlers if isinstance(handler, logs.RedactingHandler)]:
        root.removeHandler(handler)
    root.setLevel(level)
    for name, value in named.items():
        logging.getLogger(name).setLevel(value)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(stream: Stderr) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_a_stable_event_and_a_session(stderr: Stderr) -> None:
    logs.configure("info", json=True)
    log = structlog.stdlib.get_logger("bridge.test")
    log.info("session.created", session_id="s1", mode="text")
    log.info("ready")
    log.debug("unseen")
    first, second = lines(stderr)
    assert first["event"] == "session.created"
    assert first["session_id"] == "s1"
    assert first["mode"] == "text"
    assert first["level"] == "info"
    assert first["logger"] == "bridge.test"
    assert str(first["time"]).endswith("Z")
    assert second["session_id"] is None


def test_context_is_in_every_line(stderr: Stderr) -> None:
    logs.configure(json=True)
    with structlog.contextvars.bound_contextvars(session_id="s2"):
        structlog.stdlib.get_logger("bridge.test").warning("a")
        logging.getLogger("aiohttp.server").warning("b")
    assert [line["session_id"] for line in lines(stderr)] == ["s2", "s2"]


def test_lines_of_the_standard_library_have_our_shape(stderr: Stderr) -> None:
    logs.configure(json=True)
    logging.getLogger("aiohttp.server").error("broke %s of %d", "one", 2)
    (line,) = lines(stderr)
    assert line["event"] == "log"
    assert line["message"] == "broke one of 2"
    assert line["logger"] == "aiohttp.server"


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_in_messages_arguments_extras_or_tracebacks(stderr: Stderr, *, as_json: bool) -> None:
    logs.configure("debug", json=as_json)
    log = structlog.stdlib.get_logger("bridge.test")
    message = f"with {CANARY}"
    log.info(message)
    log.info("said %s", CANARY)
    log.info("extras", url=f"wss://x?signature={CANARY}", nested={"key": [CANARY]}, authorization="short")
    for name in LOGGERS:
        other = logging.getLogger(name)
        other.setLevel(logging.DEBUG)
        other.debug("> GET /ws?%s HTTP/1.1", CANARY, extra={"websocket": CANARY})
        try:
            raise ValueError(CANARY) from KeyError(CANARY)
        except ValueError:
            other.exception("failed")
            log.exception("failed", reason=CANARY)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, stacklevel=1)
    text = stderr.getvalue()
    assert "[redacted]" in text
    assert "ValueError" in text
    assert "canary" not in text
    assert "short" not in text


def test_a_record_that_cannot_be_formatted_shows_no_arguments(stderr: Stderr) -> None:
    logs.configure(json=True)
    (handler,) = (handler for handler in logging.getLogger().handlers if isinstance(handler, logs.RedactingHandler))
    handler.handle(logging.makeLogRecord({"name": "asyncio", "msg": "%d", "args": (CANARY,)}))
    text = stderr.getvalue()
    assert "canary" not in text
    assert "could not be written" in text


def test_libraries_that_log_speech_are_held_at_info(stderr: Stderr) -> None:
    logs.configure("debug", json=True)
    logging.getLogger("websockets.client").debug("> TEXT %s", "what a visitor said")
    logging.getLogger("openai._base_client").debug("what a visitor said")
    assert stderr.getvalue() == ""


def test_configuring_again_does_not_double_the_lines(stderr: Stderr) -> None:
    logs.configure(json=True)
    logs.configure(json=True)
    logging.getLogger("asyncio").warning("once")
    assert len(lines(stderr)) == 1


async def test_what_the_event_loop_reports_is_redacted(stderr: Stderr) -> None:
    logs.configure(json=True)
    asyncio.get_running_loop().call_exception_handler({"message": "boom", "exception": ValueError(CANARY)})
    text = stderr.getvalue()
    assert "boom" in text
    assert "canary" not in text


def test_an_unknown_level_is_refused(stderr: Stderr) -> None:
    with pytest.raises(ValueError, match="NOISY"):
        logs.configure("noisy", json=True)
    assert stderr.getvalue() == ""

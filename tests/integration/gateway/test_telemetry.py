"""What a scrape, the traces and the logs tell of a conversation."""

import json
import logging
from collections.abc import Generator
from pathlib import Path

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from bridge.telemetry import logs, traces
from tests.integration.gateway.conftest import Bridge, bridging, until

KEY = "canary-api-key/7f3a+x"
SPEECH = "Xylophone words that a visitor said."


async def scrape(bridge: Bridge) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    async with bridge.http.get("/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        text = await response.text()
    return {
        (sample.name.removeprefix("avatar_bridge_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def at(samples: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


async def converse(bridge: Bridge) -> str:
    """Say one thing to its end and interrupt another; return the path of the session."""
    session = await bridge.live()
    _, said = await bridge.post(f"{session}/say", {"text": SPEECH, "wait": "ended"})
    assert said["status"] == "ended"
    async with bridge.events(session) as events:
        _, begun = await bridge.post(f"{session}/say", {"text": f"{SPEECH} " * 9, "wait": "started"})
        assert begun["status"] == "started"
        await bridge.post(f"{session}/interrupt", {})
        await until(events, type="utterance", status="interrupted")
    return session


async def test_a_scrape_tells_of_a_conversation(bridge: Bridge) -> None:
    session = await converse(bridge)
    async with bridge.events(session):
        samples = await scrape(bridge)
    assert at(samples, "sessions", state="live") == 1
    assert at(samples, "sessions_created_total") == 1
    assert at(samples, "utterances_total", kind="stream", end="ended") == 1
    assert at(samples, "utterances_total", kind="stream", end="interrupted") == 1
    assert at(samples, "utterances_open", status="started") == 0
    assert at(samples, "utterance_stage_seconds_count", stage="accepted_to_sent") == 2
    assert at(samples, "utterance_stage_seconds_count", stage="sent_to_started") == 2
    assert at(samples, "utterance_stage_seconds_count", stage="interrupt_to_end") == 1
    assert at(samples, "watchers", transport="sse") == 1
    assert at(samples, "cloud_calls_total", call="createsession", code="0") == 1
    assert at(samples, "cloud_calls_total", call="startsession", code="0") == 1
    assert at(samples, "cloud_call_seconds_count", call="createsession") == 1
    route = "/v1/sessions/{session_id}/say"
    assert at(samples, "http_requests_total", method="POST", route=route, status="200") == 2
    assert at(samples, "audio_dropped_seconds_total") == 0
    assert at(samples, "event_loop_lag_seconds_count") >= 1
    await bridge.http.delete(session)
    samples = await scrape(bridge)
    assert at(samples, "sessions_ended_total", state="closed") == 1
    assert at(samples, "cloud_calls_total", call="closesession", code="0") == 1
    assert at(samples, "watchers", transport="sse") == 0


async def test_a_client_of_the_websocket_is_counted(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.http.ws_connect(f"{session}/ws") as socket:
        await socket.send_json({"type": "auth"})
        assert (await socket.receive_json())["type"] == "welcome"
        assert at(await scrape(bridge), "watchers", transport="websocket") == 1


async def test_a_channel_that_breaks_and_comes_back_is_counted(bridge: Bridge) -> None:
    session = await bridge.live()
    async with bridge.events(session) as events:
        await bridge.tell_cloud("faults", {"fault": "drop@stream:1", "user_id": "*", "times": 1})
        await bridge.post(f"{session}/say", {"text": "Once more."})
        await until(events, type="session.state", state="reconnecting")
        await until(events, type="session.state", state="live")
    samples = await scrape(bridge)
    assert at(samples, "channel_losses_total") == 1
    assert at(samples, "channel_reconnects_total") == 1


async def test_the_metrics_need_the_key_where_there_is_one(emulator: str, tmp_path: Path) -> None:
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        assert (await bridge.get("/metrics"))[0] == 401
        bridge.http.headers["Authorization"] = f"Bearer {KEY}"
        assert at(await scrape(bridge), "sessions", state="live") == 0


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Return where the spans of servers go."""
    exporter = InMemorySpanExporter()

    def providing() -> TracerProvider:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        return provider

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setattr(traces, "_exporting", providing)
    return exporter


async def test_spans_tell_of_a_conversation_and_hold_no_secret(
    emulator: str, tmp_path: Path, spans: InMemorySpanExporter
) -> None:
    async with bridging(emulator, tmp_path, server={"api_key": KEY}) as bridge:
        bridge.http.headers["Authorization"] = f"Bearer {KEY}"
        session = await converse(bridge)
        await bridge.post(f"{session}/say", {"text": 5}, X_Request_ID="request-7")
        await bridge.http.delete(session)
    found = spans.get_finished_spans()
    names = [span.name for span in found]
    assert names.count("utterance") == 2
    assert {"POST /v1/sessions", "createsession", "startsession", "closesession", "session"} <= set(names)
    (life,) = [span for span in found if span.name == "session"]
    assert life.context is not None
    children = [span for span in found if span.parent is not None and span.parent.span_id == life.context.span_id]
    assert {"utterance", "createsession"} <= {span.name for span in children}
    (refused,) = [span for span in found if (span.attributes or {}).get("avatar.request_id") == "request-7"]
    assert (refused.attributes or {})["http.response.status_code"] == 400
    text = "".join(span.to_json() for span in found)
    for secret in (KEY, "7f3a", "emulator-secret", "signature", "Xylophone", "127.0.0.1"):
        assert secret not in text


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Generator[pytest.CaptureFixture[str]]:
    root = logging.getLogger()
    level = root.level
    yield capfd
    for handler in [handler for handler in root.handlers if isinstance(handler, logs.RedactingHandler)]:
        root.removeHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


async def test_every_line_of_a_request_names_it(
    emulator: str, tmp_path: Path, lines: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", json=True)
    async with bridging(emulator, tmp_path) as bridge:
        session = await bridge.create()
        async with bridge.http.get(session, headers={"X-Request-ID": "mine_1"}) as response:
            assert response.headers["X-Request-ID"] == "mine_1"
        async with bridge.http.get(session, headers={"X-Request-ID": "not one\tof ours"}) as response:
            made = response.headers["X-Request-ID"]
            assert len(made) == 16
    told = [json.loads(line) for line in lines.readouterr().err.splitlines()]
    requests = [line for line in told if line["event"] == "http_request"]
    assert len({line["request_id"] for line in requests}) == len(requests)
    assert {"mine_1", made} <= {line["request_id"] for line in requests}
    assert all("request_id" not in line for line in told if line["event"] == "session_state")

"""What a session's events become in metrics and traces; times are handed in."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bridge.session.events import (
    Event,
    Interrupted,
    Problem,
    StateChanged,
    Transcript,
    UtteranceChanged,
    UtteranceStatus,
)
from bridge.session.measures import Measures
from bridge.telemetry.metrics import PREFIX, Metrics
from bridge.telemetry.telemetry import Telemetry
from bridge.telemetry.traces import Traces

SPEECH = "Xylophone words that a visitor said."


class Bench:
    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.metrics = Metrics()
        self.measures = Measures(Telemetry(self.metrics, Traces(provider)), "s1", "text")

    def feed(self, *events: tuple[float, Event]) -> None:
        for now, event in events:
            self.measures.receive(event, now)

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"{PREFIX}_{name}", labels)

    def sum(self, stage: str) -> float | None:
        return self.value("utterance_stage_seconds_sum", stage=stage)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def utterance(status: UtteranceStatus, error: Problem | None = None) -> UtteranceChanged:
    return UtteranceChanged(utterance_id="u1", kind="stream", status=status, heard=SPEECH, error=error)


def test_the_stages_of_an_utterance_are_measured(bench: Bench) -> None:
    bench.feed(
        (1.0, utterance("queued")),
        (1.25, utterance("sent")),
        (2.0, utterance("started")),
        (9.0, utterance("ended")),
        (9.5, utterance("ended")),
    )
    assert bench.sum("accepted_to_sent") == 0.25
    assert bench.sum("sent_to_started") == 0.75
    assert bench.sum("interrupt_to_end") is None
    assert bench.value("utterances_total", kind="stream", end="ended") == 1


def test_an_interrupt_is_measured_to_the_end(bench: Bench) -> None:
    bench.feed(
        (1.0, utterance("queued")),
        (1.0, utterance("sent")),
        (2.0, utterance("started")),
        (3.0, Interrupted(utterance_ids=("u1", "unknown"), by="api")),
        (3.5, utterance("interrupted")),
    )
    assert bench.sum("interrupt_to_end") == 0.5
    assert bench.value("utterances_total", kind="stream", end="interrupted") == 1


def test_losses_and_reconnects_are_counted_once_each(bench: Bench) -> None:
    for state in ("preparing", "ready", "live", "reconnecting", "reconnecting", "live", "reconnecting", "failed"):
        bench.feed((0.0, StateChanged(state=state)))
    assert bench.value("channel_losses_total") == 2
    assert bench.value("channel_reconnects_total") == 1
    assert bench.value("sessions_created_total") == 1
    assert bench.value("sessions_ended_total", state="failed") == 1


def test_a_channel_that_is_not_read_is_counted(bench: Bench) -> None:
    bench.measures.unread()
    assert bench.value("write_aborts_total", writer="channel") == 1


def test_spans_hold_stages_and_codes_and_nothing_that_was_said(bench: Bench) -> None:
    refused = Problem("drive_failed", SPEECH, cloud_code=1)
    bench.feed(
        (0.0, StateChanged(state="live")),
        (0.1, Transcript(who="user", text=SPEECH, final=True)),
        (1.0, utterance("queued")),
        (1.1, utterance("sent")),
        (1.2, utterance("started")),
        (2.0, utterance("failed", refused)),
        (3.0, StateChanged(state="closing", reason="closed_by_client")),
        (4.0, StateChanged(state="closed")),
    )
    spoken, session = bench.exporter.get_finished_spans()
    assert [event.name for event in spoken.events] == ["queued", "sent", "started"]
    assert dict(spoken.attributes or {}) == {
        "avatar.utterance_id": "u1",
        "avatar.kind": "stream",
        "avatar.end": "failed",
        "error.type": "drive_failed",
    }
    assert spoken.parent is not None
    assert session.context is not None
    assert spoken.parent.span_id == session.context.span_id
    assert [event.name for event in session.events] == ["live", "closing", "closed"]
    assert "Xylophone" not in spoken.to_json() + session.to_json()


def test_the_stages_of_a_turn_that_were_reached_are_measured(bench: Bench) -> None:
    bench.measures.turn(first_token=250, first_sound=None)
    assert bench.value("turn_stage_seconds_sum", stage="first_token") == 0.25
    assert bench.value("turn_stage_seconds_count", stage="first_sound") is None

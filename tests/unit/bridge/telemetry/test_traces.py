import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bridge.telemetry import traces as module
from bridge.telemetry.traces import NoSpan, Traces


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(exporter: InMemorySpanExporter) -> Traces:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Traces(provider)


def named(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    (found,) = [span for span in exporter.get_finished_spans() if span.name == name]
    return found


def test_what_begins_within_a_span_is_its_child(traces: Traces, exporter: InMemorySpanExporter) -> None:
    parent = traces.begin("parent", avatar__kind="x")
    with parent.current():
        traces.begin("child", "client").end()
    parent.end()
    parent.end()
    child, above = named(exporter, "child"), named(exporter, "parent")
    assert child.parent is not None
    assert above.context is not None
    assert child.parent.span_id == above.context.span_id
    assert dict(above.attributes or {}) == {"avatar.kind": "x"}
    assert len(exporter.get_finished_spans()) == 2


def test_the_callers_trace_goes_on(traces: Traces, exporter: InMemorySpanExporter) -> None:
    traces.begin("GET /x", "server", {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}).end()
    context = named(exporter, "GET /x").context
    assert context is not None
    assert f"{context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"


def test_a_failure_has_its_code_and_an_exception_is_not_recorded(
    traces: Traces, exporter: InMemorySpanExporter
) -> None:
    span = traces.begin("work")
    with pytest.raises(ValueError, match="secret"), span.current():
        raise ValueError("a secret")
    span.event("stage")
    span.set(avatar__end="failed")
    span.fail("no_over")
    span.end()
    found = named(exporter, "work")
    assert [event.name for event in found.events] == ["stage"]
    assert dict(found.attributes or {}) == {"avatar.end": "failed", "error.type": "no_over"}
    assert not found.status.is_ok
    assert "secret" not in found.to_json()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_without_a_destination_there_are_no_spans(environment: dict[str, str]) -> None:
    traces = Traces.from_environment(environment)
    span = traces.begin("x", "server", {"traceparent": "nonsense"})
    assert isinstance(span, NoSpan)
    with span.current():
        span.set(a=1)
        span.event("b")
        span.fail("c")
    span.end()
    traces.close()


def test_without_the_extra_there_are_no_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        return None

    monkeypatch.setattr(module.importlib.util, "find_spec", missing)
    traces = Traces.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
    assert isinstance(traces.begin("x"), NoSpan)


def test_the_collectors_key_is_kept_out_of_the_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[str] = []
    monkeypatch.setattr(module, "register_secret", registered.append)
    Traces.from_environment({"OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20canary, x-tenant=lobby"})
    assert registered == ["Bearer canary", "lobby", ""]


def test_with_a_destination_there_are_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_exporting", TracerProvider)
    traces = Traces.from_environment({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
    assert not isinstance(traces.begin("x"), NoSpan)
    traces.close()

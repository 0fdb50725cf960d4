import asyncio

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bridge.clouds.watched import watched
from bridge.errors import CloudUnreachable
from bridge.telemetry.metrics import PREFIX
from bridge.telemetry.telemetry import Telemetry
from bridge.telemetry.traces import Traces

SECRET = "signature=canary-7f3a"


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (None, "0"),
        (CloudUnreachable(SECRET), "cloud_unreachable"),
        (ValueError(SECRET), "other"),
        (asyncio.CancelledError(SECRET), "cancelled"),
    ],
)
def test_what_came_of_a_call_is_counted_and_traced(failure: BaseException | None, code: str) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = Telemetry(traces=Traces(provider))

    def call() -> None:
        with watched(telemetry, "statsession") as outcome:
            if failure is not None:
                raise failure
            outcome.code = "0"

    if failure is None:
        call()
    else:
        with pytest.raises(type(failure)):
            call()
    registry = telemetry.metrics.registry
    labels = {"call": "statsession", "code": code}
    assert registry.get_sample_value(f"{PREFIX}_cloud_calls_total", labels) == 1
    (span,) = exporter.get_finished_spans()
    assert (span.attributes or {})["avatar.cloud_code"] == code
    assert ("error.type" in (span.attributes or {})) == (code != "0")
    assert "canary" not in span.to_json()

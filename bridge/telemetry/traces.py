"""Spans for OpenTelemetry, where the extra `otel` is installed and OTEL_* says where they go; nothing otherwise.

Attributes hold names, states, codes and ids; never what people say, an address with a signature, or a secret.
"""

import importlib.util
import os
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import unquote

from bridge import __version__
from bridge.telemetry.logs import register_secret

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan

Value = str | int | float | bool
Kind = Literal["internal", "server", "client"]
NAME = "avatar-bridge"
CLOSE_S = 3.0
SWITCHES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER")

SECRETS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
"""These hold the key of the collector: `name=value`, separated by commas."""


class Span(Protocol):
    """One piece of work; `end` may be called twice."""

    def set(self, **attributes: Value) -> None:
        """Add attributes; `__` in a name stands for a point."""

    def event(self, name: str) -> None:
        """Take note of a moment."""

    def fail(self, code: str) -> None:
        """Say that it failed, with the stable code of the error."""

    def end(self) -> None:
        """Say that it is over."""

    @contextmanager
    def current(self) -> Generator[None]:
        """Make it the parent of what begins within."""
        yield


class NoSpan:
    """A span where nobody looks."""

    def set(self, **attributes: Value) -> None:
        """Do nothing."""

    def event(self, name: str) -> None:
        """Do nothing."""

    def fail(self, code: str) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""

    @contextmanager
    def current(self) -> Generator[None]:
        """Do nothing."""
        yield


class Traces:
    """Where spans begin; without a provider they are all `NoSpan`."""

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(NAME, __version__) if provider is not None else None

    @staticmethod
    def from_environment(environment: Mapping[str, str] = os.environ) -> "Traces":
        """Return traces that go where OTEL_* says, or nowhere."""
        for switch in SECRETS:
            for header in environment.get(switch, "").split(","):
                register_secret(unquote(header.partition("=")[2].strip()))
        wanted = any(environment.get(switch, "none") != "none" for switch in SWITCHES)
        disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
        off = environment.get("OTEL_TRACES_EXPORTER") == "none"
        if not wanted or disabled or off or importlib.util.find_spec("opentelemetry.sdk") is None:
            return Traces()
        return Traces(_exporting())

    def begin(
        self, name: str, kind: Kind = "internal", carrier: Mapping[str, str] | None = None, **attributes: Value
    ) -> Span:
        """Begin a span below the current one, or below the caller's own that the headers in `carrier` name."""
        if self._tracer is None:
            return NoSpan()
        from opentelemetry.trace import SpanKind  # noqa: PLC0415, the extra may be missing
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        kinds = {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT}
        context = TraceContextTextMapPropagator().extract(carrier) if carrier is not None else None
        return _Traced(self._tracer.start_span(name, context, kinds[kind], _dotted(attributes)))

    def close(self) -> None:
        """Send what has not been sent, within 3 s; blocks for so long where nobody takes it."""
        if self._provider is None:
            return
        closing = threading.Thread(target=self._provider.shutdown, name="traces-close", daemon=True)
        closing.start()
        closing.join(CLOSE_S)


class _Traced:
    def __init__(self, span: "OtelSpan") -> None:
        self._span = span

    def set(self, **attributes: Value) -> None:
        self._span.set_attributes(_dotted(attributes))

    def event(self, name: str) -> None:
        self._span.add_event(name)

    def fail(self, code: str) -> None:
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415

        self._span.set_attribute("error.type", code)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        if self._span.is_recording():
            self._span.end()

    @contextmanager
    def current(self) -> Generator[None]:
        from opentelemetry.trace import use_span  # noqa: PLC0415

        with use_span(self._span, end_on_exit=False, record_exception=False, set_status_on_exception=False):
            yield


def _dotted(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {name.replace("__", "."): value for name, value in attributes.items()}


def _exporting() -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": NAME, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider

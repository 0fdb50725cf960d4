"""What is counted and measured, for Prometheus: one registry a server, base units, labels from closed sets.

No label holds an id, a text or anything else that a caller or the cloud could make up.
"""

import platform
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from bridge import __version__

PREFIX = "avatar_bridge"
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STAGE_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
CALL_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
LAG_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)

Stage = Literal["accepted_to_sent", "sent_to_started", "interrupt_to_end"]
Transport = Literal["sse", "websocket"]
Writer = Literal["channel", "sse", "websocket"]


class Metrics:
    """The metrics of one server; `registry` is what a scrape reads, `labels` what each is told apart by.

    Times are in seconds.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.labels: dict[str, tuple[str, ...]] = {}
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        build = self._gauge("build_info", "Always 1; which program this is.", "version", "python")
        build.labels(__version__, platform.python_version()).set(1)
        self._created = self._counter("sessions_created", "Sessions that have begun.")
        self._ended = self._counter("sessions_ended", "Sessions that are over, by their last state.", "state")
        self._utterances = self._counter("utterances", "Utterances that are over, by kind and end.", "kind", "end")
        self._stages = self._histogram(
            "utterance_stage_seconds", "How long a stage of an utterance took.", STAGE_S, "stage"
        )
        self._turn_stages = self._histogram(
            "turn_stage_seconds", "How long after a question a stage of its answer was reached.", STAGE_S, "stage"
        )
        self._silence = self._histogram(
            "interrupt_to_silence_seconds",
            "How long after somebody interrupted, or was first heard to speak, the avatar was silent.",
            STAGE_S,
            "by",
            "seen",
        )
        self._asr_failures = self._counter("asr_failures", "Utterances of people that were not recognised.", "code")
        self._dialogs = self._counter("dialog_failures", "Answers that a dialog failed to give, by reason.", "code")
        self._lost = self._counter("channel_losses", "Times that the command channel of a live session broke.")
        self._back = self._counter("channel_reconnects", "Times that a session became live again after such a loss.")
        self._calls = self._counter("cloud_calls", "Calls to the cloud, by call and the cloud's code.", "call", "code")
        self._call_s = self._histogram("cloud_call_seconds", "How long the cloud took to answer.", CALL_S, "call")
        self._requests = self._counter("http_requests", "Requests, by route and status.", "method", "route", "status")
        self._request_s = self._histogram("http_request_seconds", "How long a request took.", STAGE_S, "route")
        self._watchers = self._gauge("watchers", "Clients that follow a session's events.", "transport")
        self._aborts = self._counter(
            "write_aborts", "Connections that were broken off for not reading in time.", "writer"
        )
        self._dropped = self._counter("audio_dropped_seconds", "Live sound that was dropped because it came too late.")
        self._late = self._counter("audio_frames_late", "Frames of sound that were written more than 40 ms late.")
        self._lag = self._histogram("event_loop_lag_seconds", "How late the event loop wakes a sleeper.", LAG_S)
        for transport in ("sse", "websocket"):
            self._watchers.labels(transport)
        for writer in ("channel", "sse", "websocket"):
            self._aborts.labels(writer)

    # Sessions.

    def session_created(self) -> None:
        """Count a session that has begun."""
        self._created.inc()

    def session_ended(self, state: Literal["closed", "failed"]) -> None:
        """Count a session that is over."""
        self._ended.labels(state).inc()

    def channel_lost(self) -> None:
        """Count a live session whose channel broke."""
        self._lost.inc()

    def channel_back(self) -> None:
        """Count a session that is live again."""
        self._back.inc()

    # Utterances.

    def utterance_ended(self, kind: str, end: str) -> None:
        """Count the one end of an utterance."""
        self._utterances.labels(kind, end).inc()

    def stage(self, stage: Stage, took: float) -> None:
        """Measure a stage of an utterance."""
        self._stages.labels(stage).observe(took)

    def turn_stage(self, stage: str, took: float) -> None:
        """Measure when a stage of an answer was reached; `stage` comes from a closed set."""
        self._turn_stages.labels(stage).observe(took)

    def silenced(self, by: str, seen: str, took: float) -> None:
        """Measure the time from an interruption to silence, `by` whom or what and `seen` by whom: closed sets."""
        self._silence.labels(by, seen).observe(took)

    def asr_failed(self, code: str) -> None:
        """Count an utterance that was not recognised; `code` is that of an error of ours."""
        self._asr_failures.labels(code).inc()

    def dialog_failed(self, code: str) -> None:
        """Count an answer that a dialog failed to give; `code` is that of an error of ours."""
        self._dialogs.labels(code).inc()

    def audio_dropped(self, seconds: float) -> None:
        """Count live sound that was dropped."""
        self._dropped.inc(seconds)

    def frame_late(self) -> None:
        """Count a frame that was written late."""
        self._late.inc()

    # The cloud.

    def cloud_call(self, call: str, code: str, took: float) -> None:
        """Count and measure a call; `call` and `code` come from the closed sets of the client."""
        self._calls.labels(call, code).inc()
        self._call_s.labels(call).observe(took)

    # Clients.

    def request(self, method: str, route: str | None, status: int, took: float) -> None:
        """Count and measure a request; `route` is the pattern, not the path."""
        known = method if method in METHODS else OTHER
        self._requests.labels(known, route or OTHER, str(status)).inc()
        self._request_s.labels(route or OTHER).observe(took)

    @contextmanager
    def watching(self, transport: Transport) -> Generator[None]:
        """Count a client while it follows a session."""
        self.watcher_came(transport)
        try:
            yield
        finally:
            self.watcher_left(transport)

    def watcher_came(self, transport: Transport) -> None:
        """Count a client in that follows a session."""
        self._watchers.labels(transport).inc()

    def watcher_left(self, transport: Transport) -> None:
        """Count one out."""
        self._watchers.labels(transport).dec()

    def write_aborted(self, writer: Writer) -> None:
        """Count a connection whose other end did not read in time."""
        self._aborts.labels(writer).inc()

    # The process.

    def loop_lag(self, late: float) -> None:
        """Measure how late the event loop was."""
        self._lag.observe(late)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(self._named(name, labels), text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(self._named(name, labels), text, labels, registry=self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(self._named(name, labels), text, labels, registry=self.registry, buckets=buckets)

    def _named(self, name: str, labels: tuple[str, ...]) -> str:
        self.labels[f"{PREFIX}_{name}"] = labels
        return f"{PREFIX}_{name}"

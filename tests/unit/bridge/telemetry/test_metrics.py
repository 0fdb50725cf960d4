"""Names, units and labels, as a linter for Prometheus would have them, and what each method counts."""

import re

import pytest
from prometheus_client import CollectorRegistry

from bridge.telemetry.metrics import OTHER, PREFIX, Metrics

UNITS = ("_seconds", "_bytes", "_ratio")
NOT_OURS = ("process_", "python_")


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"{PREFIX}_{name}", labels)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def test_names_units_and_texts_are_as_prometheus_wants_them(metrics: Metrics) -> None:
    families = list(metrics.registry.collect())
    ours = [family for family in families if family.name.startswith(PREFIX)]
    assert len(ours) >= 15
    assert len({family.name for family in families}) == len(families)
    for family in ours:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", family.name)
        assert family.documentation.endswith(".")
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_milliseconds", "_ms"))
        for sample in family.samples:
            assert not {"session_id", "utterance_id", "user_id", "path", "ref"} & set(sample.labels)
        if family.type == "counter":
            assert all(sample.name.endswith(("_total", "_created")) for sample in family.samples)
        if family.type == "histogram":
            assert family.name.endswith(UNITS)
    assert all(family.name.startswith((PREFIX, *NOT_OURS)) for family in families)


def test_build_process_and_garbage_collection_are_there(metrics: Metrics) -> None:
    names = {family.name for family in metrics.registry.collect()}
    assert {"avatar_bridge_build_info", "process_cpu_seconds", "process_open_fds", "python_gc_collections"} <= names


def test_two_servers_in_one_process_count_for_themselves() -> None:
    one, other = Metrics(), Metrics()
    one.session_created()
    assert value(one.registry, "sessions_created_total") == 1
    assert value(other.registry, "sessions_created_total") == 0


def test_a_request_is_counted_by_pattern_and_an_invented_method_as_other(metrics: Metrics) -> None:
    metrics.request("GET", "/v1/sessions/{session_id}", 200, 0.02)
    metrics.request("PWN-1", None, 404, 0.01)
    metrics.request("PWN-2", None, 404, 0.01)
    registry = metrics.registry
    route = "/v1/sessions/{session_id}"
    assert value(registry, "http_requests_total", method="GET", route=route, status="200") == 1
    assert value(registry, "http_requests_total", method=OTHER, route=OTHER, status="404") == 2
    assert value(registry, "http_request_seconds_count", route=route) == 1


def test_watchers_are_counted_while_they_are_there(metrics: Metrics) -> None:
    with metrics.watching("sse"):
        assert value(metrics.registry, "watchers", transport="sse") == 1
    assert value(metrics.registry, "watchers", transport="sse") == 0
    assert value(metrics.registry, "watchers", transport="websocket") == 0


def test_what_is_dropped_late_or_aborted_is_there_before_it_happens(metrics: Metrics) -> None:
    assert value(metrics.registry, "audio_dropped_seconds_total") == 0
    assert value(metrics.registry, "write_aborts_total", writer="channel") == 0
    metrics.audio_dropped(0.16)
    metrics.frame_late()
    metrics.write_aborted("channel")
    metrics.loop_lag(0.004)
    assert value(metrics.registry, "audio_dropped_seconds_total") == 0.16
    assert value(metrics.registry, "audio_frames_late_total") == 1
    assert value(metrics.registry, "write_aborts_total", writer="channel") == 1
    assert value(metrics.registry, "event_loop_lag_seconds_bucket", le="0.0025") == 0
    assert value(metrics.registry, "event_loop_lag_seconds_bucket", le="0.005") == 1


def test_a_call_to_the_cloud_is_counted_and_measured(metrics: Metrics) -> None:
    metrics.cloud_call("statsession", "0", 0.03)
    metrics.cloud_call("statsession", "110018", 0.02)
    assert value(metrics.registry, "cloud_calls_total", call="statsession", code="0") == 1
    assert value(metrics.registry, "cloud_calls_total", call="statsession", code="110018") == 1
    assert value(metrics.registry, "cloud_call_seconds_count", call="statsession") == 2

"""`/metrics`: what is counted while things happen, and what is looked up when somebody asks."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import get_args

from aiohttp import web
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bridge.gateway.context import gateway
from bridge.session.events import SessionState
from bridge.session.session import Session
from bridge.telemetry.metrics import PREFIX

STATES: tuple[SessionState, ...] = get_args(SessionState)


class Sessions(Collector):
    """The sessions of a server as they are when a scrape comes."""

    def __init__(self, sessions: Callable[[], Iterable[Session]]) -> None:
        self._sessions = sessions

    def collect(self) -> Iterable[Metric]:
        """Yield sessions by state, and the utterances that wait or are being said."""
        snapshots = [session.snapshot() for session in self._sessions()]
        states = Counter(snapshot.state for snapshot in snapshots)
        sessions = GaugeMetricFamily(
            f"{PREFIX}_sessions", "Sessions by state; those that ended stay for a minute.", labels=["state"]
        )
        for state in STATES:
            sessions.add_metric([state], states[state])
        yield sessions
        statuses = Counter(utterance.status for snapshot in snapshots for utterance in snapshot.utterances)
        waiting = GaugeMetricFamily(f"{PREFIX}_utterances_open", "Utterances that have not ended.", labels=["status"])
        for status in ("queued", "sent", "started"):
            waiting.add_metric([status], statuses[status])
        yield waiting
        longest = max((len(snapshot.utterances) for snapshot in snapshots), default=0)
        yield GaugeMetricFamily(f"{PREFIX}_utterance_queue_max", "The longest queue of any session.", value=longest)


async def metrics(request: web.Request) -> web.StreamResponse:
    """Return the metrics as text, or as OpenMetrics to those who ask for it."""
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    body = encode(gateway(request).telemetry.metrics.registry)
    return web.Response(body=body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

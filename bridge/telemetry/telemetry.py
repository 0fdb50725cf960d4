"""What the parts of a server are given to be seen by: metrics and traces."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bridge.telemetry.metrics import Metrics
from bridge.telemetry.traces import Traces

LAG_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The metrics and traces of one server."""

    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces = field(default_factory=Traces)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Measure the event loop while the context lasts; at its end the last spans are sent."""
        watching = asyncio.create_task(self._watch_loop(), name="loop-lag")
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await asyncio.to_thread(self.traces.close)

    async def _watch_loop(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            self.metrics.loop_lag(max(0.0, clock() - due))

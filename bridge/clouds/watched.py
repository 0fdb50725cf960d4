"""A call to a cloud, as metrics and traces see it."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from bridge.errors import BridgeError
from bridge.telemetry.metrics import OTHER
from bridge.telemetry.telemetry import Telemetry


@dataclass(slots=True)
class Watched:
    """What came of a call: the cloud's code if it is a known one, or ours; nobody waited for it until it is set."""

    code: str = "cancelled"


@contextmanager
def watched(telemetry: Telemetry, call: str) -> Generator[Watched]:
    """Measure the call `call` while the context lasts; the caller sets the code that the cloud answered with."""
    outcome = Watched()
    span = telemetry.traces.begin(call, "client", avatar__cloud_call=call)
    began = time.monotonic()
    try:
        with span.current():
            yield outcome
    except BridgeError as error:
        outcome.code = error.code
        raise
    except Exception:
        outcome.code = OTHER
        raise
    finally:
        telemetry.metrics.cloud_call(call, outcome.code, time.monotonic() - began)
        span.set(avatar__cloud_code=outcome.code)
        if outcome.code != "0":
            span.fail(outcome.code)
        span.end()

"""What the programs of a story log from warnings on, as a part of its trace."""

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Generator

import structlog
from structlog.typing import EventDict, WrappedLogger

from tests.support.story.trace import Trace


@contextlib.contextmanager
def complaints(trace: Trace) -> Generator[None]:
    """Note the bridge's warnings as `log`, and every error, whosever it is, as `error`."""
    now = asyncio.get_running_loop().time
    before = structlog.get_config()

    def note(_logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        if method in {"error", "exception", "critical"}:
            trace.add(now(), "error", {**event, "traceback": traceback.format_exc()})
        elif method == "warning":
            trace.add(now(), "log", dict(event))
        raise structlog.DropEvent

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
            trace.add(now(), "error", {"logger": record.name, "event": record.getMessage(), "traceback": told})

    handler = Noting(logging.ERROR)
    logging.getLogger().addHandler(handler)
    structlog.configure(processors=[note])
    try:
        yield
    finally:
        structlog.configure(**before)
        logging.getLogger().removeHandler(handler)

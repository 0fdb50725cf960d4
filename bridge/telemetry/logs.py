"""Structured logs to stderr: one line an event, JSON or for a terminal, with no secret in any of them.

Every line has a stable `event`, the `session_id` it is about (null if none), `level`, `time` and `logger`. Lines of
other libraries have the event `log` and their text in `message`. What people say is not logged: libraries that write
whole frames or request bodies at DEBUG are held at INFO.
"""

import logging
import sys
from typing import TextIO

import stamina
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bridge.telemetry.redaction import Redactor

WORDY = {"websockets": logging.INFO, "httpx": logging.WARNING, "httpcore": logging.INFO, "openai": logging.INFO}
"""Their more detailed levels hold what people say, so they stay off."""

_redactor = Redactor()


def register_secret(value: str) -> None:
    """Keep `value` out of all logs from now on: as it is, percent-encoded and in base64."""
    _redactor.register(value)


def configure(level: str = "info", json: bool | None = None) -> None:
    """Send the logs of this program and of its libraries to stderr from `level` on; may be called again.

    `json` None means: JSON unless stderr is a terminal. Raises ValueError for a level that logging does not have.
    """
    root = logging.getLogger()
    root.setLevel(level.upper())
    for handler in [handler for handler in root.handlers if isinstance(handler, RedactingHandler)]:
        root.removeHandler(handler)
    handler = RedactingHandler(sys.stderr)
    handler.setFormatter(_formatter(json=not sys.stderr.isatty() if json is None else json))
    root.addHandler(handler)
    for name, floor in WORDY.items():
        logging.getLogger(name).setLevel(max(floor, root.level))
    logging.captureWarnings(capture=True)
    stamina.instrumentation.set_on_retry_hooks([])  # what came of the tries is logged by who made them
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_describe(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class RedactingHandler(logging.StreamHandler[TextIO]):
    """Writes formatted records; the last net under everything that was formatted before."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line without registered values, whatever a renderer made of them."""
        return _redactor.secrets(super().format(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, logging's name
        """Say that a record could not be written; logging itself would print its arguments."""
        self.stream.write(f"a log record of {record.name} ({record.pathname}:{record.lineno}) could not be written\n")


def _formatter(*, json: bool) -> logging.Formatter:
    renderers: list[Processor] = (
        [_name_session, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_name_foreign, *_describe()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _redact_values,
            *renderers,
        ],
    )


def _describe() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]


def _name_foreign(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Give a line of the standard library's logging our shape."""
    event["message"] = event["event"]
    event["event"] = "log"
    return event


def _redact_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return _redactor.mapping(event)


def _name_session(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.setdefault("session_id", None)
    return event

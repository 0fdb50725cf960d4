"""Options that several commands have, so that they are named and explained once."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_URL = "http://127.0.0.1:8080"


@dataclass
class Invocation:
    """How this run of the program was asked for; typer hands it to every command as `ctx.obj`."""

    debug: bool = False


class LogLevel(StrEnum):
    """The levels of the log on stderr."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _remember_debug(ctx: typer.Context, value: bool) -> bool:
    invocation = ctx.find_object(Invocation)
    if invocation is not None and value:
        invocation.debug = True
    return value


Debug = Annotated[bool, typer.Option("--debug", callback=_remember_debug, help="Show tracebacks of errors.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings file (TOML); AVATAR_BRIDGE_CONFIG names one, too."),
]
Level = Annotated[LogLevel, typer.Option("--log-level", help="How much to log on stderr.")]
LogJson = Annotated[
    bool | None,
    typer.Option("--log-json/--log-text", help="The form of the log; default: JSON unless stderr is a terminal."),
]
Url = Annotated[str, typer.Option("--url", envvar="AVATAR_BRIDGE_URL", help="The running server.")]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="AVATAR_BRIDGE_API_KEY",
        metavar="KEY",
        help="The server's server.api_key; the variable keeps it out of the process list.",
    ),
]

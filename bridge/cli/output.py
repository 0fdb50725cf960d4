"""What the commands print: answers on stdout, problems on stderr, one line each."""

import json
import sys

import typer
from rich.console import Console

PIPE_WIDTH = 200


def stdout() -> Console:
    """Return a console for answers; it shows text as it is, in a pipe wide enough for a table."""
    return Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def say(line: str) -> None:
    """Print `line` on stdout."""
    typer.echo(line)


def note(line: str) -> None:
    """Print `line` on stderr: what goes on, beside the answer."""
    typer.echo(line, err=True)


def reachable(address: str) -> str:
    """Return `address` as this machine can open it, where a server listens on all of its addresses."""
    return address.rstrip("/").replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def problems(message: str) -> None:
    """Print every line of `message` on stderr, each named as ours."""
    for line in message.splitlines() or [message]:
        note(f"avatar-bridge: {line}")


def data(value: object) -> None:
    """Print `value` on stdout as indented JSON."""
    say(json.dumps(value, ensure_ascii=False, indent=2))

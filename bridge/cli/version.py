"""`avatar-bridge version`."""

import platform

import typer

from bridge import __version__
from bridge.cli import extras
from bridge.cli.options import Debug, Json
from bridge.cli.output import data, say


def version(json: Json = False, debug: Debug = False) -> None:
    """Show the version of this program, of Python, and which extras are installed."""
    installed = {extra: not extras.missing(extra) for extra in extras.NAMES}
    if json:
        data({"version": __version__, "python": platform.python_version(), "extras": installed})
        return
    say(f"avatar-bridge {__version__} (Python {platform.python_version()})")
    for extra, complete in installed.items():
        say(f"extra {extra}: {'installed' if complete else f'not installed; {extras.install_line(extra)}'}")


def show(value: bool) -> None:
    """Print the version alone and leave."""
    if value:
        say(f"avatar-bridge {__version__}")
        raise typer.Exit

"""`avatar-bridge bench`: the command."""

import json as codec
import os
import platform
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bridge import __version__
from bridge.cli.bench.report import Work
from bridge.cli.bench.run import LIMIT, Size, text_work, voice_work
from bridge.cli.options import Debug, Json
from bridge.cli.output import data, note, say, stdout
from bridge.gateway.open_files import allow_connections

SOCKETS = 4
"""What one session takes here: the browser's and the cloud's side of its two connections, generously."""
LEGEND = """\
ours is: this server's CPU, as a multiple of that program's; arrived: what reached the cloud of what was to;
KiB: memory that a session adds; most: sessions with a 99th percentile of 20 ms or less; late: the load itself, at
worst; busy: cores that other processes of this machine kept busy. Unless both are near 0 the delays are theirs."""


class What(StrEnum):
    """The kinds of work."""

    VOICE = "voice"
    TEXT = "text"
    ALL = "all"


def bench(
    what: Annotated[What, typer.Argument(help="Microphones, a language model's answers, or both.")] = What.ALL,
    sessions: Annotated[int, typer.Option(min=1, help="Microphones at once.")] = 200,
    streams: Annotated[int, typer.Option(min=1, help="Answers at once.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, help="How long each program is measured, each time.")] = 10,
    rounds: Annotated[int, typer.Option(min=1, help="How often; the median counts.")] = 3,
    search: Annotated[
        bool, typer.Option("--search", help="Also search for the most microphones; takes minutes.")
    ] = False,
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A relay of sound to measure in the same run: a Python program that is given the cloud's HOST:PORT, "
            "prints http://127.0.0.1:PORT, and takes a microphone at each path /0, /1, …; may be repeated.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write the JSON there.")] = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Measure what this server costs on this machine, against the barest programs that do its work, in the same run.

    Each program has a core of its own, the load another one; 200 sessions take some five minutes. No account, no
    network, no other server is needed. Linux only.
    """
    size = Size(sessions, streams, seconds, rounds, search)
    allow_connections(SOCKETS * max(sessions, LIMIT if search else 0))
    machine = _machine()
    works: list[Work] = []
    if what is not What.TEXT:
        works.append(voice_work(size, against or [], note))
    if what is not What.VOICE:
        works.append(text_work(size, note))
    result = {"version": __version__, "machine": machine, "works": [work.as_json() for work in works]}
    if out is not None:
        out.write_text(codec.dumps(result, indent=2) + "\n", "utf-8")
    if json:
        data(result)
    else:
        for work in works:
            _show(work)
        say(LEGEND)


def _show(work: Work) -> None:
    head, *rows = work.rows()
    table = Table(*head, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console = stdout()
    console.print(table)
    console.print()


def _machine() -> dict[str, object]:
    """Say what it was measured on."""
    models = [line for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines() if line.startswith("model name")]
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }

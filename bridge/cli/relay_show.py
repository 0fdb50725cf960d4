"""What `relay` shows while it runs: a line with the level, lines of changes, or JSON."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Generator
from typing import Literal

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from bridge.cli.output import note
from bridge.cli.relay_meter import QUIET_DB, Meter, RelayState

Shown = Literal["bar", "lines", "json"]
WORDS: dict[RelayState, str] = {
    "connecting": "connecting",
    "waiting": "waiting",
    "on_air": "on air",
    "reconnecting": "reconnecting",
    "source_lost": "no source",
    "ending": "ending",
}
COLOURS: dict[RelayState, str] = {"on_air": "bold red", "reconnecting": "yellow", "source_lost": "yellow"}
BAR_WIDTH = 24
BAR_S = 0.1
LEVEL_S = 1.0
LOUD_DB = -6.0


def line_now(value: object) -> None:
    """Print `value` as one line of JSON at once, also into a pipe."""
    typer.echo(json.dumps(value, ensure_ascii=False))
    sys.stdout.flush()


@contextlib.contextmanager
def shown(how: Shown, session_id: str) -> Generator[Meter]:
    """Give a meter whose changes are shown on stderr, or as JSON on stdout."""
    tell = {"bar": _nothing, "lines": _tell, "json": _tell_json}[how]
    meter = Meter(tell)
    if how == "json":
        line_now({"type": "begin", "session_id": session_id})
    drawing = None if how == "lines" else asyncio.create_task(_draw(meter, how), name="relay-show")
    try:
        yield meter
    finally:
        if drawing is not None:
            drawing.cancel()


async def _draw(meter: Meter, how: Shown) -> None:
    if how == "json":
        while True:
            await asyncio.sleep(LEVEL_S)
            line_now({"type": "level", "peak_db": round(meter.level(), 1), **_figures(meter)})
    with Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        while True:
            live.update(_line(meter), refresh=True)
            await asyncio.sleep(BAR_S)


def _line(meter: Meter) -> Text:
    level = meter.level()
    width = round(BAR_WIDTH * (level - QUIET_DB / 2) / (-QUIET_DB / 2)) if level > QUIET_DB / 2 else 0
    line = Text.assemble((f"● {WORDS[meter.state]:<13}", COLOURS.get(meter.state, "")))
    line.append("█" * width, "red" if level > LOUD_DB else "green")
    line.append(f"{'':<{BAR_WIDTH - width}} {level:4.0f} dB  {time.strftime('%H:%M:%S', time.gmtime(meter.sent_s))}")
    if meter.dropped_s:
        line.append(f"  {meter.dropped_s:.1f} s lost", "yellow")
    if meter.detail:
        line.append(f"  {meter.detail}", "dim")
    return line


def _tell(meter: Meter) -> None:
    note(f"{WORDS[meter.state]}: {meter.detail}" if meter.detail else WORDS[meter.state])


def _tell_json(meter: Meter) -> None:
    state: dict[str, object] = {"type": "state", "state": meter.state, "detail": meter.detail}
    line_now({**state, "utterance_id": meter.utterance_id, **_figures(meter)})


def _figures(meter: Meter) -> dict[str, float]:
    return {"sent_s": round(meter.sent_s, 2), "dropped_s": round(meter.dropped_s, 2)}


def _nothing(meter: Meter) -> None:
    return

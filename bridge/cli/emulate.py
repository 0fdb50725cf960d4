"""`avatar-bridge emulate`: becomes `python -m emulator`."""

import os
import sys
from typing import Annotated

import typer

from bridge.cli.emulator_process import COMMAND, require_demo_extra
from bridge.cli.options import Debug

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


def emulate(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    debug: Debug = False,
) -> None:
    """Run the emulated cloud alone; further options go to it ("emulate -- --help" lists them)."""
    require_demo_extra()
    sys.stdout.flush()
    os.execv(sys.executable, [*COMMAND, "--port", str(port), *ctx.args])  # noqa: S606 - our own program, no shell

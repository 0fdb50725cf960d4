"""The command line of the emulator."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from emulator.api.order import Account
from emulator.channel.bot import Bot, BotFile
from emulator.faults import FaultError
from emulator.faults import parse as parse_fault
from emulator.server import CannotListen, Options, serve
from emulator.transitions import parse as parse_transition

_EXAMPLE = """Example:

python -m emulator --port 8765 --fault drop@audio:17 --transition polls=3
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog=_EXAMPLE)
def main(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = 8765,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    *,
    lenient: Annotated[bool, typer.Option("--lenient", help="Accept what real clients do beyond the manual.")] = False,
    fault: Annotated[
        list[str] | None, typer.Option(help="A fault for all sessions, <fault>[@<step>[:<n>]][=<value>]; repeatable.")
    ] = None,
    transition: Annotated[
        str, typer.Option(help="How a session becomes ready: immediate, polls=N or seconds=S.")
    ] = "seconds=1.5",
    bots: Annotated[
        Path | None, typer.Option(help="TOML file of scripted bots that answer SEND_TEXT; see docs/emulator.md.")
    ] = None,
    ready_file: Annotated[
        Path | None, typer.Option(help="File that holds the base URL while the emulator serves.")
    ] = None,
    print_ready: Annotated[bool, typer.Option(help="Print one line as soon as it serves.")] = True,
    appkey: Annotated[str, typer.Option(help="The account's appkey.")] = "emulator",
    accesstoken: Annotated[str, typer.Option(help="The account's accesstoken.")] = "emulator-secret",
    project: Annotated[str, typer.Option(help="The account's one project and image.")] = "demo",
    push_anywhere: Annotated[
        bool, typer.Option("--push-anywhere", help="Let CssCustomPushUrl be at any address, not only a private one.")
    ] = False,
    exit_with_stdin: Annotated[
        bool, typer.Option("--exit-with-stdin", help="End when standard input ends or the parent dies.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens to standard error.")] = False,
) -> None:
    """Run the digital human's cloud on this machine: sessions, command channel, voice and picture.

    Unless told otherwise the account is appkey `emulator`, accesstoken `emulator-secret`, project and image `demo`.
    """
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        options = Options(
            host=host,
            port=port,
            lenient=lenient,
            faults=tuple(parse_fault(spec) for spec in fault or ()),
            transition=parse_transition(transition),
            bots=_bots(bots),
            ready_file=ready_file,
            exit_with_stdin=exit_with_stdin,
            push_anywhere=push_anywhere,
            account=Account(appkey, accesstoken, project),
        )
    except FaultError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--transition") from None
    try:
        asyncio.run(serve(options, _announce if print_ready else _keep_quiet))
    except CannotListen as error:
        typer.echo(f"emulator: {error}", err=True)
        raise typer.Exit(1) from None


def _bots(file: Path | None) -> tuple[Bot, ...]:
    if file is None:
        return ()
    try:
        return tuple(msgspec.toml.decode(file.read_bytes(), type=BotFile).bots)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--bots") from None


def _announce(url: str) -> None:
    typer.echo(f"emulator listening on {url}")


def _keep_quiet(_: str) -> None:
    pass

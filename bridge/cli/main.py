"""The command `avatar-bridge`: every error is one clear line on stderr and an exit code.

0 done (a server that was stopped in good order, too), 1 an error of ours, 2 wrong usage, 130 broken off with Ctrl-C.
"""

import sys
import traceback
from typing import Annotated

import typer

from bridge.cli import check_config, demo, doctor, emulate, link, openapi, play, relay, say, serve, sessions, version
from bridge.cli.bench.command import bench
from bridge.cli.options import Debug, Invocation
from bridge.cli.output import problems
from bridge.errors import BridgeError

app = typer.Typer(name="avatar-bridge", no_args_is_help=True, pretty_exceptions_enable=False)
app.command(epilog="Example: avatar-bridge demo --port 9000")(demo.demo)
app.command(epilog="Example: avatar-bridge serve --config avatar-bridge.toml")(serve.serve)
app.command(epilog="Example: avatar-bridge emulate --port 8765", context_settings=emulate.PASS_THROUGH)(emulate.emulate)
app.command(epilog='Example: avatar-bridge say "Good morning" --wait ended')(say.say)
app.command(epilog="Example: avatar-bridge play speech.mp3 --interrupt")(play.play)
app.command(epilog="Example: avatar-bridge relay rtmp://live.example.org/stage/anna")(relay.relay)
app.command(epilog="Example: avatar-bridge sessions close --all")(sessions.sessions)
app.command(epilog="Example: avatar-bridge link kiosk --name lobby")(link.link)
app.command(epilog="Example: avatar-bridge doctor --config avatar-bridge.toml")(doctor.doctor)
app.command("check-config", epilog="Example: avatar-bridge check-config --config avatar-bridge.toml")(
    check_config.check_config
)
app.command(epilog="Example: avatar-bridge openapi --asyncapi")(openapi.openapi)
app.command(epilog="Example: avatar-bridge bench voice --sessions 200 --out bench.json")(bench)
app.command(epilog="Example: avatar-bridge version --json")(version.version)


@app.callback(epilog="Try it without any account: avatar-bridge demo")
def root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=version.show, is_eager=True, help="Show the version.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Put a digital human in front of people: the server, its demo, and commands for a running server."""


def main() -> None:
    """Run the command line and exit."""
    invocation = Invocation()
    try:
        app(obj=invocation, prog_name="avatar-bridge")
    except BridgeError as error:
        if invocation.debug:
            traceback.print_exc()
        problems(error.message)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last line of defence: whatever it is, the user gets one line
        if invocation.debug:
            traceback.print_exc()
        problems(f"internal error ({type(error).__name__}); run it again with --debug and report what it shows")
    sys.exit(1)

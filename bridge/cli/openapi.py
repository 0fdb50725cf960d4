"""`avatar-bridge openapi`."""

from typing import Annotated

import typer

from bridge.cli.options import Debug
from bridge.cli.output import problems, say
from bridge.gateway.describe.documents import Name, document


def openapi(
    asyncapi: Annotated[bool, typer.Option("--asyncapi", help="Events and WebSocket messages: AsyncAPI.")] = False,
    errors: Annotated[bool, typer.Option("--errors", help="The catalogue of errors.")] = False,
    debug: Debug = False,
) -> None:
    """Print what describes the interface, as JSON: the calls (OpenAPI) unless you ask for another part."""
    if asyncapi and errors:
        problems("choose one of --asyncapi and --errors")
        raise typer.Exit(2)
    name: Name = "asyncapi" if asyncapi else "errors" if errors else "openapi"
    say(document(name).decode().rstrip())

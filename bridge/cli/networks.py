"""The option that opens networks of one's own to addresses that would otherwise be refused."""

import ipaddress
from typing import Annotated

import typer

from audio.addresses import Network

Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="NETWORK", help="Addresses may lead into this network of your own, too."),
]


def networks(texts: list[str] | None) -> tuple[Network, ...]:
    """Return what `--allow` names. Raises typer.BadParameter."""
    return tuple(_network(text) for text in texts or ())


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no network; it looks like 10.0.0.0/8") from None

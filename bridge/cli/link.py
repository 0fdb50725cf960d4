"""`avatar-bridge link`: links that let a kiosk in without the server's key."""

import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from bridge.cli import aio
from bridge.cli.api import Grant, Link, Server, plain
from bridge.cli.options import DEFAULT_URL, ApiKey, Debug, Json, Url
from bridge.cli.output import data, note, say, stdout


class Action(StrEnum):
    """What to do."""

    KIOSK = "kiosk"
    LIST = "list"
    REVOKE = "revoke"


def link(
    action: Annotated[Action, typer.Argument(help="Make a link to the kiosk's page, list all, or take one back.")],
    grant_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The one to take back.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What you call the place, for the list.")] = None,
    avatar: Annotated[str | None, typer.Option(metavar="NAME", help="The avatar of its sessions.")] = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Make a link that opens the kiosk of a running server, good for one session at a time, until it is taken back."""
    _check(action, grant_id, named=name is not None or avatar is not None)
    match action:
        case Action.KIOSK:
            _show_link(aio.run(_make(url, api_key, name, avatar)), json=json)
        case Action.LIST:
            _show_list(aio.run(_list(url, api_key)), json=json)
        case Action.REVOKE:
            taken = grant_id or ""
            aio.run(_revoke(url, api_key, taken))
            if json:
                data({"revoked": taken})
            else:
                say(f"revoked {taken}")


def _check(action: Action, grant_id: str | None, *, named: bool) -> None:
    """Raise typer.BadParameter unless what is given belongs to the action."""
    if (action is Action.REVOKE) != (grant_id is not None):
        raise typer.BadParameter("revoke takes the ID that avatar-bridge link list shows, and nothing else does")
    if named and action is not Action.KIOSK:
        raise typer.BadParameter("--name and --avatar belong to a new link")


async def _make(url: str, api_key: str | None, name: str | None, avatar: str | None) -> Link:
    async with Server(url, api_key) as server:
        return await server.create_link(name, avatar)


async def _list(url: str, api_key: str | None) -> list[Grant]:
    async with Server(url, api_key) as server:
        return await server.grants()


async def _revoke(url: str, api_key: str | None, grant_id: str) -> None:
    async with Server(url, api_key) as server:
        await server.revoke_grant(grant_id)


def _show_link(made: Link, *, json: bool) -> None:
    if json:
        data(plain(made))
        return
    say(made.link)
    note("open it once on the kiosk; it is not shown again, and whoever has it can talk to the avatar")
    note(f"take it back: avatar-bridge link revoke {made.grant_id}")


def _show_list(found: list[Grant], *, json: bool) -> None:
    if json:
        data([plain(grant) for grant in found])
        return
    if not found:
        say("no links")
        return
    table = Table("id", "page", "name", "avatar", "made", box=None, pad_edge=False)
    for grant in found:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(grant.created_at))
        table.add_row(grant.grant_id, grant.page, grant.name or "-", grant.avatar or "-", made)
    stdout().print(table)

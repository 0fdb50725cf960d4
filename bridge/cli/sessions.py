"""`avatar-bridge sessions`: lists and closes the sessions of a running server."""

import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from bridge.cli import aio
from bridge.cli.api import Server, SessionView, plain
from bridge.cli.options import DEFAULT_URL, ApiKey, Config, Debug, Json, Url
from bridge.cli.orphans import close_orphans
from bridge.cli.output import data, say, stdout


class Action(StrEnum):
    """What to do with them."""

    LIST = "list"
    CLOSE = "close"


def sessions(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    session_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The session to close.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Close all that are open.")] = False,
    orphans: Annotated[
        bool,
        typer.Option("--orphans", help="Ask the cloud, not a server, and close what servers that died left there."),
    ] = False,
    config: Config = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """List the sessions of a running server, or close one or all of them, in the cloud too."""
    _check(action, (session_id is not None) + every + orphans)
    if action is Action.CLOSE:
        closed = aio.run(close_orphans(config) if orphans else _close(url, api_key, session_id))
        if json:
            data({"closed": closed})
        else:
            nothing = "no orphans in the cloud" if orphans else "no sessions are open"
            say("\n".join(f"closed {each}" for each in closed) or nothing)
        return
    found = aio.run(_list(url, api_key))
    if json:
        data([plain(session) for session in found])
    elif found:
        stdout().print(_table(found))
    else:
        say("no sessions")


def _check(action: Action, chosen: int) -> None:
    """Raise typer.BadParameter unless `close` has one way to choose sessions and `list` has none."""
    if action is Action.CLOSE and chosen != 1:
        raise typer.BadParameter("name one session to close, or use --all or --orphans")
    if action is Action.LIST and chosen:
        raise typer.BadParameter("list takes neither a session nor --all nor --orphans")


async def _list(url: str, api_key: str | None) -> list[SessionView]:
    async with Server(url, api_key) as server:
        return await server.sessions()


async def _close(url: str, api_key: str | None, session_id: str | None) -> list[str]:
    async with Server(url, api_key) as server:
        if session_id is not None:
            ids = [session_id]
        else:
            ids = [session.session_id for session in await server.sessions() if session.is_open]
        for each in ids:
            await server.close(each)
        return ids


def _table(found: list[SessionView]) -> Table:
    table = Table("session", "state", "user", "cloud session", "age", "speech or error", box=None, pad_edge=False)
    for session in found:
        now = session.error_line or " | ".join(speech.text for speech in session.utterances)
        age = f"{max(0, time.time() - session.created_at) / 60:.0f} min" if session.created_at else None
        columns = (session.session_id, session.state, session.user_id, session.cloud_session_id, age, now)
        table.add_row(*(column or "-" for column in columns))
    return table

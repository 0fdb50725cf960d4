"""`avatar-bridge sessions`: lists and closes the sessions of a running server."""

import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from bridge.cli import aio
from bridge.cli.api import Server, SessionView, plain
from bridge.cli.options import DEFAULT_URL, ApiKey, Debug, Json, Url
from bridge.cli.output import data, say, stdout


class Action(StrEnum):
    """What to do with them."""

    LIST = "list"
    CLOSE = "close"


def sessions(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.LIST,
    session_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The session to close.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Close all that are open.")] = False,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """List the sessions of a running server, or close one or all of them, in the cloud too."""
    if action is Action.CLOSE and (session_id is None) is not every:
        raise typer.BadParameter("name one session to close, or use --all")
    if action is Action.LIST and (session_id is not None or every):
        raise typer.BadParameter("list takes neither a session nor --all")
    if action is Action.CLOSE:
        closed = aio.run(_close(url, api_key, session_id))
        if json:
            data({"closed": closed})
        else:
            say("\n".join(f"closed {each}" for each in closed) or "no sessions are open")
        return
    found = aio.run(_list(url, api_key))
    if json:
        data([plain(session) for session in found])
    elif found:
        stdout().print(_table(found))
    else:
        say("no sessions")


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

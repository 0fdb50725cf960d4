"""`avatar-bridge say`: has a running server say something."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from bridge.cli import aio
from bridge.cli.api import Said, Server, ServerRefused, line_of, plain
from bridge.cli.options import DEFAULT_URL, ApiKey, Debug, Json, Url
from bridge.cli.output import data, note
from bridge.cli.output import say as show
from bridge.errors import BridgeError


class Wait(StrEnum):
    """How far the utterance has to get before the command returns."""

    ACCEPTED = "accepted"
    STARTED = "started"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to say, and how."""

    text: str
    wait: Wait
    interrupt: bool
    timeout_s: float


class NotSaid(BridgeError):
    """The text was not said to its end, or no session can be chosen."""


def say(
    text: Annotated[str, typer.Argument(help='What to say; "-" reads it from standard input.')],
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Default: the only open session, or a new one.")
    ] = None,
    wait: Annotated[Wait, typer.Option(help="Return when it is accepted, heard, or at its end.")] = Wait.ENDED,
    interrupt: Annotated[bool, typer.Option("--interrupt", help="Stop what is being said and say this now.")] = False,
    timeout: Annotated[float, typer.Option(min=1, max=600, metavar="SECONDS", help="How long to wait.")] = 120,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Have the avatar of a running server say TEXT."""
    words = sys.stdin.read() if text == "-" else text
    if not words.strip():
        raise typer.BadParameter("there is nothing to say")
    said = aio.run(_say(url, api_key, session, Wish(words, wait, interrupt, timeout)))
    if json:
        data(plain(said))
    else:
        show(said.status if said.heard is None else f"{said.status}: {said.heard}")


async def _say(url: str, api_key: str | None, session: str | None, wish: Wish) -> Said:
    async with Server(url, api_key) as server:
        session_id = session or await _choose(server)
        try:
            said = await server.say(
                session_id, wish.text, interrupt=wish.interrupt, wait=wish.wait.value, timeout_s=wish.timeout_s
            )
        except ServerRefused as refusal:
            raise NotSaid(await _with_session_error(server, session_id, refusal.message)) from None
        if said.status == "failed":
            line = line_of(said.error) if said.error else "it was not said"
            raise NotSaid(await _with_session_error(server, session_id, line))
        return said


async def _choose(server: Server) -> str:
    """Return the only open session, or a new one."""
    is_open = [session for session in await server.sessions() if session.is_open]
    if len(is_open) > 1:
        ids = ", ".join(session.session_id for session in is_open)
        raise NotSaid(f"{len(is_open)} sessions are open; choose one with --session: {ids}")
    if is_open:
        return is_open[0].session_id
    created = await server.create()
    note(f"no session was open, so this one was created: {created.session_id} (it stays; see avatar-bridge sessions)")
    return created.session_id


async def _with_session_error(server: Server, session_id: str, line: str) -> str:
    """Return `line`, and below it why the session failed, if it did and that is another reason.

    That the session has ended is no news beside why it has.
    """
    try:
        session_line = (await server.session(session_id)).error_line
    except ServerRefused:
        return line
    if session_line is None or session_line == line:
        return line
    return session_line if line.endswith("(session_ended)") else f"{line}\n{session_line}"

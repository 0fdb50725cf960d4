"""`avatar-bridge play`: has the avatar of a running server speak with the voice of a file."""

import asyncio
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from audio.addresses import Network
from bridge.cli import aio
from bridge.cli.api import Said, Server, ServerNotThere, ServerRefused, line_of, plain
from bridge.cli.networks import Allow, networks
from bridge.cli.options import DEFAULT_URL, ApiKey, Debug, Json, Url
from bridge.cli.output import data, note
from bridge.cli.output import say as show
from bridge.cli.play_source import Length, NotPlayed, Source, opened
from bridge.errors import BridgeError

LOOK_S = 0.4


@dataclass(frozen=True, slots=True)
class Wish:
    """What to play, and how; `ref` tells it from what others have said."""

    place: str
    interrupt: bool
    raw: int | None
    allow: tuple[Network, ...]
    bar: bool
    ref: str


def play(
    source: Annotated[str, typer.Argument(help='A file, an http(s) address, or "-" for standard input.')],
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Default: the only open session of mode audio, or a new one.")
    ] = None,
    interrupt: Annotated[bool, typer.Option("--interrupt", help="Stop what is being said and play this now.")] = False,
    raw: Annotated[
        int | None,
        typer.Option(
            min=4000, max=768_000, metavar="HZ", help="It is PCM without a head: 16 bit, mono, of so many Hz."
        ),
    ] = None,
    allow: Allow = None,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Have the avatar of a running server speak SOURCE with its own voice, and wait for its end.

    Any container will do: WAV, MP3, FLAC, Ogg, M4A, WebM and more. Ctrl-C interrupts the avatar.
    """
    bar = not json and sys.stderr.isatty()
    wish = Wish(source, interrupt, raw, networks(allow), bar, f"play-{secrets.token_hex(6)}")
    said = aio.run(_play(url, api_key, session, wish))
    if json:
        data(plain(said))
    else:
        show(said.status)


async def _play(url: str, api_key: str | None, session: str | None, wish: Wish) -> Said:
    async with Server(url, api_key) as server, opened(wish.place, wish.raw, wish.allow) as source:
        session_id = session or await choose(server)
        showing = asyncio.create_task(_show(server, session_id, wish), name="play-progress") if wish.bar else None
        try:
            said = await _have_spoken(server, session_id, source, wish)
        except asyncio.CancelledError:
            await _fall_silent(server, session_id, wish.ref)
            raise
        finally:
            if showing is not None:
                showing.cancel()
                await asyncio.wait({showing})
    if said.status == "failed":
        raise NotPlayed(line_of(said.error) if said.error else "it was not spoken")
    return said


async def _have_spoken(server: Server, session_id: str, source: Source, wish: Wish) -> Said:
    try:
        return await server.play(session_id, source.pieces(), interrupt=wish.interrupt, ref=wish.ref)
    except BridgeError:
        if source.error is not None:
            raise source.error from None
        raise


async def choose(server: Server) -> str:
    """Return the only open session for sound, or a new one."""
    is_open = [session for session in await server.sessions() if session.is_open and session.mode == "audio"]
    if len(is_open) > 1:
        ids = ", ".join(session.session_id for session in is_open)
        raise NotPlayed(f"{len(is_open)} sessions of mode audio are open; choose one with --session: {ids}")
    if is_open:
        return is_open[0].session_id
    created = await server.create("audio")
    note(f"no session of mode audio was open, so this one was created: {created.session_id} (it stays)")
    return created.session_id


async def _is_speaking(server: Server, session_id: str, ref: str) -> bool:
    speeches = (await server.session(session_id)).utterances
    return any(speech.ref == ref and speech.status in {"sent", "started"} for speech in speeches)


async def _fall_silent(server: Server, session_id: str, ref: str) -> None:
    """Interrupt what this command plays, and nobody else's speech."""
    with suppress(ServerNotThere, ServerRefused):
        if await _is_speaking(server, session_id, ref):
            await server.interrupt(session_id)


async def _show(server: Server, session_id: str, wish: Wish) -> None:
    """Draw a bar of the time since the avatar began to speak it; the server is asked when that was."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("waiting", start=False, total=None)
        path = Path(wish.place)
        length = await Length(path).find() if wish.raw is None and path.is_file() else None  # noqa: ASYNC240
        with suppress(ServerNotThere, ServerRefused):
            while not await _is_speaking(server, session_id, wish.ref):  # noqa: ASYNC110 - the server has to be asked
                await asyncio.sleep(LOOK_S)
        progress.start_task(task)
        progress.update(task, description="speaking", total=length)
        began = time.monotonic()
        while True:
            progress.update(task, completed=time.monotonic() - began)
            await asyncio.sleep(LOOK_S)

"""`avatar-bridge relay`: the avatar of a running server speaks what a microphone, a pipe or a stream says, at once."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Generator
from dataclasses import asdict
from random import random
from typing import Annotated

import typer
from rich.table import Table

from audio.devices import NoMicrophone
from audio.microphone import microphones
from bridge.cli import aio
from bridge.cli.api import Server
from bridge.cli.networks import Allow, networks
from bridge.cli.options import DEFAULT_URL, ApiKey, Debug, Json, Url
from bridge.cli.output import data, note, stdout
from bridge.cli.output import say as show
from bridge.cli.play import choose
from bridge.cli.relay_link import Link, NotRelayed
from bridge.cli.relay_meter import Meter
from bridge.cli.relay_show import Shown, line_now, shown
from bridge.cli.relay_source import RelaySource, SourceGone, source_of
from bridge.session.reconnect import Backoff

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def relay(
    source: Annotated[
        str | None,
        typer.Argument(help='An rtmp, rtsp, http or https address, or "-" for standard input. Default: a microphone.'),
    ] = None,
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Default: the only open session of mode audio, or a new one.")
    ] = None,
    device: Annotated[str | None, typer.Option(metavar="NAME", help="The microphone: its number, or its name.")] = None,
    list_devices: Annotated[bool, typer.Option("--list-devices", help="List the microphones, and end.")] = False,
    take: Annotated[bool, typer.Option("--take", help="Take the microphone's floor from whoever has it.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Go on when somebody has interrupted the avatar.")] = False,
    raw: Annotated[
        int | None,
        typer.Option(min=4000, max=768_000, metavar="HZ", help="- is PCM without a head: 16 bit, mono, of so many Hz."),
    ] = None,
    allow: Allow = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Open rtsp addresses, though their server may lead anywhere.")
    ] = False,
    url: Url = DEFAULT_URL,
    api_key: ApiKey = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Let the avatar of a running server speak what is said live: into a microphone, a pipe, a stream.

    It ends with its source, or with Ctrl-C, once all of it is spoken. A connection or a source that is lost comes back.
    """
    if list_devices:
        _list(json)
        return
    if raw is not None and source != "-":
        raise typer.BadParameter("--raw says what comes from standard input; give it as -")
    where = source_of(source, device=device, raw=raw, allow=networks(allow), trust=trust)
    status = aio.run(_relay(url, api_key, session, where, _Manner(take, again, json)))
    if json:
        line_now({"type": "end", "status": status})
    else:
        show(status)


class _Manner:
    """How to relay, and how to tell of it."""

    def __init__(self, take: bool, again: bool, json: bool) -> None:
        self.take = take
        self.again = again
        self.shown: Shown = "json" if json else "bar" if sys.stderr.isatty() else "lines"


def _list(json: bool) -> None:
    try:
        found = microphones()
    except NoMicrophone as error:
        raise NotRelayed(str(error)) from None
    if json:
        data([asdict(device) for device in found])
        return
    if not found:
        raise NotRelayed("this machine has no microphone that PortAudio can see")
    table = Table("", "number", "name", "driver", "channels", "Hz", box=None, padding=(0, 2, 0, 0))
    for each in found:
        mark = "*" if each.is_default else ""
        table.add_row(mark, str(each.index), each.name, each.driver, str(each.channels), str(each.rate))
    stdout().print(table)


async def _relay(url: str, api_key: str | None, session: str | None, source: RelaySource, manner: _Manner) -> str:
    async with Server(url, api_key) as server:
        session_id = session or await choose(server)
        with shown(manner.shown, session_id) as meter:
            link = Link(server, session_id, meter, take=manner.take, again=manner.again)
            with _ending_with_signals(link):
                return await _carry(source, link, meter)


async def _carry(source: RelaySource, link: Link, meter: Meter) -> str:
    """Feed the link until either of them has ended; what came of a source that fails is spoken before it is told."""
    running = asyncio.create_task(link.run(), name="relay-link")
    feeding = asyncio.create_task(_feed(source, link, meter), name="relay-source")
    try:
        await asyncio.wait({running, feeding}, return_when=asyncio.FIRST_COMPLETED)
        if feeding.done():
            link.end()
        status = await running
        if feeding.done():
            feeding.result()
        return status
    finally:
        for task in (running, feeding):
            task.cancel()
        await asyncio.wait({running, feeding})


async def _feed(source: RelaySource, link: Link, meter: Meter) -> None:
    """Hand on what the source gives, and open it again when it is lost. Raises NotRelayed if it gave nothing ever."""
    await link.is_live.wait()
    backoff = Backoff(free=1)
    heard = False
    while True:
        why = "the stream has ended"
        try:
            async with contextlib.aclosing(source.pieces()) as pieces:
                async for pcm in pieces:
                    heard = True
                    meter.found()
                    backoff.reset()
                    meter.hear(pcm)
                    link.send(pcm)
            if not source.comes_back:
                link.end()
                return
        except SourceGone as error:
            if error.for_good or not heard:
                raise NotRelayed(error.message) from None
            why = error.message
        meter.enter("source_lost", why)
        await asyncio.sleep(backoff.next(random()))  # noqa: S311 - it spreads attempts, it hides nothing


@contextlib.contextmanager
def _ending_with_signals(link: Link) -> Generator[None]:
    """Let the first signal end the sound, and the second one break it off."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None
    told: list[int] = []

    def receive(number: int) -> None:
        if told:
            task.cancel()
        told.append(number)
        link.end()

    installed: list[signal.Signals] = []
    for number in SIGNALS:
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, receive, number)
            installed.append(number)
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
        note("broken off")
        raise NotRelayed("broken off before its end was told") from None
    finally:
        for number in installed:
            loop.remove_signal_handler(number)

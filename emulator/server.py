"""The emulated cloud on a port: its application, its start, and its end."""

import asyncio
import contextlib
import gc
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from emulator.api.background import Images
from emulator.api.control import ControlApi
from emulator.api.gate import Gate
from emulator.api.order import Account
from emulator.api.others import MAX_UPDATE_BYTES, OtherApi
from emulator.api.picture import PictureApi
from emulator.api.sessions import SessionApi
from emulator.channel.bot import Bot
from emulator.channel.upgrade import ChannelApi
from emulator.cloud import Cloud
from emulator.face.atlas import load_atlas
from emulator.faults import Fault
from emulator.transitions import Transition

STANDARD_INPUT = 0
PARENT_SECONDS = 1.0
SHUTDOWN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for."""

    host: str
    port: int
    lenient: bool
    faults: tuple[Fault, ...]
    transition: Transition
    bots: tuple[Bot, ...]
    ready_file: Path | None
    exit_with_stdin: bool
    push_anywhere: bool = False
    account: Account = field(default_factory=Account)


class CannotListen(Exception):
    """The address cannot be had; the message says why."""


async def serve(options: Options, announce: Callable[[str], None]) -> None:
    """Serve until a signal, the end of standard input or of the parent; raises CannotListen.

    `announce` gets the base URL as soon as it can be called.
    """
    stop = _stop_event(exit_with_stdin=options.exit_with_stdin)
    async with Cloud(options.transition, options.faults, lenient=options.lenient, bots=options.bots) as cloud:
        picture = PictureApi(cloud, push_anywhere=options.push_anywhere)
        runner = web.AppRunner(
            application(cloud, picture, options.account), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
        )
        await runner.setup()
        try:
            announce(await _listen(runner, options))
            await asyncio.to_thread(load_atlas)  # so that the first viewer does not wait for it
            gc.collect()
            gc.freeze()
            await stop.wait()
        finally:
            cloud.close_all()
            await picture.aclose()
            await runner.cleanup()
            if options.ready_file is not None:
                options.ready_file.unlink(missing_ok=True)


def application(cloud: Cloud, picture: PictureApi, account: Account) -> web.Application:
    """Return the whole of the cloud as one application, for the one `account`."""
    app = web.Application(client_max_size=MAX_UPDATE_BYTES)
    gate, images = Gate(cloud, account), Images()
    apis = (SessionApi(gate), OtherApi(gate, images), ChannelApi(gate), ControlApi(cloud, images), picture)
    for api in apis:
        app.add_routes(api.routes())

    async def date(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = cloud.clock.date()

    app.on_response_prepare.append(date)
    return app


async def _listen(runner: web.AppRunner, options: Options) -> str:
    site = web.TCPSite(runner, options.host, options.port)
    try:
        await site.start()
    except OSError as error:
        number = error.errno or 0
        reason = os.strerror(number).lower() if number > 0 else error.strerror or str(error)
        raise CannotListen(f"cannot listen on {options.host}:{options.port}: {reason}") from error
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{host}:{runner.addresses[0][1]}"
    if options.ready_file is not None:
        options.ready_file.write_text(url + "\n", encoding="utf-8")
    return url


def _stop_event(*, exit_with_stdin: bool) -> asyncio.Event:
    """Return an event that is set when the emulator is to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if exit_with_stdin:
        threading.Thread(target=_wait_for_end, args=(loop, stop), name="stdin", daemon=True).start()
        _watch_parent(loop, stop, os.getppid())
    return stop


def _wait_for_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(STANDARD_INPUT, 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
        loop.call_soon_threadsafe(stop.set)


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event, parent: int) -> None:
    if os.getppid() != parent:
        stop.set()
        return
    loop.call_later(PARENT_SECONDS, _watch_parent, loop, stop, parent)

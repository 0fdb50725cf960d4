"""`avatar-bridge demo`: the emulated cloud, the server and the pages, without any account."""

import contextlib
import os
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.panel import Panel

from bridge.cli import aio, ports
from bridge.cli.emulator_process import EmulatorProcess, require_demo_extra
from bridge.cli.options import Config, Debug, Level, LogJson, LogLevel
from bridge.cli.output import note, reachable, say, stdout
from bridge.errors import SettingsError
from bridge.gateway import app
from bridge.settings import Settings
from bridge.settings_sources import load
from bridge.telemetry import logs


def demo(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: 8080, or the next free one.")] = None,
    open_page: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page in a browser; default: on a desktop.")
    ] = None,
    emulator_port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    config: Config = None,
    log_level: Level = LogLevel.WARNING,
    log_json: LogJson = None,
    debug: Debug = False,
) -> None:
    """Show a digital human on this machine: no account, no key, no GPU. An LLM in the settings (llm.*) is used."""
    require_demo_extra()
    server_port = choose_port(load(config), port)
    logs.configure(log_level.value, log_json)
    aio.run(_run(config, server_port, emulator_port, open_page=_has_desktop() if open_page is None else open_page))


def choose_port(settings: Settings, wanted: int | None) -> int:
    """Return `wanted` or the configured port; only the default one gives way to the next that is free.

    Raises SettingsError if there is none to listen on.
    """
    host, port = settings.server.host, settings.server.port if wanted is None else wanted
    reason = ports.why_not(host, port)
    if reason is None:
        return port
    if wanted is not None or "port" in settings.server.model_fields_set:
        raise SettingsError(f"server.host {host}, server.port {port}: cannot listen there ({reason})")
    free = ports.next_free(host, port + 1)
    if free is None:
        raise SettingsError(f"port {port} and those after it are in use; choose another with --port")
    note(f"port {port} is in use; the demo takes {free}")
    return free


def demo_settings(config: Path | None, port: int, emulator_url: str) -> Settings:
    """Return the settings, with everything about the cloud replaced by the emulator at `emulator_url`."""
    cloud = {
        "base_url": emulator_url,
        "ws_url": None,
        "appkey": "emulator",
        "accesstoken": "emulator-secret",
        "project_id": "demo",
        "asset_key": None,
    }
    playback = {"whep_url": emulator_url + "/_emulator/whep/{cloud_session_id}"}
    return load(config, options={"server": {"port": port, "drain_s": 0}, "cloud": cloud, "playback": playback})


async def _run(config: Path | None, port: int, emulator_port: int, *, open_page: bool) -> None:
    emulator = EmulatorProcess(emulator_port, note)
    async with contextlib.AsyncExitStack() as stack:
        with _progress("starting the emulated cloud…"):
            await stack.enter_async_context(emulator)
        settings = demo_settings(config, port, emulator.url)
        await app.run(settings, ready=lambda address: _welcome(address, emulator.url, open_page=open_page))


def _progress(line: str) -> contextlib.AbstractContextManager[object]:
    """Show `line` as long as the context is open; where there is no terminal print it once."""
    if sys.stderr.isatty():
        return Console(stderr=True).status(line)
    note(line)
    return contextlib.nullcontext()


def _welcome(address: str, emulator_url: str, *, open_page: bool) -> None:
    here = reachable(address)
    kiosk = f"{here}/kiosk"
    lines = [
        f"Open this page and talk to it:  {kiosk}",
        f'Make it speak:                  avatar-bridge say "Hello!" --url {here}',
        f"The emulated cloud behind it:   {emulator_url}",
        "Stop with Ctrl-C.",
    ]
    if sys.stdout.isatty():
        stdout().print(Panel.fit("\n".join(lines), title="avatar-bridge demo"))
    else:
        for line in lines:
            say(line)
    if open_page:
        threading.Thread(target=webbrowser.open, args=(kiosk,), name="open-page", daemon=True).start()


def _has_desktop() -> bool:
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and (sys.platform == "darwin" or bool(display))

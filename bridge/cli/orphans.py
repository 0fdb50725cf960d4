"""Closes what servers of this machine that died have left in the cloud; no server need run for it."""

from collections.abc import Sequence
from pathlib import Path

import aiohttp

from bridge.cli.account import client_of
from bridge.cli.output import note
from bridge.cli.serve import require_account
from bridge.session import reaper
from bridge.session.installation import left_behind
from bridge.settings_sources import load
from bridge.telemetry import logs


async def close_orphans(config: Path | None) -> Sequence[str]:
    """Close them and return their cloud session ids; the sessions of a running server are its own business.

    Raises SettingsError, or a CloudError when the cloud does not tell which sessions there are.
    """
    settings = load(config)
    require_account(settings)
    logs.configure("warning")
    async with aiohttp.ClientSession() as http:
        client = client_of(settings, http)
        with left_behind(settings.server.state_dir) as (ended, running):
            if running:
                servers = "1 running server keeps its" if running == 1 else f"{running} running servers keep their"
                note(f"avatar-bridge: {servers} own sessions, and closes what was left behind by itself")
            prefixes = [installation.prefix for installation in ended]
            return await reaper.close_orphans(client, settings.cloud, prefixes, frozenset[str])

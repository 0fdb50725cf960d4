"""`avatar-bridge serve`: the server for an account in the cloud."""

from typing import Annotated

import aiohttp
import typer

from bridge.cli import aio
from bridge.cli.account import check_account
from bridge.cli.options import Config, Debug, Level, LogJson, LogLevel
from bridge.cli.output import note, reachable
from bridge.errors import ClockSkew, CloudError, CredentialsRefused, SettingsError
from bridge.gateway import app
from bridge.settings import Settings
from bridge.settings_sources import load
from bridge.telemetry import logs


def serve(
    config: Config = None,
    host: Annotated[str | None, typer.Option(help="Instead of server.host.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Instead of server.port; 0: a free one.")] = None,
    log_level: Level = LogLevel.INFO,
    log_json: LogJson = None,
    debug: Debug = False,
) -> None:
    """Run the server with the account that the settings name."""
    server = {"host": host, "port": port}
    settings = load(config, options={"server": {key: value for key, value in server.items() if value is not None}})
    require_account(settings)
    logs.configure(log_level.value, log_json)
    aio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    async with aiohttp.ClientSession() as http:
        try:
            skew = await check_account(settings, http)
        except (CredentialsRefused, ClockSkew):
            raise
        except CloudError as error:
            # It may come back while we wait; refusing the account would not change by waiting.
            note(f"avatar-bridge: {error.message}; serving all the same")
        else:
            if skew is not None:
                note(f"avatar-bridge: {skew.message}; until then calls are signed with the cloud's time")
    await app.run(settings, ready=_tell)


def _tell(address: str) -> None:
    here = reachable(address)
    note(f"avatar-bridge serves {here} (kiosk: {here}/kiosk)")


def require_account(settings: Settings) -> None:
    """Raise SettingsError with a line for each option that a cloud account needs and that is not set."""
    cloud = settings.cloud
    needed = {
        "cloud.appkey": cloud.appkey,
        "cloud.accesstoken": cloud.accesstoken,
        "cloud.project_id": cloud.project_id or cloud.asset_key,
    }
    lines = [f"{option} is not set; {_way(option)}" for option, value in needed.items() if not value]
    if lines:
        raise SettingsError("\n".join([*lines, "without an account: avatar-bridge demo"]))


def _way(option: str) -> str:
    variable = "AVATAR_BRIDGE_" + option.upper().replace(".", "__")
    instead = " (or cloud.asset_key)" if option == "cloud.project_id" else ""
    return f"put it{instead} into the settings file or the variable {variable}"

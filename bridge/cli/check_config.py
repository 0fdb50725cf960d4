"""`avatar-bridge check-config`: the settings in force, and where each comes from."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
from dotenv import dotenv_values
from rich.table import Table

from bridge.cli.options import Config, Debug, Json
from bridge.cli.output import data, stdout
from bridge.settings import Settings
from bridge.settings_sources import CONFIG_VARIABLE, PREFIX, SECTIONS, load

DOTENV = Path(".env")


Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Effective:
    """An option in force; a secret's value is `(set)`."""

    option: str
    value: Value
    place: str


def check_config(config: Config = None, json: Json = False, debug: Debug = False) -> None:
    """Show the settings in force and where each comes from, or what is wrong with them."""
    settings = load(config, dotenv=DOTENV)
    in_force = list(effective(settings, places(config)))
    if json:
        data([asdict(each) for each in in_force])
        return
    table = Table("option", "value", "from", box=None, pad_edge=False)
    for each in in_force:
        table.add_row(each.option, _text(each.value), each.place)
    stdout().print(table)


def effective(settings: Settings, stands: Mapping[str, str]) -> Iterator[Effective]:
    """Yield every option with its value and its place."""
    values = msgspec.json.decode(settings.model_dump_json(), type=dict[str, dict[str, Value]])
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            option, value = f"{section}.{key}", values[section][key]
            if value is not None and "SecretStr" in str(field.annotation):
                value = "(set)"
            yield Effective(option, value, stands.get(option, "default"))


def places(config: Path | None) -> dict[str, str]:
    """Return where each option that is set stands; the later place has the say."""
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    found: dict[str, str] = {}
    if config is not None:
        for section, table in tomllib.loads(config.read_text("utf-8")).items():
            found |= {f"{section}.{_secret(key)}": str(config) for key in table}
    layers = {str(DOTENV): dotenv_values(DOTENV) if DOTENV.is_file() else {}, "the environment": os.environ}
    for place, variables in layers.items():
        for name, value in variables.items():
            section, separator, key = name.upper().removeprefix(PREFIX).lower().partition("__")
            if name.upper().startswith(PREFIX) and separator and value:
                found[f"{section}.{_secret(key)}"] = f"{name} in {place}"
    return found


def _secret(key: str) -> str:
    """Return the option that `key` sets: `appkey_file` sets `appkey`."""
    return key.removesuffix("_file")


def _text(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return "-" if value is None else str(value)

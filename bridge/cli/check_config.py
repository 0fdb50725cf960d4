"""`avatar-bridge check-config`: the settings in force, and where each comes from."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from pydantic import JsonValue, TypeAdapter
from rich.table import Table

from bridge.cli.options import Config, Debug, Json
from bridge.cli.output import data, stdout
from bridge.settings import Settings
from bridge.settings_sources import SECTIONS, Places, is_secret, load_with_places

_SETTINGS = TypeAdapter(dict[str, dict[str, JsonValue]])


@dataclass(frozen=True, slots=True)
class Effective:
    """An option in force; a secret's value is `(set)`."""

    option: str
    value: JsonValue
    place: str


def check_config(config: Config = None, json: Json = False, debug: Debug = False) -> None:
    """Show the settings in force and where each comes from, or what is wrong with them."""
    in_force = list(effective(*load_with_places(config)))
    if json:
        data([asdict(each) for each in in_force])
        return
    table = Table("option", "value", "from", box=None, pad_edge=False)
    for each in in_force:
        table.add_row(each.option, _text(each.value), each.place)
    stdout().print(table)


def effective(settings: Settings, places: Places) -> Iterator[Effective]:
    """Yield every option with its value and its place."""
    values = _SETTINGS.validate_json(settings.model_dump_json())
    for section, model in SECTIONS.items():
        for key, field in model.model_fields.items():
            value = values[section][key]
            if value is not None and is_secret(field):
                value = "(set)"
            yield Effective(f"{section}.{key}", value, str(places.get((section, key), "default")))


def _text(value: JsonValue) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    if isinstance(value, dict):
        return json.dumps(value) if value else "-"
    return "-" if value is None else str(value)

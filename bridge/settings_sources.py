"""Reads the settings from where they stand, and says of a wrong one which it is and where."""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource
from pydantic_settings.exceptions import SettingsError as SourceError

from bridge.errors import SettingsError
from bridge.settings import Settings

PREFIX = "AVATAR_BRIDGE_"
CONFIG_VARIABLE = "AVATAR_BRIDGE_CONFIG"
NOT_OPTIONS = {CONFIG_VARIABLE, "AVATAR_BRIDGE_URL", "AVATAR_BRIDGE_API_KEY", "AVATAR_BRIDGE_CHROMIUM"}
"""Variables with our prefix that others read: the commands that talk to a running server, and the tests."""

Layer = Mapping[str, Mapping[str, object]]
SECTIONS: dict[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an option stands: a file, the command line, or a variable of the environment or of `.env`."""

    where: str
    variable: str | None = None

    def __str__(self) -> str:
        return f"{self.variable} in {self.where}" if self.variable else self.where


Places = Mapping[tuple[str, str], Place]
"""The place of each option that is set, by section and key; a later layer has the say."""


def load(config: Path | None = None, *, dotenv: Path | None = Path(".env"), options: Layer | None = None) -> Settings:
    """Return the settings of `config` (or the file `AVATAR_BRIDGE_CONFIG` names), `dotenv`, environment, `options`.

    Raises SettingsError with a line for each wrong option; it names options and places and never shows a value.
    """
    return load_with_places(config, dotenv=dotenv, options=options)[0]


def load_with_places(
    config: Path | None = None, *, dotenv: Path | None = Path(".env"), options: Layer | None = None
) -> tuple[Settings, Places]:
    """Return the settings as `load` does, and where each option that is set stands."""
    if config is None and (named := os.environ.get(CONFIG_VARIABLE)):
        config = Path(named)
    merged: dict[str, dict[str, object]] = {}
    places: dict[tuple[str, str], Place] = {}
    for place, layer in _layers(config, dotenv, options):
        for section, table in layer.items():
            for key, value in _read_secret_files(section, table, place.where).items():
                merged.setdefault(section, {})[key] = value
                places[section, key] = place
    try:
        return Settings.model_validate(merged), places
    except ValidationError as error:
        lines = [_line(detail, places) for detail in error.errors(include_url=False, include_input=False)]
        raise SettingsError("\n".join(lines)) from None


def _layers(config: Path | None, dotenv: Path | None, options: Layer | None) -> Iterator[tuple[Place, Layer]]:
    if config is not None:
        yield Place(str(config)), _toml(config)
    if dotenv is not None and dotenv.is_file():
        values = {name: value for name, value in dotenv_values(dotenv).items() if value is not None}
        yield from _variables(values, str(dotenv))
    yield from _variables(os.environ, "the environment")
    if options:
        yield Place("the command line"), options


def _toml(path: Path) -> Layer:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); check --config or {CONFIG_VARIABLE}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: is not valid TOML: {error}") from None
    for section, table in document.items():
        if section not in SECTIONS:
            raise SettingsError(f"{path}: unknown section [{section}]{_did_you_mean(section, SECTIONS)}")
        if not isinstance(table, dict):
            raise SettingsError(f"{path}: {section} must be a table, written [{section}]")
    return document


def _variables(variables: Mapping[str, str], place: str) -> Iterator[tuple[Place, Layer]]:
    """Yield a layer for each of our variables."""
    ours = {name.upper(): value for name, value in variables.items() if name.upper().startswith(PREFIX)}
    for name in ours:
        section = name.removeprefix(PREFIX).partition("__")[0].lower()
        if name not in NOT_OPTIONS and (section not in SECTIONS or "__" not in name):
            known = [PREFIX + option.upper() for option in SECTIONS]
            raise SettingsError(f"{name} in {place}: unknown option{_did_you_mean(name, known)}")
    source = EnvSettingsSource(Settings, env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True)
    for name, value in ours.items():
        source.env_vars = {name.lower(): value} if value else {}
        try:
            yield Place(place, name), source()
        except SourceError:
            raise SettingsError(f'{name} in {place}: is not JSON; write a list as ["a", "b"]') from None


def _read_secret_files(section: str, table: Mapping[str, object], place: str) -> dict[str, object]:
    """Replace each `<secret>_file` by the content of the file it names."""
    fields = SECTIONS[section].model_fields
    result: dict[str, object] = {}
    for key, value in table.items():
        secret = key.removesuffix("_file")
        field = fields.get(secret)
        if key == secret or field is None or not is_secret(field):
            result[key] = value
            continue
        try:
            result[secret] = Path(str(value)).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise SettingsError(f"{section}.{key} ({place}): the file cannot be read ({reason})") from None
    return result


def is_secret(field: FieldInfo) -> bool:
    """Return whether an option's value is never to be shown."""
    return "SecretStr" in str(field.annotation)


def _line(detail: ErrorDetails, places: Places) -> str:
    location = [str(part) for part in detail["loc"]]
    section, key = location[0], location[1] if len(location) > 1 else ""
    option = ".".join(location)
    place = places.get((section, key))
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        message = f"unknown option{_did_you_mean(key, SECTIONS[section].model_fields)}"
    return f"{option}{f' ({place.where})' if place else ''}: {message}"


def _did_you_mean(word: str, known: Mapping[str, object] | list[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"

"""Reads a TOML file into a typed model, with errors that say where."""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from dialog.errors import DialogFileError


class FileModel(BaseModel):
    """Base of everything read from a file: no unknown fields, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


_Toml = dict[str, "_Toml"] | list["_Toml"] | str | float | bool | datetime | date | time | None
Model = TypeVar("Model", bound=FileModel)


def read(path: Path, model: type[Model]) -> Model:
    """Read and validate a file. Raises DialogFileError naming the file, the entry and the field."""
    try:
        data: _Toml = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DialogFileError(f"{path}: cannot be read ({error.strerror}); check the path and its rights") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DialogFileError(f"{path}: is not valid TOML in UTF-8: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise DialogFileError(f"{path}: {_place(first['loc'], data)}: {first['msg']}") from error


def _place(location: Sequence[str | int], data: _Toml) -> str:
    """Write a place in the file, an entry of a list with its number and id: `entry 4 (joke), answers 1`."""
    words: list[str] = []
    for step in location:
        data = _child(data, step)
        if isinstance(step, str):
            words.append(step)
            continue
        name = _child(data, "id")
        words[-1:] = [f"{words[-1]} {step + 1}" + (f" ({name})" if isinstance(name, str) else "")]
    return ", ".join(words) or "file"


def _child(data: _Toml, step: str | int) -> _Toml:
    if isinstance(data, dict) and isinstance(step, str):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None

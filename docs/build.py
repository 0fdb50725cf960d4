"""Writes docs/settings.md and docs/errors.md from the code and docs/texts.toml; `--check` only compares."""

import inspect
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bridge import errors
from bridge.errors import BridgeError
from bridge.settings_sources import PREFIX, SECTIONS

HERE = Path(__file__).resolve().parent
Texts = Mapping[str, Mapping[str, str]]


def settings_page(texts: Texts) -> str:
    """Return docs/settings.md."""
    _same(
        "options", texts["options"], {f"{name}.{key}" for name, model in SECTIONS.items() for key in model.model_fields}
    )
    lines = [texts["settings"]["head"].strip(), ""]
    for section, model in SECTIONS.items():
        purpose = inspect.cleandoc(model.__doc__ or "").splitlines()[0].partition(": ")[2]
        lines += [f"## {section}", "", purpose[:1].upper() + purpose[1:], ""]
        lines += ["| option | variable | default | what it is |", "|---|---|---|---|"]
        for key, field in model.model_fields.items():
            variable = f"{PREFIX}{section}__{key}".upper()
            option = f"{section}.{key}"
            lines.append(
                f"| `{option}` | `{variable}` | {_default(option, field, texts)} | {texts['options'][option]} |"
            )
        lines.append("")
    return "\n".join(lines)


def _default(option: str, field: FieldInfo, texts: Texts) -> str:
    if option in texts["defaults"]:
        return texts["defaults"][option]
    value: object = field.default
    if value is PydanticUndefined or value is None:
        return "none"
    return f"`{value}`" if value != () else "none"


def errors_page(texts: Texts) -> str:
    """Return docs/errors.md."""
    lines = [texts["errors"]["head"].strip(), ""]
    lines += ["| code | HTTP | retryable | what happened | what to do |", "|---|---|---|---|---|"]
    public = {kind.code: kind for kind in _kinds(BridgeError)}
    _same("advice", texts["advice"], set(public))
    for code, kind in sorted(public.items(), key=lambda item: (item[1].status, item[0])):
        happened = texts["happened"].get(code) or inspect.cleandoc(kind.__doc__ or "").splitlines()[0]
        retryable = "yes" if kind.retryable else "no"
        lines.append(f"| `{code}` | {kind.status} | {retryable} | {happened} | {texts['advice'][code]} |")
    return "\n".join([*lines, ""])


def _kinds(kind: type[BridgeError]) -> Iterator[type[BridgeError]]:
    """Yield the classes of bridge/errors.py, each before those that are a case of it."""
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _kinds(child)


def _same(table: str, texts: Mapping[str, str], code: set[str]) -> None:
    for missing in sorted(code - set(texts)):
        raise SystemExit(f"docs/texts.toml [{table}] has nothing about {missing}")
    for stale in sorted(set(texts) - code):
        raise SystemExit(f"docs/texts.toml [{table}]: the code has no {stale}")


def main() -> None:
    """Write the pages, or with `--check` fail if one differs."""
    texts: Texts = tomllib.loads((HERE / "texts.toml").read_text("utf-8"))
    pages = {"settings.md": settings_page(texts), "errors.md": errors_page(texts)}
    if sys.argv[1:] != ["--check"]:
        for name, page in pages.items():
            (HERE / name).write_text(page, "utf-8")
        return
    paths = {name: HERE / name for name in pages}
    stale = [name for name, path in paths.items() if not path.is_file() or path.read_text("utf-8") != pages[name]]
    if stale:
        raise SystemExit(f"docs/{', docs/'.join(stale)} is not what the code says; run: make docs-write")


if __name__ == "__main__":
    main()

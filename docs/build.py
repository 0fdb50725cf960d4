"""Writes the generated pages of docs/ from the code and the texts beside it; `--check` only compares."""

import inspect
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bridge.gateway.describe.catalogue import catalogue
from bridge.gateway.describe.documents import MAKERS, document
from bridge.gateway.scrape import Sessions
from bridge.settings_sources import PREFIX as VARIABLES
from bridge.settings_sources import SECTIONS
from bridge.telemetry.metrics import PREFIX, Metrics

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
            variable = f"{VARIABLES}{section}__{key}".upper()
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
    lines += ["| number | code | HTTP | retryable | what happened | what to do |", "|---|---|---|---|---|---|"]
    for error in catalogue():
        retryable = "yes" if error.retryable else "no"
        lines.append(
            f"| {error.number} | `{error.code}` | {error.status} | {retryable} | {error.meaning} | {error.advice} |"
        )
    return "\n".join([*lines, ""])


def operations_page(texts: Texts) -> str:
    """Return docs/operations.md."""
    metrics = Metrics()
    metrics.registry.register(Sessions(tuple))
    families = sorted(metrics.registry.collect(), key=lambda family: family.name)
    lines = ["| metric | type | labels | what it is |", "|---|---|---|---|"]
    for family in families:
        if family.name.startswith(PREFIX):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            names = metrics.labels.get(family.name) or family.samples[0].labels
            labels = ", ".join(f"`{label}`" for label in names if label != "le") or "–"
            lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return texts["operations"]["page"].strip().replace("{metrics}", "\n".join(lines)) + "\n"


def _same(table: str, texts: Mapping[str, str], code: set[str]) -> None:
    for missing in sorted(code - set(texts)):
        raise SystemExit(f"docs/texts.toml [{table}] has nothing about {missing}")
    for stale in sorted(set(texts) - code):
        raise SystemExit(f"docs/texts.toml [{table}]: the code has no {stale}")


def main() -> None:
    """Write the pages, or with `--check` fail if one differs."""
    texts: Texts = tomllib.loads((HERE / "texts.toml").read_text("utf-8"))
    pages = {"settings.md": settings_page(texts), "errors.md": errors_page(texts)}
    pages["operations.md"] = operations_page(texts)
    pages |= {f"api/{name}.json": document(name).decode() for name in MAKERS}
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

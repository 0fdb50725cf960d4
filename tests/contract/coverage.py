"""Writes docs/coverage.md: every call, field, rule and error code of the manual, and which test proves it.

What there is to prove stands in manual.toml, typed from the manual; which test proves it in coverage.toml. A row
without a test, a test that is not there, a row that the manual does not have: each fails. `--check` only compares.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
PAGE = HERE.parents[1] / "docs" / "coverage.md"
MANUAL, TABLE = HERE / "manual.toml", HERE / "coverage.toml"
FOLDERS = ("contract", "real_time", "unit/emulator", "integration/emulator_media")
HEAD = """# What the emulated cloud covers

Every call with every field, every rule and every error code of the interactive part of the vendor's manual, and the
test that proves it. What is to be proved is typed from the manual (`tests/contract/manual.toml`; the numbers are lines
of its text), not taken from the emulator. `make docs` fails for a row without a test.

Not emulated: {missing}
"""

Proof = str | list[str]


class Call(msgspec.Struct, forbid_unknown_fields=True):
    """A call, command or message of the manual; `line` is where it stands."""

    line: int
    request: list[str] = []
    response: list[str] = []


class Manual(msgspec.Struct, forbid_unknown_fields=True):
    """What the manual has."""

    calls: dict[str, Call]
    rules: dict[str, str]
    codes: dict[str, str]


class Fields(msgspec.Struct, forbid_unknown_fields=True):
    """The proofs of one call's fields; a key may name several fields."""

    request: dict[str, Proof] = {}
    response: dict[str, Proof] = {}


class Coverage(msgspec.Struct, forbid_unknown_fields=True):
    """Which test proves what; `beyond` is what the emulator does and the manual does not have."""

    fields: dict[str, Fields]
    rules: dict[str, Proof]
    codes: dict[str, Proof]
    beyond: dict[str, dict[str, Proof]] = {}
    only_by_fault: list[str] = []
    not_emulated: dict[str, str] = {}


class CoverageError(Exception):
    """The table has a gap; the message says which."""


@dataclass(frozen=True)
class Row:
    """What is to be proved, and how it is."""

    section: str
    what: str
    proofs: tuple[str, ...]


def load() -> tuple[Manual, Coverage]:
    """Return both tables."""
    return (
        msgspec.convert(tomllib.loads(MANUAL.read_text("utf-8")), Manual),
        msgspec.convert(tomllib.loads(TABLE.read_text("utf-8")), Coverage),
    )


def known_tests(folders: tuple[str, ...] = FOLDERS) -> set[str]:
    """Return the tests as the table names them: `<file>: <test>`, beyond tests/contract `<folder>/<file>: <test>`."""
    return {
        f"{_file_name(path)}: {node.name.removeprefix('test_')}"
        for folder in folders
        for path in sorted((TESTS / folder).rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def rows(manual: Manual, coverage: Coverage, tests: set[str]) -> list[Row]:
    """Return all rows of the page; raises CoverageError for a gap."""
    found = [*_field_rows(manual, coverage), *_rule_rows(manual, coverage), *_code_rows(manual, coverage)]
    found += [
        Row(f"Beyond the manual: {section}", what, _listed(proof))
        for section, entries in coverage.beyond.items()
        for what, proof in entries.items()
    ]
    for row in found:
        if not row.proofs:
            raise CoverageError(f"{row.section}, {row.what}: no test")
        for name in row.proofs:
            if name not in tests and not name.startswith("not emulated"):
                raise CoverageError(f"{row.section}, {row.what}: there is no test {name!r}")
    return found


def page(manual: Manual, coverage: Coverage, tests: set[str]) -> str:
    """Return docs/coverage.md; raises CoverageError for a gap."""
    found = rows(manual, coverage, tests)
    lines = [HEAD.format(missing="; ".join(coverage.not_emulated.values()) + ".")]
    section = ""
    for row in found:
        if row.section != section:
            section = row.section
            lines += ["", f"## {section}", "", "| | proved by |", "|---|---|"]
        lines.append(f"| {row.what} | {'; '.join(_link(name) for name in row.proofs)} |")
    return "\n".join([*lines, "", *_counts(manual, coverage, found), ""])


def _field_rows(manual: Manual, coverage: Coverage) -> Iterator[Row]:
    _same("call", set(manual.calls), set(coverage.fields))
    for name, call in manual.calls.items():
        proofs = coverage.fields[name]
        for way, fields, given in (
            ("request", call.request, _spread(proofs.request)),
            ("answer", call.response, _spread(proofs.response)),
        ):
            _same(f"field of the {way} of {name}:", set(fields), set(given))
            for field in fields:
                yield Row(f"{name} (line {call.line})", f"{way}: {field}", given[field])


def _rule_rows(manual: Manual, coverage: Coverage) -> Iterator[Row]:
    _same("rule", set(manual.rules), set(coverage.rules) | set(coverage.not_emulated))
    both = set(coverage.rules) & set(coverage.not_emulated)
    if both:
        raise CoverageError(f"emulated or not: rule {min(both)}")
    for line, rule in manual.rules.items():
        missing = (f"not emulated: {coverage.not_emulated[line]}",) if line in coverage.not_emulated else ()
        yield Row("Rules", f"{line}: {rule}", missing or _listed(coverage.rules[line]))


def _code_rows(manual: Manual, coverage: Coverage) -> Iterator[Row]:
    _same("error code", set(manual.codes), set(coverage.codes))
    for code, meaning in manual.codes.items():
        how = "; comes by a fault only" if code in coverage.only_by_fault else ""
        yield Row("Error codes", f"{code}: {meaning}{how}", _listed(coverage.codes[code]))


def _same(kind: str, wanted: set[str], given: set[str]) -> None:
    if wanted - given:
        raise CoverageError(f"{kind} {min(wanted - given)} has no test")
    if given - wanted:
        raise CoverageError(f"{kind} {min(given - wanted)} is not in the manual")


def _spread(proofs: Mapping[str, Proof]) -> dict[str, tuple[str, ...]]:
    return {field: _listed(proof) for names, proof in proofs.items() for field in names.split(", ")}


def _listed(proof: Proof) -> tuple[str, ...]:
    return (proof,) if isinstance(proof, str) else tuple(proof)


def _file_name(path: Path) -> str:
    folder = path.parent.relative_to(TESTS).as_posix()
    name = path.stem.removeprefix("test_")
    return name if folder == "contract" else f"{folder}/{name}"


def _link(name: str) -> str:
    if name.startswith("not emulated"):
        return name
    file, _, test = name.partition(": ")
    folder, _, stem = file.rpartition("/")
    return f"[{test.replace('_', ' ')}](../tests/{folder or 'contract'}/test_{stem}.py)"


def _counts(manual: Manual, coverage: Coverage, found: list[Row]) -> list[str]:
    fields = sum(len(call.request) + len(call.response) for call in manual.calls.values())
    tests = {name for row in found for name in row.proofs if not name.startswith("not emulated")}
    by_fault, missing = len(coverage.only_by_fault), len(coverage.not_emulated)
    return [
        "## Counts",
        "",
        "| | |",
        "|---|---|",
        f"| calls, commands and messages | {len(manual.calls) - 1} |",
        f"| fields | {fields} |",
        f"| rules | {len(manual.rules)}, of which {missing} are not emulated |",
        f"| error codes | {len(manual.codes)}, of which {by_fault} come by a fault only |",
        f"| tests that prove them | {len(tests)} |",
    ]


def main() -> None:
    """Write the page, or with `--check` fail if it differs."""
    try:
        text = page(*load(), known_tests())
    except (CoverageError, msgspec.ValidationError) as error:
        raise SystemExit(f"{TABLE.name}: {error}") from None
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(text, "utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != text:
        raise SystemExit("docs/coverage.md is not what the tests say; run: make docs-write")


if __name__ == "__main__":
    main()

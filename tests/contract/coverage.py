"""Writes docs/coverage.md: what the emulated cloud does and which test proves it. `--check` only compares.

A rule without a test, a test that is not there, a call or an error code of the manual without a rule: each fails.
"""

import ast
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "coverage.md"
TABLE = HERE / "coverage.toml"

CALLS = (
    "createsession", "createsessionbyasset", "statsession", "startsession", "closesession", "listsessionofprojectid",
    "listsessionofassetvk", "listsessionofuin", "updatesessionconfig", "command", "gettrtcsign", "commandchannel",
    "SEND_TEXT", "SEND_STREAMTEXT", "SEND_AUDIO", "SEND_HEARTBEAT", "Downlink",
)  # fmt: skip
CODES = (
    -101000, -101001, -101002, -111001, -111002, -111003, -111004, -111005, 100001, 100005, 100008, 100012, 100014,
    100015, 110013, 110014, 110015, 110016, 110018, 110021, 110022,
)  # fmt: skip
HEAD = """# What the emulated cloud covers

Each rule of the manual that the emulator follows, and the test in `tests/contract/` that proves it over the wire.
The page is made by `python -m tests.contract.coverage`; a rule whose test is missing fails the build.

Not emulated: the push to `CssCustomPushUrl`, the alpha picture of `AlphaChannelEnable`, SSML and smart actions, the
turning and colouring of 3D characters, `SpeechParam` (it is checked, the voice stays the same), TRTC rooms.
"""

Rules = Mapping[str, Mapping[str, str | list[str]]]


class CoverageError(Exception):
    """The table has a gap; the message says which."""


def known_tests(folder: Path = HERE) -> set[str]:
    """Return the tests of `folder` as the table names them."""
    return {
        f"{path.stem.removeprefix('test_')}: {node.name.removeprefix('test_')}"
        for path in sorted(folder.glob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def page(rules: Rules, tests: set[str]) -> str:
    """Return docs/coverage.md; raises CoverageError for a gap."""
    for call in CALLS:
        if not rules.get(call):
            raise CoverageError(f"{call} has no rules")
    for code in CODES:
        if str(code) not in rules.get("Error codes", {}):
            raise CoverageError(f"error code {code} has no test")
    lines = [HEAD]
    for section, rows in rules.items():
        lines += [f"## {section}", "", "| rule | proved by |", "|---|---|"]
        lines += [f"| {rule} | {_proof(section, rule, proofs, tests)} |" for rule, proofs in rows.items()]
        lines.append("")
    return "\n".join(lines)


def _proof(section: str, rule: str, proofs: str | list[str], tests: set[str]) -> str:
    named = [proofs] if isinstance(proofs, str) else proofs
    if not named:
        raise CoverageError(f"{section}, {rule}: no test")
    for name in named:
        if name not in tests:
            raise CoverageError(f"{section}, {rule}: there is no test {name!r}")
    links: list[str] = []
    for name in named:
        file, _, test = name.partition(": ")
        links.append(f"[{test.replace('_', ' ')}](../tests/contract/test_{file}.py)")
    return "; ".join(links)


def main() -> None:
    """Write the page, or with `--check` fail if it differs."""
    try:
        text = page(tomllib.loads(TABLE.read_text("utf-8")), known_tests())
    except CoverageError as error:
        raise SystemExit(f"{TABLE.name}: {error}") from None
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(text, "utf-8")
    elif not PAGE.is_file() or PAGE.read_text("utf-8") != text:
        raise SystemExit("docs/coverage.md is not what the tests say; run: make docs-write")


if __name__ == "__main__":
    main()

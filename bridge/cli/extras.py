"""Which of the optional parts of the distribution are installed."""

import re
from collections.abc import Iterator, Sequence
from importlib import metadata

NAMES = ("demo", "llm", "mic", "pydub")
DISTRIBUTION = "avatar-bridge"


def missing(extra: str) -> Sequence[str]:
    """Return the distributions that `extra` needs and this environment does not have."""
    return [name for name in _needed(extra) if not _is_installed(name)]


def install_line(extra: str) -> str:
    """Return the command that installs `extra`."""
    return f"pip install '{DISTRIBUTION}[{extra}]'"


def _needed(extra: str) -> Iterator[str]:
    try:
        requirements = metadata.requires(DISTRIBUTION) or ()
    except metadata.PackageNotFoundError:
        return  # run from the source alone: whoever needs it will say what it misses
    for requirement in requirements:
        specifier, _, marker = requirement.partition(";")
        if "python_version" in marker or not re.search(rf"extra == ['\"]{extra}['\"]", marker):
            continue
        yield re.split(r"[^\w.-]", specifier.strip(), maxsplit=1)[0]


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True

"""What recordings are called, when one begins anew, and which are too old to be kept. Pure.

A stamp is a UTC time as `20261128T030405Z`, so that stamps sort as the times they are.
"""

import re
from collections.abc import Iterable, Iterator

_NAME = re.compile(r"(?P<stamp>\d{8}T\d{6}Z)-[0-9A-Za-z_-]+-\d+\.jsonl")
_DAY = len("20261128")


class Pages:
    """The files of one session, one after the other: each holds one visitor, and at most one day."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._number = 0
        self._name: str | None = None

    def at(self, stamp: str) -> str:
        """Return the name of the file that something of this time belongs into."""
        if self._name is None or self._name[:_DAY] != stamp[:_DAY]:
            self._number += 1
            self._name = f"{stamp}-{self._session_id}-{self._number}.jsonl"
        return self._name

    def turn(self) -> None:
        """End the present file: what follows is about somebody else."""
        self._name = None


def expired(names: Iterable[str], oldest: str) -> Iterator[str]:
    """Yield those of `names` that are recordings begun before the stamp `oldest`; other files are left alone."""
    for name in names:
        match = _NAME.fullmatch(name)
        if match is not None and match["stamp"] < oldest:
            yield name

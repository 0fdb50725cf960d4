"""The grants that are out: a file for each in the state directory, named by the grant's hash.

Whoever reads the files cannot use them; servers that share the directory share the grants.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from bridge.errors import NotFound, SettingsError, TooManyGrants

PREFIX = "abg_"
"""Begins every grant, so that one can be recognised where it should not be."""
MAX_GRANTS = 1000
ID_LENGTH = 12


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant is for; `created_at` is in Unix seconds."""

    grant_id: str
    page: Literal["kiosk"]
    name: str | None
    avatar: str | None
    created_at: float


class GrantStore:
    """Every method reads or writes the disk."""

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / "grants"

    def create(self, page: Literal["kiosk"], name: str | None, avatar: str | None, now: float) -> tuple[str, Grant]:
        """Return a new grant, which nobody can read again, and what is kept of it. Raises TooManyGrants."""
        with self._told():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if sum(1 for _ in self._paths()) >= MAX_GRANTS:
                raise TooManyGrants(f"{MAX_GRANTS} links are out; take back those that nobody uses")
            secret = PREFIX + secrets.token_urlsafe(32)
            digest = _digest(secret)
            grant = Grant(grant_id=digest[:ID_LENGTH], page=page, name=name, avatar=avatar, created_at=now)
            _write(self._path(digest), msgspec.json.encode(grant))
        return secret, grant

    def find(self, secret: str) -> Grant | None:
        """Return what `secret` grants."""
        return self._read(self._path(_digest(secret)))

    def all(self) -> list[Grant]:
        """Return all that are out, the oldest first."""
        grants = [grant for path in self._paths() if (grant := self._read(path)) is not None]
        return sorted(grants, key=lambda grant: grant.created_at)

    def revoke(self, grant_id: str) -> None:
        """Take a grant back. Raises NotFound."""
        paths = [path for path in self._paths() if path.stem[:ID_LENGTH] == grant_id]
        if not paths:
            raise NotFound("there is no such grant")
        with self._told():
            for path in paths:
                path.unlink(missing_ok=True)

    def _paths(self) -> Iterator[Path]:
        return self._folder.glob("*.json")

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"

    def _read(self, path: Path) -> Grant | None:
        with self._told():
            try:
                return msgspec.json.decode(path.read_bytes(), type=Grant)
            except (FileNotFoundError, msgspec.MsgspecError):
                return None

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise SettingsError(f"server.state_dir: {self._folder} cannot be used: {error.strerror}") from None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all, and for nobody else to read."""
    draft = path.with_name(f".{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

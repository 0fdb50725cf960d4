"""The secret that client tokens are signed with: of the settings, or one of our own in the state directory."""

import contextlib
import os
import secrets
from pathlib import Path

from bridge.errors import SettingsError
from bridge.settings import MIN_TOKEN_SECRET, Server

NAME = "token_secret"


def token_secrets(server: Server) -> list[str]:
    """Return the secrets, the signing one first. Raises SettingsError when the file cannot be used."""
    if server.token_secret is not None:
        return server.token_secret.get_secret_value().split()
    path = server.state_dir / NAME
    try:
        server.state_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        secret = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise SettingsError(f"server.state_dir: {path} cannot be used: {reason}") from None
    if len(secret) < MIN_TOKEN_SECRET:
        raise SettingsError(f"server.state_dir: {path} is damaged; delete it, and a new one is made")
    return [secret]


def _create(path: Path) -> None:
    """Make the file at once and whole; where several servers begin together the first one's stays."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()

"""Who we are in the cloud: every UserId of this server begins with `ab-<installation>-`.

Each running server has an id to itself, so that whatever else bears it is left over from one that has ended. The id
stands in the state directory, in a file that is locked while its server runs; the system unlocks it after a crash.
"""

import contextlib
import os
import sys
import uuid
from collections.abc import Generator
from pathlib import Path

from bridge.errors import SettingsError

if sys.platform == "win32":

    def _lock(_fd: int) -> None:
        """Lock nothing: two servers need two state directories there."""

else:
    import fcntl

    def _lock(fd: int) -> None:
        """Lock the file until it is closed. Raises BlockingIOError if another process has it."""
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


SLOTS = 64
"""Servers that may share a state directory."""


class Installation:
    """An id that is this process's own until `release`, which may be called twice."""

    def __init__(self, name: str, fd: int) -> None:
        self.name = name
        self._fd: int | None = fd

    @property
    def prefix(self) -> str:
        """What the UserIds begin with."""
        return f"ab-{self.name}-"

    def release(self) -> None:
        """Leave the id to the next server."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def claim(state_dir: Path) -> Installation:
    """Take the first id of `state_dir` that no running server has, made at its first use.

    Raises SettingsError when the directory cannot be used.
    """
    with _told(state_dir):
        state_dir.mkdir(parents=True, exist_ok=True)
        for slot in range(SLOTS):
            installation = _take(_path(state_dir, slot))
            if installation is not None:
                return installation
    raise SettingsError(f"server.state_dir ({state_dir}): {SLOTS} servers use it already; give this one its own")


@contextlib.contextmanager
def left_behind(state_dir: Path) -> Generator[tuple[list[Installation], int]]:
    """Hold the ids whose server has ended, and count those whose server runs."""
    held: list[Installation] = []
    running = 0
    try:
        with _told(state_dir):
            for path in filter(Path.exists, (_path(state_dir, slot) for slot in range(SLOTS))):
                installation = _take(path)
                if installation is None:
                    running += 1
                else:
                    held.append(installation)
        yield held, running
    finally:
        for installation in held:
            installation.release()


@contextlib.contextmanager
def _told(state_dir: Path) -> Generator[None]:
    """Turn what the system says of a file into a SettingsError."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise SettingsError(f"server.state_dir ({state_dir}) cannot be used: {reason}") from None


def _path(state_dir: Path, slot: int) -> Path:
    return state_dir / ("installation" if slot == 0 else f"installation-{slot + 1}")


def _take(path: Path) -> Installation | None:
    """Return the id of `path`, or None if another process has it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(fd)
        except BlockingIOError:
            os.close(fd)
            return None
        name = os.read(fd, 100).decode("ascii").strip()
        if not name:  # new, or a power cut left it empty
            name = uuid.uuid4().hex[:8]
            os.write(fd, name.encode())
            os.fsync(fd)
    except (OSError, UnicodeDecodeError):
        os.close(fd)
        raise
    return Installation(name, fd)

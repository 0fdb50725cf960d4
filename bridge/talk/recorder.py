"""Writes down what people and avatars said, where `recording.dir` asks for it; never a sound, a key or a token."""

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import structlog

from bridge.errors import SettingsError
from bridge.session.events import Event, Transcript
from bridge.session.feed import Feed
from bridge.talk.retention import Pages, expired

log = structlog.stdlib.get_logger("bridge.talk")

WAITING = 1024
"""Lines that wait to be written; when one more comes it is not recorded, and the log says so."""
PURGE_EVERY_S = 3_600.0
DAY_S = 86_400


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a file: what was said, and of an avatar's answer what of it was heard. `time` is UTC."""

    time: str
    who: str
    text: str
    heard: str | None = None


class Recorder:
    """An async context manager around one task that writes; leaving it writes what waits.

    The files are for their owner alone (0600). What is older than `recording.retention_days` is deleted at the start
    and every hour. What cannot be written is logged and lost: people go on talking.
    """

    def __init__(self, folder: Path, retention_days: int) -> None:
        self._dir = folder
        self._keep_s = retention_days * DAY_S
        self._lines: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue(WAITING)
        self._tasks = asyncio.TaskGroup()
        self._purging: asyncio.Task[None] | None = None
        self._open = False

    async def __aenter__(self) -> Self:
        """Make the folder and delete what is too old. Raises SettingsError where that is not possible."""
        try:
            await asyncio.to_thread(self._prepare)
        except OSError as error:
            raise SettingsError(f"recording.dir: {self._dir} cannot be used: {error.strerror}") from None
        await self._tasks.__aenter__()
        self._tasks.create_task(self._write(), name="recorder-write")
        self._purging = self._tasks.create_task(self._keep_purging(), name="recorder-purge")
        self._open = True
        log.info("recording", dir=str(self._dir), retention_days=self._keep_s // DAY_S)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Write what waits and end. May be called twice."""
        if not self._open:
            return
        self._open = False
        if self._purging is not None:
            self._purging.cancel()
        await self._lines.put(None)
        await self._tasks.__aexit__(None, None, None)

    def follow(self, feed: Feed) -> None:
        """Write down what is said in a session, which `feed` tells; after each `forget` of it in another file."""
        pages = Pages(feed.log.session_id)

        def receive(event: Event, now: float) -> None:
            if isinstance(event, Transcript) and event.final and event.text and self._open:
                self._put(pages, event)

        feed.follow(receive, forgotten=pages.turn)

    async def purge(self) -> None:
        """Delete what is too old."""
        try:
            await asyncio.to_thread(self._purge)
        except OSError as error:
            log.error("recording_not_deleted", error=error.strerror)  # noqa: TRY400 - the reason is enough

    def _put(self, pages: Pages, said: Transcript) -> None:
        now = time.time()
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"
        heard = None if said.heard is None else _clean(said.heard)
        line = msgspec.json.encode(Line(time=at, who=said.who, text=_clean(said.text or ""), heard=heard))
        try:
            self._lines.put_nowait((pages.at(_stamp(now)), line))
        except asyncio.QueueFull:
            log.warning("recording_dropped", lines=1, hint="recording.dir is on a disk that is too slow")

    async def _write(self) -> None:
        while (first := await self._lines.get()) is not None:
            waiting = [first]
            ends = False
            while not self._lines.empty():
                line = self._lines.get_nowait()
                if line is None:
                    ends = True
                    break
                waiting.append(line)
            try:
                await asyncio.to_thread(self._append, waiting)
            except OSError as error:
                log.error("recording_failed", lines=len(waiting), error=error.strerror)  # noqa: TRY400 - the reason is enough
            if ends:
                return

    async def _keep_purging(self) -> None:
        while True:
            await asyncio.sleep(PURGE_EVERY_S)
            await self.purge()

    # In a thread.

    def _prepare(self) -> None:
        self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = self._dir / f".probe-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
        self._purge()

    def _purge(self) -> None:
        oldest = _stamp(time.time() - self._keep_s)
        for name in expired([path.name for path in self._dir.iterdir()], oldest):
            with contextlib.suppress(FileNotFoundError):
                (self._dir / name).unlink()
            log.info("recording_deleted", file=name)

    def _append(self, lines: Sequence[tuple[str, bytes]]) -> None:
        for name, line in lines:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            file = os.open(self._dir / name, flags, 0o600)
            try:
                os.write(file, line + b"\n")
            finally:
                os.close(file)


def _stamp(now: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))


def _clean(text: str) -> str:
    """Return `text` as UTF-8 can hold it."""
    return text.encode("utf-8", "replace").decode()

"""All sessions of this server."""

import asyncio
import contextvars
import time
import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import aiohttp
import structlog

from bridge.clouds.tencent.client import TencentClient
from bridge.errors import SessionEnded, SessionNotFound, SettingsError, TooManySessions, UserBusy
from bridge.session.channel import USUAL, Timing
from bridge.session.installation import claim
from bridge.session.measures import Measures
from bridge.session.new import NewSession
from bridge.session.reaper import Reaper
from bridge.session.session import Session
from bridge.settings import Settings
from bridge.telemetry.telemetry import Telemetry

log = structlog.stdlib.get_logger("bridge.pool")

VISIBLE_AFTER_END_S = 60.0
CLOSE_LIMIT_S = 20.0


class Pool:
    """An async context manager; leaving it closes every session, in the cloud too, within 20 s."""

    def __init__(self, settings: Settings, timing: Timing = USUAL, telemetry: Telemetry | None = None) -> None:
        self._settings = settings
        self._telemetry = telemetry or Telemetry()
        self._timing = timing
        self._sessions: dict[str, Session] = {}
        self._ended_at: dict[str, float] = {}
        self._runs: set[asyncio.Task[None]] = set()
        self._closing = False

    async def __aenter__(self) -> Self:
        cloud = self._settings.cloud
        if cloud.appkey is None or cloud.accesstoken is None:
            raise SettingsError("cloud.appkey and cloud.accesstoken are not set")
        self._installation = claim(self._settings.server.state_dir)
        # A session makes one call at a time, so that the number of sessions is the limit.
        connector = aiohttp.TCPConnector(limit=0)
        self._http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        self._client = TencentClient(
            base_url=str(cloud.base_url),
            channel_url=cloud.channel_url,
            appkey=cloud.appkey.get_secret_value(),
            accesstoken=cloud.accesstoken.get_secret_value(),
            http=self._http,
            telemetry=self._telemetry,
        )
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        reaper = Reaper(self._client, cloud, self._installation.prefix, self._settings.server.state_dir, self.users)
        self._reaping = self._tasks.create_task(reaper.run(), name="reaper")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.close_all("shutting_down")
        finally:
            try:
                await self._tasks.__aexit__(kind, error, traceback)
            finally:
                self._installation.release()
                await self._http.close()

    def create(self, new: NewSession) -> Session:
        """Begin a session and return it at once; its life goes on by itself, after the same user's former has closed.

        Raises TooManySessions, UserBusy, and SessionEnded while the server shuts down.
        """
        if self._closing:
            raise SessionEnded("this server is shutting down; ask another one")
        mine, others = self._of_user(new.user_id)
        if not new.replace and not all(session.is_over for session in mine):
            raise UserBusy("this user has a live session; use it, close it, or ask with replace")
        limit = self._settings.server.max_sessions
        if sum(not session.is_over for session in others) >= limit:
            raise TooManySessions(f"{limit} sessions are open, as many as server.max_sessions allows; close one")
        session_id = uuid.uuid4().hex
        cloud_user_id = self._installation.prefix + (new.user_id or session_id)
        measures = Measures(self._telemetry, session_id, new.mode)
        session = Session(session_id, cloud_user_id, new, self._settings, self._client, measures, self._timing)
        self._sessions[session_id] = session
        # What is bound to the request that asks for it is not bound to the session.
        run = self._tasks.create_task(
            self._run(session, mine), name=f"session-{session_id}", context=contextvars.Context()
        )
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)
        return session

    def get(self, session_id: str) -> Session:
        """Return a session; one that has ended is still there for a minute. Raises SessionNotFound."""
        self._forget_ended()
        try:
            return self._sessions[session_id]
        except KeyError:
            raise SessionNotFound("there is no such session, or it ended a while ago; create a new one") from None

    def sessions(self) -> Sequence[Session]:
        """Return all sessions, the ones that ended within the last minute too."""
        self._forget_ended()
        return list(self._sessions.values())

    def users(self) -> set[str]:
        """Return the cloud's UserIds of all sessions, those that ended within the last minute too."""
        return {self._installation.prefix + session.user_id for session in self.sessions()}

    async def said(self, limit_s: float) -> None:
        """Return when all that was to be said has been, in sessions that can say it, or after `limit_s`."""
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*(session.said() for session in self.sessions()))
        except TimeoutError:
            log.info("speech_cut_off", after_s=limit_s)

    async def close_all(self, reason: str) -> None:
        """Accept no more sessions and close all, in the cloud too."""
        self._closing = True
        self._reaping.cancel()
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await asyncio.gather(*(session.close(reason) for session in self._sessions.values()))
        except TimeoutError:
            left = [session.session_id for session in self._sessions.values() if not session.has_ended]
            log.warning("sessions_not_closed", sessions=left, hint="the cloud closes them after 10 minutes without us")
            for run in self._runs:
                run.cancel()

    def _of_user(self, user_id: str | None) -> tuple[list[Session], list[Session]]:
        """Return the sessions that have not ended yet: those of the user, and the others."""
        present = [session for session in self.sessions() if not session.has_ended]
        mine = [session for session in present if user_id is not None and session.user_id == user_id]
        return mine, [session for session in present if session not in mine]

    async def _run(self, session: Session, former: Sequence[Session]) -> None:
        try:
            for other in former:
                # The cloud has one session a UserId: a call of the former that is late would end the new one.
                await other.close("replaced")
            with session.measures.current():
                await session.run()
        except Exception:
            # One broken session must not take the others down with it.
            log.exception("session_broken", session_id=session.session_id)
            _abort(session)
            await _close_in_cloud(session)
        finally:
            _abort(session)
            self._ended_at[session.session_id] = time.monotonic()

    def _forget_ended(self) -> None:
        now = time.monotonic()
        for session_id, at in list(self._ended_at.items()):
            if now - at > VISIBLE_AFTER_END_S:
                del self._ended_at[session_id], self._sessions[session_id]


def _abort(session: Session) -> None:
    try:
        session.abort()
    except Exception:
        log.exception("session_end_not_told", session_id=session.session_id)


async def _close_in_cloud(session: Session) -> None:
    """Leave nothing to be paid for behind a broken session, if it can be helped."""
    try:
        await session.close_in_cloud()
    except Exception:
        log.exception("cloud_session_not_closed", session_id=session.session_id)

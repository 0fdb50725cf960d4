"""The REST client of the interactive avatar service (manual: "Live Session Management", "Other APIs")."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import aiohttp
import msgspec
import stamina
import structlog

from bridge.clouds.http import post_json
from bridge.clouds.tencent.clock import CloudClock
from bridge.clouds.tencent.codes import KNOWN, error_of
from bridge.clouds.tencent.models import (
    Created,
    CreateSession,
    CreateSessionByAsset,
    Done,
    GetTrtcSign,
    ListedSession,
    ListOfAccount,
    ListOfAsset,
    ListOfProject,
    OneSession,
    Reply,
    Response,
    ResponseHeader,
    SendText,
    SessionList,
    Stat,
    TrtcSign,
    UpdateConfig,
    read,
)
from bridge.clouds.tencent.signing import signed_url
from bridge.clouds.tencent.spacing import Spacing
from bridge.clouds.watched import watched
from bridge.errors import ClockSkew, CloudError, CloudProtocolError, CloudRefusedForNow, CloudUnreachable
from bridge.telemetry.metrics import OTHER
from bridge.telemetry.telemetry import Telemetry

log = structlog.stdlib.get_logger("bridge.cloud")

SESSIONS = "/v2/ivh/sessionmanager/sessionmanagerservice/"
COMMAND = "/v2/ivh/interactdriver/interactdriverservice/command"
CHANNEL = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"
UNAUTHORIZED = 100005
TEXT_INTERVAL_S = 1.05
UPDATE_INTERVAL_S = 5.05
TRIES = 3

R = TypeVar("R", bound=Reply)


class TencentClient:
    """One account on one cloud; `clock` tells Unix seconds.

    Where the clock is too far off, calls are signed with the cloud's own time from then on, and `clock_skew` says so.

    Every call raises a CloudError: CloudUnreachable, CloudProtocolError, or what the cloud's code stands for
    (`bridge.clouds.tencent.codes`). What may be retried is tried up to three times, each time signed anew.
    """

    def __init__(
        self,
        *,
        base_url: str,
        channel_url: str,
        appkey: str,
        accesstoken: str,
        http: aiohttp.ClientSession,
        clock: Callable[[], float] | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._channel_url = channel_url.rstrip("/")
        self._appkey = appkey
        self._accesstoken = accesstoken
        self._http = http
        self._telemetry = telemetry or Telemetry()
        self._clock = CloudClock(clock or time.time)
        self.clock_skew: ClockSkew | None = None
        self._texts = Spacing(TEXT_INTERVAL_S)
        self._updates = Spacing(UPDATE_INTERVAL_S)

    # The life of a cloud session.

    async def createsession(self, request: CreateSession) -> Created:
        """Create a cloud session; one that the same UserId already has is closed by the cloud."""
        return await self._call(SESSIONS + "createsession", request, Created)

    async def createsessionbyasset(self, request: CreateSessionByAsset) -> Created:
        """Create a cloud session for a personal asset image."""
        return await self._call(SESSIONS + "createsessionbyasset", request, Created)

    async def statsession(self, session_id: str) -> Stat:
        """Return how the cloud session is."""
        return await self._call(SESSIONS + "statsession", OneSession(session_id=session_id), Stat)

    async def startsession(self, session_id: str) -> None:
        """Allow a ready cloud session to be driven."""
        await self._call(SESSIONS + "startsession", OneSession(session_id=session_id), Done)

    async def closesession(self, session_id: str) -> None:
        """Close the cloud session and free its place in the quota."""
        await self._call(SESSIONS + "closesession", OneSession(session_id=session_id), Done)

    # What there is in the cloud.

    async def listsessionofprojectid(self, project_id: str) -> Sequence[ListedSession]:
        """Return the ongoing sessions of an avatar project."""
        return await self._list("listsessionofprojectid", ListOfProject(virtualman_project_id=project_id))

    async def listsessionofassetvk(self, asset_key: str) -> Sequence[ListedSession]:
        """Return the ongoing sessions of a personal asset image."""
        return await self._list("listsessionofassetvk", ListOfAsset(asset_virtualman_key=asset_key))

    async def listsessionofuin(self) -> Sequence[ListedSession]:
        """Return the ongoing sessions of the account."""
        return await self._list("listsessionofuin", ListOfAccount())

    # What is done with a running one.

    async def command(self, request: SendText) -> None:
        """Have a text said, or the avatar stopped, without a channel.

        Waits until a second has passed since the last command for the session. It is sent once: what may have
        arrived must not be said twice.
        """
        await asyncio.sleep(self._texts.reserve(request.session_id, time.monotonic()))
        await self._call(COMMAND, request, Done, tries=1)

    async def updatesessionconfig(self, request: UpdateConfig) -> None:
        """Change the picture; waits until five seconds have passed since the last change of the session."""
        await asyncio.sleep(self._updates.reserve(request.session_id, time.monotonic()))
        await self._call(SESSIONS + "updatesessionconfig", request, Done, tries=1)

    async def gettrtcsign(self, request: GetTrtcSign) -> TrtcSign:
        """Return the key with which one viewer enters the platform's own TRTC room."""
        return await self._call(SESSIONS + "gettrtcsign", request, TrtcSign)

    def channel_address(self, session_id: str) -> str:
        """Return the signed URL of the command channel, good for five minutes; never show it."""
        parameters = {"appkey": self._appkey, "requestid": session_id, "timestamp": str(int(self._clock.now()))}
        return signed_url(self._channel_url + CHANNEL, parameters, self._accesstoken)

    async def _list(self, name: str, request: msgspec.Struct) -> Sequence[ListedSession]:
        found = await self._call(SESSIONS + name, request, SessionList)
        try:
            return [read(session, ListedSession) for session in found.sessions or ()]
        except (msgspec.MsgspecError, RecursionError):
            raise _not_as_the_manual(name) from None

    async def _call(self, path: str, payload: msgspec.Struct, answer: type[R], *, tries: int = TRIES) -> R:
        body = msgspec.json.encode({"Header": {}, "Payload": payload})
        async for attempt in stamina.retry_context(
            on=_may_retry, attempts=tries, wait_initial=0.2, wait_max=2, wait_jitter=0.3, timeout=30
        ):
            with attempt:
                return await self._call_once(path, body, answer)
        raise AssertionError("retry_context either returns or raises")

    async def _call_once(self, path: str, body: bytes, answer: type[R]) -> R:
        response, date = await self._exchange(path, body)
        if response.header.code != 0:
            raise self._refusal(response.header, date)
        try:
            return read(response.payload, answer)
        except (msgspec.MsgspecError, RecursionError):
            raise _not_as_the_manual(path) from None

    async def _exchange(self, path: str, body: bytes) -> tuple[Response, float | None]:
        """Return the cloud's answer and time; a signature refused for its time is tried with the cloud's, once."""
        signed_at = self._clock.now()
        response, date = await self._post(path, body, signed_at)
        if date is None or response.header.code != UNAUTHORIZED or not self._clock.learn(signed_at, date):
            return response, date
        response, date = await self._post(path, body, self._clock.now())
        skew = None if date is None else self._clock.skew(date)
        if response.header.code != UNAUTHORIZED and skew is not None and self.clock_skew is None:
            log.warning("clock_off", error=skew.message, hint="signing with the cloud's time")
            self.clock_skew = skew
        return response, date

    async def _post(self, path: str, body: bytes, signed_at: float) -> tuple[Response, float | None]:
        parameters = {"appkey": self._appkey, "timestamp": str(int(signed_at))}
        url = signed_url(self._base_url + path, parameters, self._accesstoken)
        with watched(self._telemetry, path.rpartition("/")[2]) as call:
            answer = await post_json(self._http, url, body)
            try:
                response = msgspec.json.decode(answer.body, type=Response, strict=False)
            except (msgspec.MsgspecError, RecursionError):
                raise _not_as_the_manual(path) from None
            call.code = str(response.header.code) if response.header.code in KNOWN else OTHER
        return response, answer.date

    def _refusal(self, header: ResponseHeader, date: float | None) -> CloudError:
        skew = self._clock.skew(date) if header.code == UNAUTHORIZED and date is not None else None
        if skew is not None:
            return ClockSkew(skew.message, cloud_code=header.code)
        return error_of(header.code, header.message or "")


def _may_retry(error: Exception) -> bool:
    return isinstance(error, CloudUnreachable | CloudRefusedForNow)


def _not_as_the_manual(path: str) -> CloudProtocolError:
    return CloudProtocolError(f"the cloud's answer to {path.rpartition('/')[2]} is not what its manual says")

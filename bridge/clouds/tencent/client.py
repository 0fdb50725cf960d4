"""The REST client of the interactive avatar service (manual: "Live Session Management")."""

import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import aiohttp
import msgspec
import stamina

from bridge.clouds.http import Answer, post_json
from bridge.clouds.tencent.codes import error_of
from bridge.clouds.tencent.models import (
    Created,
    CreateSession,
    CreateSessionByAsset,
    Done,
    DriverType,
    OneSession,
    Response,
    Stat,
)
from bridge.clouds.tencent.signing import signed_url
from bridge.errors import (
    BridgeError,
    ClockSkew,
    CloudProtocolError,
    CloudRefusedForNow,
    CloudUnreachable,
    CredentialsRefused,
)

SESSIONS = "/v2/ivh/sessionmanager/sessionmanagerservice/"
CHANNEL = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"
MAX_SKEW_S = 300

T = TypeVar("T")


class TencentClient:
    """One account on one cloud; `clock` tells Unix seconds.

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
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._channel_url = channel_url.rstrip("/")
        self._appkey = appkey
        self._accesstoken = accesstoken
        self._http = http
        self._clock = clock

    async def createsession(self, *, project_id: str, user_id: str, protocol: str, driver_type: DriverType) -> Created:
        """Create a cloud session; one that `user_id` already has is closed by the cloud."""
        request = CreateSession(
            req_id=new_req_id(),
            virtualman_project_id=project_id,
            user_id=user_id,
            protocol=protocol,
            driver_type=driver_type,
        )
        return await self._call("createsession", request, Created)

    async def createsessionbyasset(
        self, *, asset_key: str, user_id: str, protocol: str, driver_type: DriverType
    ) -> Created:
        """Create a cloud session for a personal asset image."""
        request = CreateSessionByAsset(
            req_id=new_req_id(),
            asset_virtualman_key=asset_key,
            user_id=user_id,
            protocol=protocol,
            driver_type=driver_type,
        )
        return await self._call("createsessionbyasset", request, Created)

    async def statsession(self, session_id: str) -> Stat:
        """Return how the cloud session is."""
        return await self._call("statsession", OneSession(req_id=new_req_id(), session_id=session_id), Stat)

    async def startsession(self, session_id: str) -> None:
        """Allow a ready cloud session to be driven."""
        await self._call("startsession", OneSession(req_id=new_req_id(), session_id=session_id), Done)

    async def closesession(self, session_id: str) -> None:
        """Close the cloud session and free its place in the quota."""
        await self._call("closesession", OneSession(req_id=new_req_id(), session_id=session_id), Done)

    def channel_address(self, session_id: str) -> str:
        """Return the signed URL of the command channel, good for five minutes; never show it."""
        parameters = {"appkey": self._appkey, "requestid": session_id, "timestamp": str(int(self._clock()))}
        return signed_url(self._channel_url + CHANNEL, parameters, self._accesstoken)

    async def _call(self, name: str, payload: msgspec.Struct, answer: type[T]) -> T:
        body = msgspec.json.encode({"Header": {}, "Payload": payload})
        async for attempt in stamina.retry_context(on=_may_retry, attempts=3, wait_initial=0.2, wait_max=2, timeout=30):
            with attempt:
                return await self._call_once(name, body, answer)
        raise AssertionError("retry_context either returns or raises")

    async def _call_once(self, name: str, body: bytes, answer: type[T]) -> T:
        parameters = {"appkey": self._appkey, "timestamp": str(int(self._clock()))}
        url = signed_url(self._base_url + SESSIONS + name, parameters, self._accesstoken)
        http_answer = await post_json(self._http, url, body)
        try:
            response = msgspec.json.decode(http_answer.body, type=Response, strict=False)
            if response.header.code != 0:
                raise self._refusal(response, http_answer)
            return msgspec.json.decode(response.payload, type=answer, strict=False)
        except (msgspec.MsgspecError, RecursionError):
            raise CloudProtocolError(f"the cloud's answer to {name} is not what its manual says") from None

    def _refusal(self, response: Response, answer: Answer) -> BridgeError:
        error = error_of(response.header.code, response.header.message or "")
        if isinstance(error, CredentialsRefused) and answer.date is not None:
            skew = self._clock() - answer.date
            if abs(skew) > MAX_SKEW_S:
                way = "ahead of" if skew > 0 else "behind"
                return ClockSkew(
                    f"this machine's clock is {abs(skew) / 60:.0f} minutes {way} the cloud's; "
                    "set it (for example: timedatectl set-ntp true)",
                    cloud_code=error.cloud_code,
                )
        return error


def new_req_id() -> str:
    """Return a fresh 32-character id, as every request and drive needs one."""
    return uuid.uuid4().hex


def _may_retry(error: Exception) -> bool:
    return isinstance(error, CloudUnreachable | CloudRefusedForNow)

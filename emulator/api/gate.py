"""What every call goes through: signature, envelope, faults."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec
from aiohttp import web

from emulator.api.connection import abort, ignore
from emulator.api.envelope import Request, answer, refuse
from emulator.api.order import Account
from emulator.api.signature import verify
from emulator.cloud import Cloud
from emulator.codes import BAD_PARAMETER, CODES, DISCONNECTED, TOO_FREQUENT, CloudError

MAX_BODY_BYTES = 64 * 1024


class Identified(Protocol):
    """A Payload; it tells its ReqId."""

    @property
    def req_id(self) -> str:
        """The caller's own id of the request."""
        ...


P = TypeVar("P", bound=Identified)

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Gate:
    """The way in to `cloud` for the one `account`."""

    def __init__(self, cloud: Cloud, account: Account) -> None:
        self.cloud = cloud
        self.account = account

    def route(
        self,
        kind: type[P],
        call: Callable[[web.Request, P], Awaitable[msgspec.Struct]],
        *,
        max_bytes: int = MAX_BODY_BYTES,
    ) -> Handler:
        """Return a handler that lets signed requests with a Payload of `kind` through to `call`."""
        decoder = msgspec.json.Decoder(Request[kind])

        async def handle(request: web.Request) -> web.Response:
            request_id = ""
            try:
                self.verify(request)
            except CloudError as error:
                return refuse(error, status=401 if self.cloud.limits.current.auth_failure == "http" else 200)
            try:
                parsed = await self._parse(request, decoder, max_bytes)
                if parsed.header is not None:
                    request_id = parsed.header.request_id
                self.cloud.limits.check_req_id(parsed.payload.req_id)
                return answer(await call(request, parsed.payload), request_id)
            except CloudError as error:
                return refuse(error, request_id)

        return handle

    def verify(self, request: web.Request) -> None:
        """Check the signature of `request`; raises CloudError 100005."""
        now, skew = self.cloud.clock.time(), self.cloud.limits.current.clock_skew_s
        verify(request.query, self.account.appkey, self.account.accesstoken, now, skew)

    async def suffer(self, request: web.Request, step: str, user_id: str, session_id: str = "") -> dict[str, float]:
        """Let the faults of `step` strike; return names and values of those that the call itself has to heed."""
        left: dict[str, float] = {}
        for fault in self.cloud.faults.strike(step, user_id=user_id, session_id=session_id):
            match fault.name:
                case "delay":
                    await asyncio.sleep(fault.value)
                case "error":
                    raise CloudError(CODES[int(fault.value)])
                case "rate":
                    raise CloudError(TOO_FREQUENT)
                case "drop":
                    abort(request)
                case "blackhole":
                    await ignore(request)
                case "restart":
                    self.cloud.restart()
                    abort(request)
                    raise CloudError(DISCONNECTED)  # nobody reads it; the call goes no further
                case _:
                    left[fault.name] = fault.value
        return left

    async def _parse(self, request: web.Request, decoder: msgspec.json.Decoder[Request[P]], most: int) -> Request[P]:
        try:
            body = await request.read()
            if len(body) > most:
                raise CloudError(BAD_PARAMETER, f"a request has at most {most} bytes")
            parsed = decoder.decode(body)
        except web.HTTPRequestEntityTooLarge:
            raise CloudError(BAD_PARAMETER, f"a request has at most {most} bytes") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise CloudError(BAD_PARAMETER, str(error)) from None
        if parsed.header is None and not self.cloud.lenient:
            raise CloudError(BAD_PARAMETER, "Header is missing")
        return parsed

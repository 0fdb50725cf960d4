"""The calls of session management under /v2/ivh/sessionmanager/sessionmanagerservice/."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from aiohttp import web

from emulator.api.connection import abort, ignore
from emulator.api.envelope import Request, answer, refuse
from emulator.api.models import (
    Created,
    CreateSession,
    CreateSessionByAsset,
    Done,
    Listed,
    ListOfAsset,
    ListOfProject,
    ListOfUin,
    SessionList,
    SessionRequest,
    Stat,
)
from emulator.api.order import Account, order_of
from emulator.api.signature import verify
from emulator.cloud import Cloud
from emulator.codes import BAD_PARAMETER, CODES, SESSION_CLOSED, SESSION_NOT_READY, CloudError
from emulator.faults import FaultError
from emulator.session import CLOSED_BY_CALL, PREPARING, READY, Session

PREFIX = "/v2/ivh/sessionmanager/sessionmanagerservice"
MAX_BODY_BYTES = 64 * 1024

P = TypeVar("P", CreateSession, CreateSessionByAsset, SessionRequest, ListOfProject, ListOfAsset, ListOfUin)


class SessionApi:
    """Session management of `cloud` for one account."""

    def __init__(self, cloud: Cloud, account: Account) -> None:
        self._cloud = cloud
        self._account = account

    def routes(self) -> list[web.RouteDef]:
        """Return the vendor's own paths."""
        return [
            web.post(f"{PREFIX}/createsession", self._route(CreateSession, self._create)),
            web.post(f"{PREFIX}/createsessionbyasset", self._route(CreateSessionByAsset, self._create)),
            web.post(f"{PREFIX}/statsession", self._route(SessionRequest, self._stat)),
            web.post(f"{PREFIX}/startsession", self._route(SessionRequest, self._start)),
            web.post(f"{PREFIX}/closesession", self._route(SessionRequest, self._close)),
            web.post(f"{PREFIX}/listsessionofprojectid", self._route(ListOfProject, self._list)),
            web.post(f"{PREFIX}/listsessionofassetvk", self._route(ListOfAsset, self._list)),
            web.post(f"{PREFIX}/listsessionofvk", self._route(ListOfAsset, self._list)),
            web.post(f"{PREFIX}/listsessionofuin", self._route(ListOfUin, self._list)),
        ]

    def _route(
        self, kind: type[P], call: Callable[[web.Request, P], Awaitable[msgspec.Struct]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        decoder = msgspec.json.Decoder(Request[kind])

        async def handle(request: web.Request) -> web.Response:
            request_id = ""
            try:
                limits = self._cloud.limits.current
                account = self._account
                verify(
                    request.query,
                    account.appkey,
                    account.accesstoken,
                    self._cloud.clock.time(),
                    limits.clock_skew_s,
                )
                parsed = await self._parse(request, decoder)
                if parsed.header is not None:
                    request_id = parsed.header.request_id
                return answer(await call(request, parsed.payload), request_id)
            except CloudError as error:
                return refuse(error, request_id)

        return handle

    async def _parse(self, request: web.Request, decoder: msgspec.json.Decoder[Request[P]]) -> Request[P]:
        try:
            parsed = decoder.decode(await request.read())
        except web.HTTPRequestEntityTooLarge:
            raise CloudError(BAD_PARAMETER, f"a request has at most {MAX_BODY_BYTES} bytes") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise CloudError(BAD_PARAMETER, str(error)) from None
        if parsed.header is None and not self._cloud.lenient:
            raise CloudError(BAD_PARAMETER, "Header is missing")
        return parsed

    async def _create(self, request: web.Request, payload: CreateSession | CreateSessionByAsset) -> Created:
        session_id = self._cloud.new_session_id()
        order = order_of(payload, self._account, session_id)
        try:
            self._cloud.faults.adopt(order.user_id)
        except FaultError as error:
            raise CloudError(BAD_PARAMETER, str(error)) from None
        await self._suffer(request, "create", order.user_id)
        session = self._cloud.create(session_id, order)
        status = session.status()
        return Created(payload.req_id, session.id, status, _address(session, status))

    async def _stat(self, request: web.Request, payload: SessionRequest) -> Stat:
        session = self._cloud.session(payload.session_id)
        stuck = await self._suffer(request, "stat", session.order.user_id, session.id)
        status = session.status(poll=True)
        if stuck and status == READY:
            status = PREPARING
        error = session.error
        return Stat(
            req_id=payload.req_id,
            session_status=status,
            play_stream_addr=_address(session, status),
            speak_status=session.speak_status,
            is_session_started=session.started,
            error_code=error.number if error else 0,
            error_message=f"{error.word}: {error.meaning}" if error else "",
            close_type=session.close_type or 0,
        )

    async def _start(self, request: web.Request, payload: SessionRequest) -> Done:
        session = self._cloud.session(payload.session_id)
        await self._suffer(request, "start", session.order.user_id, session.id)
        if session.closed:
            raise CloudError(SESSION_CLOSED)
        if session.status() != READY:
            raise CloudError(SESSION_NOT_READY)
        session.started = True
        return Done(payload.req_id)

    async def _close(self, request: web.Request, payload: SessionRequest) -> Done:
        session = self._cloud.session(payload.session_id)
        if session.closed:
            raise CloudError(SESSION_CLOSED)
        session.close(CLOSED_BY_CALL)
        return Done(payload.req_id)

    async def _list(self, _: web.Request, payload: ListOfProject | ListOfAsset | ListOfUin) -> SessionList:
        sessions = [s for s in self._cloud.open_sessions() if _belongs(s, payload)]
        return SessionList(payload.req_id, [_listed(session) for session in sessions])

    async def _suffer(self, request: web.Request, step: str, user_id: str, session_id: str = "") -> bool:
        """Let the faults of `step` strike; return whether statsession is stuck."""
        stuck = False
        for fault in self._cloud.faults.strike(step, user_id=user_id, session_id=session_id):
            match fault.name:
                case "delay":
                    await asyncio.sleep(fault.value)
                case "error":
                    raise CloudError(CODES[int(fault.value)])
                case "drop":
                    abort(request)
                case "blackhole":
                    await ignore(request)
                case _:
                    stuck = True
        return stuck


def _belongs(session: Session, wanted: ListOfProject | ListOfAsset | ListOfUin) -> bool:
    match wanted:
        case ListOfProject():
            return not session.order.by_asset and session.order.project == wanted.virtualman_project_id
        case ListOfAsset():
            return session.order.by_asset and session.order.project == wanted.asset_virtualman_key
        case ListOfUin():
            return True


def _listed(session: Session) -> Listed:
    status = session.status()
    return Listed(
        user_id=session.order.user_id,
        session_id=session.id,
        session_status=status,
        play_stream_addr=_address(session, status),
        driver_type=session.order.driver_type,
        is_session_started=session.started,
    )


def _address(session: Session, status: int) -> str | msgspec.UnsetType:
    if status != READY or session.order.play_address is None:
        return msgspec.UNSET
    return session.order.play_address

"""The calls of session management under /v2/ivh/sessionmanager/sessionmanagerservice/."""

import msgspec
from aiohttp import web

from emulator.api.gate import Gate
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
from emulator.api.order import order_of
from emulator.codes import BAD_PARAMETER, CODES, SESSION_CLOSED, SESSION_NOT_READY, CloudError
from emulator.faults import FaultError
from emulator.session import CLOSED_BY_CALL, PREPARING, READY, Session

PREFIX = "/v2/ivh/sessionmanager/sessionmanagerservice"


class SessionApi:
    """Session management of the cloud behind `gate`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._cloud = gate.cloud

    def routes(self) -> list[web.RouteDef]:
        """Return the vendor's own paths."""
        return [
            web.post(f"{PREFIX}/createsession", self._gate.route(CreateSession, self._create)),
            web.post(f"{PREFIX}/createsessionbyasset", self._gate.route(CreateSessionByAsset, self._create)),
            web.post(f"{PREFIX}/statsession", self._gate.route(SessionRequest, self._stat)),
            web.post(f"{PREFIX}/startsession", self._gate.route(SessionRequest, self._start)),
            web.post(f"{PREFIX}/closesession", self._gate.route(SessionRequest, self._close)),
            web.post(f"{PREFIX}/listsessionofprojectid", self._gate.route(ListOfProject, self._list)),
            web.post(f"{PREFIX}/listsessionofassetvk", self._gate.route(ListOfAsset, self._list)),
            web.post(f"{PREFIX}/listsessionofvk", self._gate.route(ListOfAsset, self._list)),
            web.post(f"{PREFIX}/listsessionofuin", self._gate.route(ListOfUin, self._list)),
        ]

    async def _create(self, request: web.Request, payload: CreateSession | CreateSessionByAsset) -> Created:
        session_id = self._cloud.new_session_id()
        order = order_of(
            payload,
            self._gate.account,
            session_id,
            trtc_scheme=self._cloud.limits.current.trtc_scheme,
            lenient=self._cloud.lenient,
        )
        try:
            self._cloud.faults.adopt(order.user_id)
        except FaultError as error:
            raise CloudError(BAD_PARAMETER, str(error)) from None
        await self._gate.suffer(request, "create", order.user_id)
        session = self._cloud.create(session_id, order)
        status = session.status()
        return Created(payload.req_id, session.id, status, _address(session, status))

    async def _stat(self, request: web.Request, payload: SessionRequest) -> Stat:
        session = self._cloud.session(payload.session_id)
        left = await self._gate.suffer(request, "stat", session.order.user_id, session.id)
        if "fail" in left:
            session.fail(CODES[int(left["fail"])])
        status = session.status(poll=True)
        if "stuck" in left and status == READY:
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
        await self._gate.suffer(request, "start", session.order.user_id, session.id)
        if session.closed:
            raise CloudError(SESSION_CLOSED)
        if session.status() != READY:
            raise CloudError(SESSION_NOT_READY)
        self._cloud.start(session)
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

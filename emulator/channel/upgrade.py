"""The command channel's way in: the upgrade to a WebSocket, or its refusal."""

import asyncio
import contextlib

from aiohttp import ClientConnectionResetError, web

from emulator.api.connection import abort, ignore
from emulator.api.envelope import refuse
from emulator.api.gate import Gate
from emulator.channel.downlink import Downlinks
from emulator.channel.socket import CLOSE_SECONDS, MAX_MESSAGE_BYTES, CommandChannel
from emulator.cloud import Cloud
from emulator.codes import (
    BAD_PARAMETER,
    CODES,
    SESSION_CLOSED,
    SESSION_INACTIVE,
    SESSION_NOT_READY,
    WRONG_TIMING,
    CloudError,
)
from emulator.faults import Fault
from emulator.session import Session

PATH = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"


class ChannelApi:
    """The command channel of the cloud behind `gate`."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._cloud = gate.cloud

    def routes(self) -> list[web.RouteDef]:
        """Return the vendor's own path."""
        return [web.get(PATH, self._handle)]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        """Upgrade, or refuse with 401 (signature), 404 (unknown), 403 (not started), 409 (second channel)."""
        try:
            self._gate.verify(request)
        except CloudError as error:
            return refuse(error, status=401)
        try:
            session = self._cloud.session(request.query.get("requestid", ""))
        except CloudError as error:
            return await self._unknown(request, request.query.get("requestid", ""), error)
        if session.closed:
            return await self._unknown(request, session.id, CloudError(SESSION_CLOSED))
        if not session.started:
            return await self._not_started(request, session)
        faults = self._cloud.faults.strike("connect", user_id=session.order.user_id, session_id=session.id)
        refused = await _before_upgrade(request, faults, self._cloud)
        if refused is None:
            refused = self._unfit(request, session)
        if refused is not None:
            return refused
        if session.channel is not None:
            session.channel.close(self._cloud.limits.current.close_code, "another channel was opened")
        replay = self._cloud.replays.take(session.id, session.order.user_id)
        channel = CommandChannel(self._cloud, session, request, replay)
        session.attach(channel, silent=replay is not None)
        channel.suffer_at_once(faults)
        await channel.run()
        return channel.socket

    def _unfit(self, request: web.Request, session: Session) -> web.Response | None:
        """Return the refusal of an upgrade that cannot be, now that its faults have struck."""
        if session.closed:
            return refuse(CloudError(SESSION_CLOSED), status=404)
        if session.channel is not None and self._cloud.limits.current.second_channel == "reject":
            return refuse(CloudError(WRONG_TIMING, "the session has its one channel already"), status=409)
        if not _is_upgrade(request):
            return refuse(CloudError(BAD_PARAMETER, "this path takes WebSocket upgrades"), status=400)
        return None

    async def _not_started(self, request: web.Request, session: Session) -> web.StreamResponse:
        """Refuse the upgrade, or take it, say 110014 and close, as the limits have it."""
        if self._cloud.limits.current.not_started == "refuse" or not _is_upgrade(request):
            return refuse(CloudError(SESSION_INACTIVE), status=403)
        return await self._say_and_close(request, session.id, CloudError(SESSION_NOT_READY))

    async def _unknown(self, request: web.Request, session_id: str, error: CloudError) -> web.StreamResponse:
        """Refuse the upgrade to a session that is not there, or take it, say so and close, as the limits have it."""
        if self._cloud.limits.current.unknown_session == "refuse" or not _is_upgrade(request):
            return refuse(error, status=404)
        return await self._say_and_close(request, session_id, error)

    async def _say_and_close(self, request: web.Request, session_id: str, error: CloudError) -> web.StreamResponse:
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS, compress=False, max_msg_size=MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        with contextlib.suppress(ClientConnectionResetError):
            await socket.send_str(Downlinks(session_id).refusal("", error).text)
            await socket.close(code=self._cloud.limits.current.close_code, message=error.code.word.encode())
        return socket


def _is_upgrade(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


async def _before_upgrade(request: web.Request, faults: list[Fault], cloud: Cloud) -> web.Response | None:
    for fault in faults:
        match fault.name:
            case "delay":
                await asyncio.sleep(fault.value)
            case "error":
                return refuse(CloudError(CODES[int(fault.value)]), status=503)
            case "restart":
                cloud.restart()
                abort(request)
                return web.Response()
            case "drop":
                abort(request)
                return web.Response()
            case "blackhole":
                await ignore(request)
                return web.Response()
            case _:
                pass
    return None

"""The manual's "Other APIs": command, updatesessionconfig, gettrtcsign."""

import asyncio
import base64
import hashlib
import hmac

import msgspec
from aiohttp import web

from emulator.api.background import Images, image_at
from emulator.api.envelope import new_request_id
from emulator.api.gate import Gate
from emulator.api.models import Done, HttpCommand, SpaceParam, TrtcSign, TrtcSignRequest, UpdateConfig
from emulator.api.sessions import PREFIX
from emulator.channel.frames import Text
from emulator.codes import (
    BAD_PARAMETER,
    IMAGE_DOWNLOAD,
    SESSION_CLOSED,
    SESSION_INACTIVE,
    SESSION_NOT_READY,
    CloudError,
)
from emulator.face.face import HEIGHT, WIDTH
from emulator.face.staging import BadImageError, background
from emulator.performance import Scene
from emulator.session import READY, Session

COMMAND_PATH = "/v2/ivh/interactdriver/interactdriverservice/command"
MAX_UPDATE_BYTES = 2 * 1024 * 1024
"""Room for a background of 1 MB in base64."""


class OtherApi:
    """The calls beside session management, of the cloud behind `gate`."""

    def __init__(self, gate: Gate, images: Images) -> None:
        self._gate = gate
        self._images = images

    def routes(self) -> list[web.RouteDef]:
        """Return the vendor's own paths."""
        update = self._gate.route(UpdateConfig, self._update, max_bytes=MAX_UPDATE_BYTES)
        return [
            web.post(COMMAND_PATH, self._gate.route(HttpCommand, self._command)),
            web.post(f"{PREFIX}/updatesessionconfig", update),
            web.post(f"{PREFIX}/gettrtcsign", self._gate.route(TrtcSignRequest, self._sign)),
        ]

    async def _command(self, request: web.Request, payload: HttpCommand) -> Done:
        session = self._ready(payload.session_id)
        if payload.command != "SEND_TEXT":
            raise CloudError(BAD_PARAMETER, "Command must be SEND_TEXT")
        try:
            text = msgspec.json.decode(payload.data, type=Text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise CloudError(BAD_PARAMETER, str(error)) from None
        if not session.started:
            raise CloudError(SESSION_INACTIVE)
        session.heard((await request.read()).decode(errors="replace"))
        if not payload.req_id:
            session.warn("command_without_req_id")
        left = await self._gate.suffer(request, "text", session.order.user_id, session.id)
        if "lose" not in left:
            session.command(payload.req_id or new_request_id(), text)
        return Done(payload.req_id)

    async def _update(self, _: web.Request, payload: UpdateConfig) -> Done:
        session = self._ready(payload.session_id)
        scene = session.scene()
        if payload.space_param is not None:
            scene = await self._scene(session, payload.space_param)
        session.show(scene)
        return Done(payload.req_id)

    async def _scene(self, session: Session, space: SpaceParam) -> Scene:
        ground = session.scene().background
        if space.background_url:
            data = image_at(space.background_url, self._images)
            if data is None:
                session.warn("background_not_fetched")
            else:
                try:
                    ground = await asyncio.to_thread(background, data, WIDTH, HEIGHT)
                except BadImageError as error:
                    raise CloudError(IMAGE_DOWNLOAD, str(error)) from None
        return Scene(ground, space.image_position, space.image_position_vertical, space.image_zoom)

    async def _sign(self, _: web.Request, payload: TrtcSignRequest) -> TrtcSign:
        session = self._ready(payload.session_id)
        room = session.order.trtc_room
        if room is None:
            raise CloudError(BAD_PARAMETER, "the session has no room in the platform's own TRTC app")
        if payload.room_id != room:
            raise CloudError(BAD_PARAMETER, "RoomId is not that of PlayStreamAddr")
        sig, key = (self._key(purpose, room, payload.user_id) for purpose in ("sig", "key"))
        return TrtcSign(payload.req_id, sig, key)

    def _key(self, purpose: str, room: str, user_id: str) -> str:
        secret = self._gate.account.accesstoken.encode()
        digest = hmac.new(secret, f"{purpose}\n{room}\n{user_id}".encode(errors="replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def _ready(self, session_id: str) -> Session:
        session = self._gate.cloud.session(session_id)
        if session.closed:
            raise CloudError(SESSION_CLOSED)
        if session.status() != READY:
            raise CloudError(SESSION_NOT_READY)
        return session

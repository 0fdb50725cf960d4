"""The emulator's own calls under /_emulator: look into the cloud and change how it behaves."""

from typing import Annotated, TypeVar

import msgspec
from aiohttp import web

from audio.pcm import from_bytes, to_wav
from emulator.api.background import IMAGES_PATH, MAX_IMAGE_BYTES, Images
from emulator.channel.bot import Bot
from emulator.channel.drives import AUDIO_RATE
from emulator.channel.rate import AudioFigures
from emulator.channel.recorded import Replay
from emulator.cloud import Cloud
from emulator.codes import CloudError
from emulator.faults import FaultError, parse
from emulator.performance import SAMPLE_RATE
from emulator.session import Session
from emulator.transitions import Mode, Transition

PREFIX = "/_emulator"

T = TypeVar("T")


class SessionView(msgspec.Struct, frozen=True):
    """A session as `GET /_emulator/sessions` shows it; `speaking` is the ReqId of the running drive.

    `actions` counts how often the character acted or is about to, in the last two minutes; `now` is the time by which
    the transcript counts.
    """

    session_id: str
    user_id: str
    status: int
    driver_type: int
    started: bool
    speaking: str | None
    close_type: int | None
    warnings: dict[str, int]
    audio: AudioFigures
    actions: int
    now: float


class FaultOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A fault for one session, one user, or (neither, or `*`) for all; at most `times` times."""

    fault: str
    session_id: str = "*"
    user_id: str = "*"
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None


class TransitionOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How sessions created from now on become ready."""

    mode: Mode
    value: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0


class TranscriptEntry(msgspec.Struct, frozen=True):
    """A frame as it went; `frame` is text where it is no JSON."""

    t: float
    direction: str
    frame: msgspec.Raw | str


class ControlApi:
    """Control of `cloud` and of the `images` that lie beside it."""

    def __init__(self, cloud: Cloud, images: Images) -> None:
        self._cloud = cloud
        self._images = images

    def routes(self) -> list[web.RouteDef]:
        """Return the control calls."""
        return [
            web.post(f"{PREFIX}/reset", self._reset),
            web.get(f"{PREFIX}/sessions", self._sessions),
            web.get(f"{PREFIX}/sessions/{{id}}/transcript", self._transcript),
            web.get(f"{PREFIX}/sessions/{{id}}/audio", self._audio),
            web.get(f"{PREFIX}/sessions/{{id}}/speech", self._speech),
            web.post(f"{PREFIX}/transitions", self._transitions),
            web.get(f"{PREFIX}/limits", self._limits),
            web.post(f"{PREFIX}/limits", self._change_limits),
            web.post(f"{PREFIX}/faults", self._add_fault),
            web.delete(f"{PREFIX}/faults", self._clear_faults),
            web.post(f"{PREFIX}/replay", self._replay),
            web.post(f"{PREFIX}/bots", self._bind_bot),
            web.delete(f"{PREFIX}/bots", self._clear_bots),
            web.put(f"{IMAGES_PATH}{{name}}", self._put_image),
        ]

    async def _reset(self, _: web.Request) -> web.Response:
        self._cloud.reset()
        self._images.clear()
        return web.Response(status=204)

    async def _sessions(self, _: web.Request) -> web.Response:
        return _json([_view(session) for session in self._cloud.sessions()])

    async def _transcript(self, request: web.Request) -> web.Response:
        entries = [
            TranscriptEntry(round(entry.t, 6), entry.direction, _frame(entry.frame))
            for entry in self._session(request).transcript
        ]
        return _json(entries)

    async def _audio(self, request: web.Request) -> web.Response:
        received = b"".join(self._session(request).drives.received)
        return web.Response(body=to_wav(from_bytes(received), AUDIO_RATE), content_type="audio/wav")

    async def _speech(self, request: web.Request) -> web.Response:
        return web.Response(body=to_wav(self._session(request).spoken(), SAMPLE_RATE), content_type="audio/wav")

    async def _transitions(self, request: web.Request) -> web.Response:
        order = await _body(request, TransitionOrder)
        if order.mode == "polls" and not order.value.is_integer():
            raise _bad("polls are counted in whole numbers")
        self._cloud.transition = Transition(order.mode, order.value)
        return web.Response(status=204)

    async def _limits(self, _: web.Request) -> web.Response:
        return _json(self._cloud.limits.current)

    async def _change_limits(self, request: web.Request) -> web.Response:
        try:
            limits = self._cloud.limits.change(await request.read())
        except msgspec.DecodeError as error:
            raise _bad(str(error)) from None
        self._cloud.limits_changed()
        return _json(limits)

    async def _add_fault(self, request: web.Request) -> web.Response:
        order = await _body(request, FaultOrder)
        target = order.session_id if order.session_id != "*" else order.user_id
        try:
            self._cloud.faults.add(target, parse(order.fault), order.times)
        except FaultError as error:
            raise _bad(str(error)) from None
        return web.Response(status=204)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._cloud.faults.clear()
        return web.Response(status=204)

    async def _replay(self, request: web.Request) -> web.Response:
        self._cloud.replays.put(await _body(request, Replay))
        return web.Response(status=204)

    async def _bind_bot(self, request: web.Request) -> web.Response:
        try:
            self._cloud.bots.bind(await _body(request, Bot))
        except ValueError as error:
            raise _bad(str(error)) from None
        return web.Response(status=204)

    async def _clear_bots(self, _: web.Request) -> web.Response:
        self._cloud.bots.clear()
        return web.Response(status=204)

    async def _put_image(self, request: web.Request) -> web.Response:
        data = await request.read()
        if not 0 < len(data) < MAX_IMAGE_BYTES:
            raise _bad("an image has less than 1 MB")
        self._images.put(request.match_info["name"], data)
        return web.Response(status=204)

    def _session(self, request: web.Request) -> Session:
        try:
            return self._cloud.session(request.match_info["id"])
        except CloudError:
            raise not_found() from None


def not_found() -> web.HTTPNotFound:
    """Return the answer for a session that is not there."""
    return web.HTTPNotFound(text='{"error":"there is no such session"}', content_type="application/json")


def _bad(message: str) -> web.HTTPBadRequest:
    body = msgspec.json.encode({"error": message}).decode()
    return web.HTTPBadRequest(text=body, content_type="application/json")


async def _body(request: web.Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _bad(str(error)) from None


def _json(value: msgspec.Struct | list[SessionView] | list[TranscriptEntry]) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


def _view(session: Session) -> SessionView:
    return SessionView(
        session_id=session.id,
        user_id=session.order.user_id,
        status=session.status(),
        driver_type=session.order.driver_type,
        started=session.started,
        speaking=None if session.closed else session.drives.speaking,
        close_type=session.close_type,
        warnings=dict(session.warnings),
        audio=session.meter.figures,
        actions=len(session.drives.actions()),
        now=round(session.now(), 6),
    )


def _frame(text: str) -> msgspec.Raw | str:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return msgspec.Raw(text.encode())

"""A second, minimal cloud typed from the manual, so that the bridge is not tested against the emulator alone.

It is ready at once, speaks instantly, and knows no clauses: no SentenceNext, SentenceStart or SentenceOver. A
SEND_TEXT goes on until another one comes if it `talks_on`.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

APPKEY, ACCESSTOKEN, PROJECT = "plain-appkey", "plain-accesstoken", "plain-project"
SERVICE = "/v2/ivh/sessionmanager/sessionmanagerservice/"
DRIVE = "/v2/ivh/interactdriver/interactdriverservice/"
CHANNEL = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"


@dataclass
class PlainCloud:
    """What it was asked, and switches for what it does; `calls` has all but the lists."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    lists: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    frames: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    open_sessions: dict[str, str] = field(default_factory=dict[str, str])
    started: set[str] = field(default_factory=set[str])
    channels: list[web.WebSocketResponse] = field(default_factory=list[web.WebSocketResponse])
    upgrades: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    speaks: bool = True
    talks_on: bool = False
    speaking: str = ""
    text_at: float = -1000.0
    refuse: dict[str, int] = field(default_factory=dict[str, int])
    hang: set[str] = field(default_factory=set[str])
    stat: dict[str, Any] = field(default_factory=dict[str, Any])
    url: str = ""

    def names(self) -> list[str]:
        """The calls, without repeated statsession."""
        return [name for name, _ in self.calls if name != "statsession"]

    async def has(self, *, frames: int = 0, channels: int = 0) -> None:
        """Return once it has received so many frames and opened so many channels."""
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: len(self.frames) >= frames and len(self.channels) >= channels)

    async def was_asked(self, name: str) -> None:
        """Return once the call `name` has come."""
        async with asyncio.timeout(10), self.news:
            await self.news.wait_for(lambda: any(name == called for called, _ in (*self.calls, *self.lists)))

    async def tell(self) -> None:
        """Wake those who wait for something."""
        async with self.news:
            self.news.notify_all()


def _signature_is_right(query: dict[str, str]) -> bool:
    plain = "&".join(f"{key}={query[key]}" for key in sorted(query) if key != "signature")
    digest = hmac.new(ACCESSTOKEN.encode(), plain.encode(), hashlib.sha256).digest()
    return query.get("appkey") == APPKEY and query.get("signature") == base64.b64encode(digest).decode()


def _answer(code: int, payload: dict[str, Any]) -> web.Response:
    return web.json_response({"Header": {"Code": code, "Message": "", "RequestID": "1"}, "Payload": payload})


def _listed(cloud: PlainCloud) -> list[dict[str, Any]]:
    return [
        {
            "UserId": user_id,
            "SessionId": session_id,
            "SessionStatus": 1,
            "DriverType": "1",
            "IsSessionStarted": session_id in cloud.started,
        }
        for session_id, user_id in cloud.open_sessions.items()
    ]


async def _call(cloud: PlainCloud, request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if not _signature_is_right(dict(request.query)):
        return _answer(100005, {})
    payload = (await request.json())["Payload"]
    (cloud.lists if name.startswith("listsession") else cloud.calls).append((name, payload))
    await cloud.tell()
    if name in cloud.hang:
        await asyncio.Event().wait()
    session_id = payload.get("SessionId", "")
    if code := cloud.refuse.get(name):
        return _answer(code, {})
    if name == "createsession":
        session_id = f"m{len(cloud.calls)}"
        cloud.open_sessions[session_id] = payload["UserId"]
        return _answer(0, {"ReqId": payload["ReqId"], "SessionId": session_id, "SessionStatus": 1})
    if name.startswith("listsession"):
        return _answer(0, {"ReqId": payload["ReqId"], "Sessions": _listed(cloud)})
    if session_id not in cloud.open_sessions:
        return _answer(110018, {})
    if name == "startsession":
        cloud.started.add(session_id)
    if name == "gettrtcsign":
        return _answer(0, {"ReqId": payload["ReqId"], "UserSig": "canary-sig", "PrivateMapKey": "canary-key"})
    if name == "closesession":
        del cloud.open_sessions[session_id]
        cloud.closed.set()
        await cloud.tell()
    return _answer(
        0,
        {
            "ReqId": payload["ReqId"],
            "SessionStatus": 1,
            "IsSessionStarted": session_id in cloud.started,
            "SpeakStatus": "TextOver",
            "ErrorCode": 0,
            **cloud.stat,
        },
    )


async def _channel(cloud: PlainCloud, request: web.Request) -> web.StreamResponse:
    query = dict(request.query)
    cloud.upgrades += 1
    if not _signature_is_right(query) or query.get("requestid") not in cloud.started:
        return web.Response(status=403)
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    cloud.channels.append(socket)
    await cloud.tell()
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await _obey(cloud, socket, json.loads(message.data)["Payload"])
    return socket


async def _obey(cloud: PlainCloud, socket: web.WebSocketResponse, payload: dict[str, Any]) -> None:
    cloud.frames.append(payload)
    await cloud.tell()
    if not cloud.speaks:
        return
    req_id, data = payload["ReqId"], payload["Data"]
    match payload["Command"]:
        case "SEND_STREAMTEXT":
            if data["Seq"] == 1:
                await status(socket, req_id, "TextStart")
            if data["IsFinal"]:
                await status(socket, req_id, "TextOver")
        case "SEND_TEXT":
            await _obey_text(cloud, socket, req_id, data)
        case "SEND_AUDIO":
            if data["Seq"] == 1:
                await status(socket, req_id, "AudioStart")
            if data.get("IsFinal"):
                await status(socket, req_id, "AudioOver", FinalType=1)
        case _:
            pass


async def _obey_text(cloud: PlainCloud, socket: web.WebSocketResponse, req_id: str, data: dict[str, Any]) -> None:
    """Speak a text, instead of the one that is being spoken; an empty one with Interrupt ends that."""
    now = asyncio.get_running_loop().time()
    too_soon, cloud.text_at = now - cloud.text_at <= 1.0, now
    if too_soon:
        refusal = {"Type": 9, "ReqId": req_id, "SessionId": "m", "ErrorCode": 100012, "ErrorMessage": "too soon"}
        await socket.send_str(json.dumps({"Header": {"Code": 0}, "Payload": refusal}))
        return
    if cloud.speaking:
        await status(socket, cloud.speaking, "TextOver")
        cloud.speaking = ""
    if data.get("Text"):
        await status(socket, req_id, "TextStart")
        if cloud.talks_on:
            cloud.speaking = req_id
        else:
            await status(socket, req_id, "TextOver")


async def status(socket: web.WebSocketResponse, req_id: str, speak_status: str, seq: int = 0, **more: int) -> None:
    """Push one status."""
    common = {"Type": 3, "ReqId": req_id, "SessionId": "m", "Seq": seq, "SpeakStatus": speak_status, "ErrorCode": 0}
    payload = {**common, **more}
    await socket.send_str(json.dumps({"Header": {"Code": 0}, "Payload": payload}))


@asynccontextmanager
async def plain_cloud() -> AsyncGenerator[PlainCloud]:
    """Serve one on a free port of the loopback."""
    cloud = PlainCloud()

    async def call(request: web.Request) -> web.Response:
        return await _call(cloud, request)

    async def channel(request: web.Request) -> web.StreamResponse:
        return await _channel(cloud, request)

    app = web.Application()
    app.router.add_post(SERVICE + "{name}", call)
    app.router.add_post(DRIVE + "{name}", call)
    app.router.add_get(CHANNEL, channel)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    cloud.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield cloud
    finally:
        for socket in cloud.channels:
            await socket.close()
        await runner.cleanup()

"""The cloud's wire, typed from the manual for the contract tests: no code of the emulator or the bridge."""

import asyncio
import base64
import hashlib
import hmac
import io
import json
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict
from urllib.parse import quote

import aiohttp
from websockets.asyncio.client import ClientConnection, connect

APPKEY, ACCESSTOKEN, PROJECT = "emulator", "emulator-secret", "demo"
"""The emulator's own account."""
SESSIONS = "/v2/ivh/sessionmanager/sessionmanagerservice/"
COMMAND = "/v2/ivh/interactdriver/interactdriverservice/command"
CHANNEL = "/v2/ws/ivh/interactdriver/interactdriverservice/commandchannel"
PATIENCE = 10.0


@dataclass(frozen=True)
class Account:
    """Who asks, and how patiently: `patience` seconds for one answer, `ready` for a session, `poll` between polls."""

    appkey: str = APPKEY
    accesstoken: str = field(default=ACCESSTOKEN, repr=False)
    project: str = PROJECT
    asset: str = PROJECT
    patience: float = PATIENCE
    ready: float = PATIENCE
    poll: float = 0.0


Json = dict[str, object]


class AnswerHeader(TypedDict):
    Code: int
    Message: str
    RequestID: str
    SessionID: str
    DialogID: str


class ListedSession(TypedDict):
    UserId: str
    SessionId: str
    SessionStatus: int
    PlayStreamAddr: NotRequired[str]
    DriverType: int
    IsSessionStarted: bool


class AnswerPayload(TypedDict):
    """What the good answers hold; which of it is up to the call."""

    ReqId: str
    SessionId: str
    SessionStatus: int
    PlayStreamAddr: NotRequired[str]
    SpeakStatus: NotRequired[str]
    IsSessionStarted: NotRequired[bool]
    ErrorCode: NotRequired[int]
    ErrorMessage: NotRequired[str]
    CloseType: NotRequired[int]
    Sessions: NotRequired[list[ListedSession]]
    UserSig: NotRequired[str]
    PrivateMapKey: NotRequired[str]


class Answer(TypedDict):
    Header: AnswerHeader
    Payload: AnswerPayload


class Message(TypedDict):
    """Payload of a downlink frame."""

    Type: int
    SessionId: str
    ReqId: str
    Seq: int
    SpeakStatus: str
    FinalType: NotRequired[int]
    ErrorCode: int
    ErrorMsg: str
    ErrorMessage: str
    Text: NotRequired[str]


class Downlink(TypedDict):
    Header: AnswerHeader
    Payload: Message


def signed_query(
    extra: Mapping[str, str] | None = None,
    *,
    appkey: str = APPKEY,
    accesstoken: str = ACCESSTOKEN,
    at: float | None = None,
    safe: str = "",
) -> str:
    parameters = {"appkey": appkey, "timestamp": str(int(time.time() if at is None else at)), **(extra or {})}
    plain = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    digest = hmac.new(accesstoken.encode(), plain.encode(), hashlib.sha256).digest()
    return f"{plain}&signature={quote(base64.b64encode(digest), safe=safe)}"


def req_id() -> str:
    return uuid.uuid4().hex


class Channel:
    """An open command channel."""

    def __init__(self, connection: ClientConnection, session_id: str, patience: float = PATIENCE) -> None:
        self.connection = connection
        self.session_id = session_id
        self.patience = patience

    async def send(self, drive: str, command: str, **data: object) -> None:
        payload = {"ReqId": drive, "SessionId": self.session_id, "Command": command, "Data": data}
        await self.connection.send(json.dumps({"Header": {}, "Payload": payload}))

    async def receive(self) -> Downlink:
        async with asyncio.timeout(self.patience):
            frame: Downlink = json.loads(await self.connection.recv())
        return frame

    async def message(self) -> Message:
        return (await self.receive())["Payload"]

    async def until(self, status: str, drive: str | None = None) -> list[Message]:
        """Return all messages up to the one with `status` (of `drive`)."""
        messages = [await self.message()]
        while messages[-1]["SpeakStatus"] != status or drive not in {None, messages[-1]["ReqId"]}:
            messages.append(await self.message())
        return messages

    async def closed(self) -> int | None:
        """Wait for the cloud to close the channel and return its code."""
        async with asyncio.timeout(self.patience):
            await self.connection.wait_closed()
        return self.connection.close_code


class Client:
    """A client of the cloud at `url`, as bare as can be."""

    def __init__(
        self, url: str, http: aiohttp.ClientSession, account: Account | None = None, ws_url: str | None = None
    ) -> None:
        self.url = url
        self.ws_url = ws_url or url.replace("http", "ws", 1)
        self.http = http
        self.account = account or Account()

    def query(self, extra: Mapping[str, str] | None = None, *, at: float | None = None) -> str:
        """Return a rightly signed query."""
        return signed_query(extra, appkey=self.account.appkey, accesstoken=self.account.accesstoken, at=at)

    async def raw(self, call: str, body: str | bytes, query: str | None = None) -> Answer:
        path = call if call.startswith("/") else SESSIONS + call
        url = f"{self.url}{path}?{self.query() if query is None else query}"
        data = io.BytesIO(body.encode() if isinstance(body, str) else body)
        headers = {"Content-Type": "application/json;charset=utf-8"}
        async with self.http.post(url, data=data, headers=headers) as response:
            assert response.status == 200
            answer: Answer = await response.json()
        return answer

    async def call(self, call: str, query: str | None = None, /, **payload: object) -> Answer:
        body = {"Header": {}, "Payload": {"ReqId": req_id(), **payload}}
        return await self.raw(call, json.dumps(body), query)

    async def create(self, user: str | None = None, /, **changes: object) -> Answer:
        payload: Json = {
            "VirtualmanProjectId": self.account.project,
            "UserId": user or req_id(),
            "Protocol": "webrtc",
            "DriverType": 1,
        }
        return await self.call("createsession", **payload | changes)

    async def command(self, session_id: str, /, command: str = "SEND_TEXT", **data: object) -> Answer:
        payload = {"SessionId": session_id, "Command": command, "Data": data}
        return await self.raw(COMMAND, json.dumps({"Header": {}, "Payload": payload}))

    async def stat(self, session_id: str) -> AnswerPayload:
        return (await self.call("statsession", SessionId=session_id))["Payload"]

    async def live(self, user: str | None = None, /, **changes: object) -> str:
        """Return the id of a session that is ready and started."""
        session_id = (await self.create(user, **changes))["Payload"]["SessionId"]
        await self.start(session_id)
        return session_id

    async def start(self, session_id: str) -> None:
        """Wait until the session is ready and start it."""
        async with asyncio.timeout(self.account.ready):
            while True:
                if (await self.stat(session_id))["SessionStatus"] == 1:
                    break
                await asyncio.sleep(self.account.poll)
        assert (await self.call("startsession", SessionId=session_id))["Header"]["Code"] == 0

    def channel_url(self, session_id: str, query: str | None = None) -> str:
        query = self.query({"requestid": session_id}) if query is None else query
        return f"{self.ws_url}{CHANNEL}?{query}"

    @asynccontextmanager
    async def channel(self, session_id: str) -> AsyncGenerator[Channel]:
        async with connect(self.channel_url(session_id), proxy=None, compression=None) as connection:
            yield Channel(connection, session_id, self.account.patience)

    async def control(self, method: str, path: str, body: Json | None = None) -> tuple[int, str]:
        async with self.http.request(method, f"{self.url}/_emulator/{path}", json=body) as response:
            return response.status, await response.text()

    async def warnings(self) -> dict[str, int]:
        """Return what the cloud noted about its first session."""
        return json.loads((await self.control("GET", "sessions"))[1])[0]["warnings"]

    async def transcript(self, session_id: str) -> list[Json]:
        """Return the frames of a session as the cloud kept them."""
        return json.loads((await self.control("GET", f"sessions/{session_id}/transcript"))[1])

    async def limit(self, **limits: float | str) -> None:
        assert (await self.control("POST", "limits", dict(limits)))[0] == 200

    async def fault(self, fault: str, user: str = "*", times: int | None = None) -> None:
        body: Json = {"fault": fault, "user_id": user, "times": times}
        assert (await self.control("POST", "faults", body))[0] == 204

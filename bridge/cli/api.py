"""A running avatar-bridge, as the commands see it: its public HTTP interface."""

import json
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Literal, Self, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from bridge.errors import BridgeError
from bridge.session.events import Problem, SessionState, UtteranceStatus

TIMEOUT_S = 30.0
HEARTBEAT_S = 6.0
PLAY_S = 3600
"""The longest that a server may be asked to wait."""

T = TypeVar("T")


class ServerNotThere(BridgeError):
    """No server of ours answers at the address."""


class ServerRefused(BridgeError):
    """The server answered with a problem; the message ends with its code."""


class Speech(msgspec.Struct, frozen=True):
    """An utterance of a session that has not ended yet."""

    text: str = ""
    status: UtteranceStatus = "queued"
    ref: str | None = None


class SessionView(msgspec.Struct, frozen=True):
    """What the commands show of a session."""

    session_id: str
    state: SessionState
    mode: str = "text"
    user_id: str | None = None
    cloud_session_id: str | None = None
    created_at: float = 0
    error: Problem | None = None
    utterances: list[Speech] = []

    @property
    def is_open(self) -> bool:
        """Whether it can still say something."""
        return self.state not in {"closing", "closed", "failed"}

    @property
    def error_line(self) -> str | None:
        """Why it failed, for people."""
        return line_of(self.error) if self.error else None


class Said(msgspec.Struct, frozen=True):
    """How far an utterance has got."""

    utterance_id: str
    status: UtteranceStatus
    heard: str | None = None
    error: Problem | None = None


class Link(msgspec.Struct, frozen=True):
    """A new link; it is told this once."""

    grant_id: str
    link: str


class Grant(msgspec.Struct, frozen=True):
    """A link that is out."""

    grant_id: str
    page: str
    name: str | None = None
    avatar: str | None = None
    created_at: float = 0


class _GrantList(msgspec.Struct, frozen=True):
    grants: list[Grant]


class _SessionList(msgspec.Struct, frozen=True):
    sessions: list[SessionView]


class _ProblemBody(msgspec.Struct, frozen=True):
    code: str = "unknown"
    detail: str = ""
    title: str = ""


class Server:
    """An async context manager around the calls; each raises ServerNotThere or ServerRefused."""

    def __init__(self, url: str, api_key: str | None) -> None:
        self._url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S, connect=5))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def sessions(self) -> list[SessionView]:
        """Return all sessions, those that ended a moment ago too."""
        return self._decode(await self._call("GET", "/v1/sessions"), _SessionList).sessions

    async def session(self, session_id: str) -> SessionView:
        """Return one session."""
        return self._decode(await self._call("GET", _path(session_id)), SessionView)

    async def create(self, mode: Literal["text", "audio"] = "text") -> SessionView:
        """Begin a session with the server's own choices."""
        return self._decode(await self._call("POST", "/v1/sessions", {"mode": mode}), SessionView)

    async def say(self, session_id: str, text: str, *, interrupt: bool, wait: str, timeout_s: float) -> Said:
        """Have `text` said and return when it got as far as `wait`, or to its end before."""
        body = {"text": text, "interrupt": interrupt, "wait": wait, "timeout_s": timeout_s}
        answer = await self._call("POST", f"{_path(session_id)}/say", body, timeout_s + TIMEOUT_S)
        return self._decode(answer, Said)

    async def play(self, session_id: str, sound: AsyncIterator[bytes], *, interrupt: bool, ref: str) -> Said:
        """Have a file of sound spoken while it arrives, and return at its end."""
        query = f"wait=ended&timeout_s={PLAY_S}&interrupt={str(interrupt).lower()}&ref={quote(ref, safe='')}"
        answer = await self._call("POST", f"{_path(session_id)}/audio?{query}", sound, None)
        return self._decode(answer, Said)

    async def connect(self, session_id: str) -> aiohttp.ClientWebSocketResponse:
        """Return an open WebSocket of a session, which is closed within seconds when the server is gone."""
        await self.session(session_id)  # says what is wrong better than a handshake can
        url = f"{self._url}{_path(session_id)}/ws"
        try:
            return await self._http.ws_connect(url, heartbeat=HEARTBEAT_S, max_msg_size=0)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise self._not_there() from None

    async def interrupt(self, session_id: str) -> None:
        """Stop what is being said."""
        await self._call("POST", f"{_path(session_id)}/interrupt", {"scope": "current"})

    async def close(self, session_id: str) -> None:
        """Close a session, in the cloud too."""
        await self._call("DELETE", _path(session_id))

    async def create_link(self, name: str | None, avatar: str | None) -> Link:
        """Make a link to the kiosk's page."""
        body = {"page": "kiosk", "name": name, "avatar": avatar}
        return self._decode(await self._call("POST", "/v1/grants", body), Link)

    async def grants(self) -> list[Grant]:
        """Return all links that are out."""
        return self._decode(await self._call("GET", "/v1/grants"), _GrantList).grants

    async def revoke_grant(self, grant_id: str) -> None:
        """Take a link back."""
        await self._call("DELETE", f"/v1/grants/{quote(grant_id, safe='')}")

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | AsyncIterator[bytes] | None = None,
        timeout_s: float | None = TIMEOUT_S,
    ) -> bytes:
        timeout = aiohttp.ClientTimeout(total=timeout_s, connect=5)
        json_body, data = (None, body) if isinstance(body, AsyncIterator) else (body, None)
        try:
            async with self._http.request(
                method, self._url + path, json=json_body, data=data, timeout=timeout
            ) as response:
                content = await response.read()
                status = response.status
        except aiohttp.InvalidURL:
            raise ServerNotThere(f"{self._url} is not an address; it looks like http://127.0.0.1:8080") from None
        except aiohttp.ClientConnectorCertificateError:
            raise ServerNotThere(
                f"the certificate of {self._url} is not trusted here; the variable SSL_CERT_FILE can name its authority"
            ) from None
        except (aiohttp.ClientConnectionError, TimeoutError, OSError):
            raise self._not_there() from None
        if status >= HTTPStatus.BAD_REQUEST:
            raise ServerRefused(self._problem(status, content))
        return content

    def _not_there(self) -> ServerNotThere:
        return ServerNotThere(
            f"no server answers at {self._url}; start one (avatar-bridge demo, or serve) or name it with --url"
        )

    def _problem(self, status: int, content: bytes) -> str:
        try:
            problem = msgspec.json.decode(content, type=_ProblemBody)
        except msgspec.MsgspecError:
            return f"{self._url} answered HTTP {status}, not as an avatar-bridge does; check --url"
        return f"{problem.detail or problem.title or 'the server refused'} ({problem.code})"

    def _decode(self, content: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.MsgspecError:
            raise ServerNotThere(f"{self._url} does not answer as an avatar-bridge does; check --url") from None


def _path(session_id: str) -> str:
    return f"/v1/sessions/{quote(session_id, safe='')}"


def line_of(problem: Problem) -> str:
    """Return `problem` for people: what happened, what to do, and its code."""
    return f"{problem.message} ({problem.code})"


def plain(value: msgspec.Struct) -> object:
    """Return `value` as JSON has it."""
    return json.loads(msgspec.json.encode(value))

"""What the handlers share."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

import aiohttp
import structlog
from aiohttp import web

from bridge.errors import ShuttingDown
from bridge.gateway.access import Caller, Doorkeeper
from bridge.gateway.answers import Answer, Idempotency
from bridge.gateway.entrance import Entrance
from bridge.gateway.grant_store import GrantStore
from bridge.gateway.grants import Holders
from bridge.gateway.limits import Limits, Meter
from bridge.gateway.security import Gatekeeper
from bridge.gateway.tape import Tape
from bridge.session.pool import Pool
from bridge.session.session import Session
from bridge.settings import Settings
from bridge.talk.chat import Chat
from bridge.talk.talk import Talk
from bridge.telemetry.telemetry import Telemetry

Viewer = tuple[str, str]
"""The session's id and the viewer's."""


@dataclass(slots=True, kw_only=True)
class Gateway:
    """The parts of one running server."""

    settings: Settings
    pool: Pool
    talk: Talk
    gatekeeper: Gatekeeper
    doorkeeper: Doorkeeper
    grants: GrantStore
    limits: Limits
    entrance: Entrance
    http: aiohttp.ClientSession
    telemetry: Telemetry
    accepting: bool = False
    answers: Idempotency[Answer] = field(default_factory=Idempotency[Answer])
    chats: Idempotency[Chat] = field(default_factory=Idempotency[Chat])
    completions: Idempotency[Tape] = field(default_factory=lambda: Idempotency[Tape](kept=64))
    holders: Holders = field(default_factory=Holders)
    viewers: OrderedDict[Viewer, str] = field(default_factory=OrderedDict[Viewer, str])

    def check_accepting(self) -> None:
        """Let a call pass that begins something new. Raises ShuttingDown."""
        if not self.accepting:
            raise ShuttingDown("this server is starting or ending; try again in a moment, or ask another one")

    def count_request(self, caller: Caller) -> None:
        """Count a request of `caller`. Raises RateLimited."""
        if caller.role != "operator":
            self.limits.request(caller.client_id, time.monotonic())

    def meter(self, caller: Caller) -> Meter | None:
        """Return what counts the messages of `caller` on a WebSocket; None for one who may send any number."""
        return None if caller.role == "operator" else self.limits.meter(caller.client_id, time.monotonic())

    def count_bytes(self, caller: Caller, size: int) -> None:
        """Count a piece of a body that `caller` sends. Raises RateLimited."""
        if caller.role != "operator":
            now = time.monotonic()
            self.limits.meter(caller.client_id, now).count(size, now, messages=0.0)

    def session(self, request: web.Request) -> Session:
        """Return the session that the path names. Raises SessionNotFound."""
        session = self.pool.get(request.match_info["session_id"])
        structlog.contextvars.bind_contextvars(session_id=session.session_id)
        return session


GATEWAY = web.AppKey("gateway", Gateway)


def gateway(request: web.Request) -> Gateway:
    """Return the parts of the server that got `request`."""
    return request.app[GATEWAY]

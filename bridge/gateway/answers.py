"""Answers that can be given twice, and the shell around the memory of them."""

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec
from aiohttp import web

from bridge.errors import BridgeError, IdempotencyMismatch, InvalidRequest
from bridge.gateway import problems
from bridge.gateway.access import caller_of
from bridge.gateway.idempotency import MAX_KEPT, Done, Fresh, IdempotencyStore, Mismatch, Running

T = TypeVar("T")

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class Answer(msgspec.Struct, frozen=True):
    """An answer before it is bound to a request."""

    status: int
    body: bytes
    content_type: str = "application/json"
    location: str | None = None

    def response(self) -> web.Response:
        """Return a response of it."""
        headers = {"Cache-Control": "no-store"}
        if self.location is not None:
            headers["Location"] = self.location
        return web.Response(status=self.status, body=self.body, content_type=self.content_type, headers=headers)


def answer_json(data: object, status: int = 200, location: str | None = None) -> Answer:
    """Return an answer with `data` as JSON."""
    return Answer(status, msgspec.json.encode(data), location=location)


def answer_problem(error: BridgeError) -> Answer:
    """Return an answer for an error after which the work goes on, so that repeating the request repeats nothing."""
    return Answer(error.status, msgspec.json.encode(problems.problem_of(error)), problems.MEDIA_TYPE)


class Idempotency(Generic[T]):
    """Does what is asked for once a key (DESIGN 5.3); a repetition at the same time waits for the first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, kept: int = MAX_KEPT) -> None:
        self._clock = clock
        self._store = IdempotencyStore[T](kept)
        self._running: dict[str, asyncio.Event] = {}
        self._unkept: set[str] = set()

    async def once(
        self, request: web.Request, body: bytes, act: Callable[[], Awaitable[T]], *, session_id: str = ""
    ) -> T:
        """Return what `act` returns, or returned for this key of this caller before; what it raises is not remembered.

        `session_id` is the session that the request is about, where its path does not say so.
        Raises IdempotencyMismatch if the key came with another request, InvalidRequest if it is malformed.
        """
        given = request.headers.get("Idempotency-Key")
        if given is None:
            return await act()
        if not _KEY.fullmatch(given):
            raise InvalidRequest("Idempotency-Key must be 1 to 255 visible ASCII characters")
        key = f"{caller_of(request).client_id} {request.method} {request.path} /v1/sessions/{session_id}/ {given}"
        fingerprint = hashlib.sha256(body).digest()
        while True:
            match self._store.begin(key, fingerprint, self._clock()):
                case Done(answer):
                    return answer
                case Mismatch():
                    raise IdempotencyMismatch("this Idempotency-Key came with another request before; use a new one")
                case Running():
                    await self._running[key].wait()
                case Fresh():
                    return await self._act(key, act)

    def forget(self, session_id: str) -> None:
        """Forget what was answered in a session, and what is about to be."""
        part = f" /v1/sessions/{session_id}/"
        self._store.forget_all(part)
        self._unkept.update(key for key in self._running if part in key)

    async def _act(self, key: str, act: Callable[[], Awaitable[T]]) -> T:
        over = self._running[key] = asyncio.Event()
        done = False
        try:
            answer = await act()
            if key not in self._unkept:
                self._store.finish(key, answer, self._clock())
                done = True
            return answer
        finally:
            if not done:
                self._store.forget(key)
            del self._running[key]
            self._unkept.discard(key)
            over.set()

"""The envelope of every request and answer: `{"Header": {...}, "Payload": {...}}`."""

import uuid
from typing import Generic, TypeVar

import msgspec
from aiohttp import web

from emulator.codes import CloudError

P = TypeVar("P")


class RequestHeader(msgspec.Struct):
    """A request's Header: empty, or with a RequestID that is echoed."""

    request_id: str = msgspec.field(name="RequestID", default="")


class Request(msgspec.Struct, Generic[P]):
    """A request with its Payload."""

    payload: P = msgspec.field(name="Payload")
    header: RequestHeader | None = msgspec.field(name="Header", default=None)


class Header(msgspec.Struct, frozen=True):
    """An answer's Header."""

    code: int = msgspec.field(name="Code", default=0)
    message: str = msgspec.field(name="Message", default="")
    request_id: str = msgspec.field(name="RequestID", default="")
    session_id: str = msgspec.field(name="SessionID", default="")
    dialog_id: str = msgspec.field(name="DialogID", default="")


class Envelope(msgspec.Struct, Generic[P], frozen=True):
    """An answer with its Payload."""

    header: Header = msgspec.field(name="Header")
    payload: P = msgspec.field(name="Payload")


class Nothing(msgspec.Struct, frozen=True):
    """The Payload of a refusal."""


def new_request_id() -> str:
    """Return a RequestID as the clouds make them."""
    return f"gz{uuid.uuid4().hex}"


def answer(payload: msgspec.Struct, request_id: str = "", session_id: str = "") -> web.Response:
    """Return `payload` as a good answer."""
    return _response(Envelope(Header(0, "", request_id or new_request_id(), session_id), payload))


def refuse(error: CloudError, request_id: str = "", *, status: int = 200) -> web.Response:
    """Return `error` as an answer; HTTP stays 200 but where an upgrade is refused."""
    header = Header(error.code.number, error.message, request_id or new_request_id())
    return _response(Envelope(header, Nothing()), status)


def _response(envelope: msgspec.Struct, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(envelope), status=status, content_type="application/json")

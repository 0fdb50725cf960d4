"""The envelope of every call and what all answers share (manual: "IV. Request and Response Structure")."""

import uuid
from typing import TypeVar

import msgspec


class Private(msgspec.Struct, frozen=True, kw_only=True):
    """A struct that may hold a userSig, a signed address or a key: its repr shows no value."""

    def __repr__(self) -> str:
        """Return the name alone."""
        return f"{type(self).__name__}(…)"


class Reply(Private, frozen=True, kw_only=True, rename="pascal"):
    """What every Payload may hold; `unknown` has the fields that the manual does not name, as JSON."""

    req_id: str | None = None
    unknown: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict[str, msgspec.Raw], name="(unknown)")


class Done(Reply, frozen=True, kw_only=True, rename="pascal"):
    """The answer of calls that only say whether they worked."""


class ResponseHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The Header of every answer; Code 0 means that it worked."""

    code: int = msgspec.field(name="Code")
    message: str | None = msgspec.field(name="Message", default="")
    request_id: str | None = msgspec.field(name="RequestID", default=None)
    session_id: str | None = msgspec.field(name="SessionID", default=None)
    dialog_id: str | None = msgspec.field(name="DialogID", default=None)


class Response(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The envelope of every answer; the Payload is absent or null when the Code is not 0."""

    header: ResponseHeader
    payload: msgspec.Raw = msgspec.Raw(b"{}")


R = TypeVar("R", bound=Reply)


def read(payload: msgspec.Raw, kind: type[R]) -> R:
    """Return the Payload of an answer, null counts as empty, and numbers may come as text.

    Raises msgspec.MsgspecError, RecursionError.
    """
    if bytes(payload) == b"null":
        payload = msgspec.Raw(b"{}")
    reply = msgspec.json.decode(payload, type=kind, strict=False)
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    everything = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    unknown = {name: value.copy() for name, value in everything.items() if name not in known}
    return msgspec.structs.replace(reply, unknown=unknown)


def new_req_id() -> str:
    """Return a fresh 32-character id, as every request and drive needs one."""
    return uuid.uuid4().hex

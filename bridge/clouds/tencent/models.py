"""The bodies of the session calls (manual: "Live Session Management"); unknown fields are ignored."""

from enum import IntEnum

import msgspec


class SessionStatus(IntEnum):
    """What statsession says of a cloud session."""

    IN_PROGRESS = 1
    CLOSED = 2
    PREPARING = 3
    FAILED = 4


class DriverType(IntEnum):
    """What may drive a cloud session: text only, or audio and text."""

    TEXT = 1
    AUDIO = 3


class CreateSession(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """createsession: a cloud session for an avatar project."""

    req_id: str
    virtualman_project_id: str
    user_id: str
    protocol: str
    driver_type: DriverType


class CreateSessionByAsset(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """createsessionbyasset: a cloud session for a personal asset image."""

    req_id: str
    asset_virtualman_key: str
    user_id: str
    protocol: str
    driver_type: DriverType


class OneSession(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """statsession, startsession and closesession name a cloud session and nothing else."""

    req_id: str
    session_id: str


class Created(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer of createsession; the play address is absent when a push URL was given."""

    session_id: str
    session_status: int
    play_stream_addr: str | None = None


class Stat(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The answer of statsession."""

    session_status: int
    is_session_started: bool | None = False
    play_stream_addr: str | None = None
    speak_status: str | None = None
    error_code: int | None = 0
    error_message: str | None = ""
    close_type: int | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of calls that only say whether they worked."""


class ResponseHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The Header of every answer; Code 0 means that it worked."""

    code: int = msgspec.field(name="Code")
    message: str | None = msgspec.field(name="Message", default="")
    request_id: str | None = msgspec.field(name="RequestID", default=None)


class Response(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The envelope of every answer; the Payload is absent or null when the Code is not 0."""

    header: ResponseHeader
    payload: msgspec.Raw = msgspec.Raw(b"{}")

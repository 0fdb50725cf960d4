"""The messages of the WebSocket, both ways (DESIGN 5.4); the stream events stand in `bridge.session.events`.

What clients send is closed: an unknown property, a missing one or one of the wrong type is refused.
"""

from typing import Annotated, Literal

import msgspec
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from audio.pcm import LIVE_RATES
from bridge.gateway.models import MAX_MESSAGE, MAX_SAY, Model, Ref, utf8
from bridge.gateway.problems import MAX_FIELDS, FieldError, InvalidFields, complaint
from bridge.gateway.replies import SessionView

MAX_FRAME = 64 * 1024
"""Bytes of one message, text or binary; a longer one closes the connection with 4013."""

Epoch = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]
Token = Annotated[str, Field(min_length=1, max_length=4096)]
UtteranceId = Annotated[str, Field(min_length=1, max_length=64)]

# From the client.


class Position(Model):
    """The last event that the client has seen."""

    epoch: Epoch
    offset: Annotated[int, Field(ge=0, le=2**53)]


class Auth(Model):
    """The first message, within 10 s: who this is, and from where on events are wanted. Answer: `welcome`."""

    type: Literal["auth"]
    token: Token | None = None
    resume: Position | None = None


class Say(Model):
    """Have a whole text spoken. Answer: `ack`."""

    type: Literal["say"]
    text: Annotated[str, utf8(MAX_SAY)]
    interrupt: bool = False
    ref: Ref | None = None


class SayStart(Model):
    """Begin a text that comes in pieces; `ref` names it until `say.end`. Answer: `ack`."""

    type: Literal["say.start"]
    ref: Ref
    interrupt: bool = False


class SayDelta(Model):
    """The next piece of a text; it may be cut anywhere."""

    type: Literal["say.delta"]
    ref: Ref
    text: str


class SayEnd(Model):
    """The text is complete."""

    type: Literal["say.end"]
    ref: Ref


class Chat(Model):
    """Ask the session's dialog and have its answer spoken. Answer: `ack`."""

    type: Literal["chat"]
    text: Annotated[str, utf8(MAX_MESSAGE)]
    ref: Ref | None = None


class AudioStart(Model):
    """Take the microphone's floor; binary messages of PCM follow until `audio.end`. Answer: `ack`.

    `drive` lets the avatar speak with this voice, `converse` lets the dialog listen. `take` takes the floor from
    whoever has it. In a conversation `hands_free` has the server find out when somebody speaks; without it
    `audio.start` is the press of a button to talk and `audio.end` its release.
    """

    type: Literal["audio.start"]
    ref: Ref
    purpose: Literal["drive", "converse"]
    sample_rate: Annotated[int, Field(ge=LIVE_RATES[0], le=LIVE_RATES[-1])]
    channels: Literal[1, 2]
    encoding: Literal["s16le"]
    take: bool = False
    hands_free: bool = True
    interrupt: bool = False
    gate: bool = False
    silence_ms: Annotated[int, Field(ge=300, le=5_000)] = 1_200
    progress: bool = False


class AudioEnd(Model):
    """The microphone is off; the floor is free."""

    type: Literal["audio.end"]
    ref: Ref


class Interrupt(Model):
    """Stop what is being said, and with `all` what waits. The event `interrupt` tells of it."""

    type: Literal["interrupt"]
    scope: Literal["all", "current"] = "all"


class Media(Model):
    """What this client's player really does: an utterance is heard, or silent, `delay_ms` after the cloud said so."""

    type: Literal["media"]
    utterance_id: UtteranceId
    state: Literal["sounding", "silent"]
    delay_ms: Annotated[int, Field(ge=0, le=60_000)]


class TokenRefresh(Model):
    """Ask for a token that is good for longer, with the same rights. Answer: `token`."""

    type: Literal["token.refresh"]


class Ping(Model):
    """Ask whether somebody is there. Answer: `pong`."""

    type: Literal["ping"]


ClientMessage = (
    Auth | Say | SayStart | SayDelta | SayEnd | Chat | AudioStart | AudioEnd | Interrupt | Media | TokenRefresh | Ping
)

# To the client.


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Root of the messages to one client alone: they carry no offset and are not sent again."""


class Welcome(Reply, frozen=True, tag="welcome"):
    """Answer to `auth`. `offset` is the last event that `session` includes; when `recovered` the missed ones follow.

    `role` says what this client may do in the session.
    """

    epoch: str
    offset: int
    recovered: bool
    role: Literal["driver", "watcher"]
    session: SessionView


class Ack(Reply, frozen=True, tag="ack"):
    """What `ref` asked for was accepted; `utterance_id` is null where nothing is to be said, as in a conversation."""

    ref: str | None
    utterance_id: str | None


class AudioProgress(Reply, frozen=True, tag="audio.progress"):
    """A frame of the microphone `ref` goes to the cloud now: `samples` of its stream stand before it.

    The first sample in it came to this server `held_ms` ago.
    """

    ref: str
    utterance_id: str
    samples: int
    held_ms: int


class Error(Reply, frozen=True, omit_defaults=True, tag="error"):
    """A message could not be followed, or what `ref` began has failed; the connection goes on. Codes: errors.md."""

    code: str
    message: str
    ref: str | None = None
    retryable: bool = False
    cloud_code: int | None = None
    errors: list[FieldError] | None = None


class Pong(Reply, frozen=True, tag="pong"):
    """Answer to `ping`."""


class TokenGranted(Reply, frozen=True, tag="token"):
    """Answer to `token.refresh`; `expires_at` in Unix seconds. Use the new token for the next connection."""

    token: str | None
    expires_at: float | None


ServerMessage = Welcome | Ack | AudioProgress | Error | Pong | TokenGranted

CLOSE_CODES = {
    1000: "the session has ended",
    4001: "this server is shutting down; connect again, to another one",
    4003: "not allowed: the token is not valid for this session",
    4005: "the token has expired",
    4008: "too slow: what was sent was not read for 5 s",
    4010: "no auth within 10 s",
    4013: "too much: a message is longer than 64 KiB",
}

_MESSAGES: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="type")])


class _Ref(msgspec.Struct):
    ref: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


def parse(data: bytes) -> ClientMessage:
    """Return the message that a text frame holds. Raises InvalidFields, without what was sent."""
    try:
        return _MESSAGES.validate_json(data)
    except ValidationError as error:
        raise InvalidFields([_field(detail) for detail in _details(error)[:MAX_FIELDS]]) from None


def ref_of(data: bytes) -> str | None:
    """Return the `ref` of a frame that is not a message, if it has one."""
    try:
        return msgspec.json.decode(data, type=_Ref).ref
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _field(detail: ErrorDetails) -> FieldError:
    """Return a complaint; its place begins with the message's type, which the client knows."""
    if detail["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return FieldError("type", "must be one of the messages that a client may send")
    place = ".".join(str(part)[:64] for part in detail["loc"][1:])
    return FieldError(place, complaint(detail))

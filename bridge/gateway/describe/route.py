"""How a route is written down: what it takes, what it answers, and which errors it has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bridge import errors
from bridge.errors import BridgeError
from bridge.gateway.describe.schemas import Model, Schema, Schemas

Role = Literal["open", "watcher", "driver", "key"]
Tag = Literal["Sessions", "Speech", "Live host", "Watching", "Picture", "Access", "Server", "Pages"]

JSON = "application/json"
EVENTS = "text/event-stream"
SDP = "application/sdp"
HTML = "text/html"

OF_EVERY_CALL: tuple[type[BridgeError], ...] = (
    errors.InvalidRequest,
    errors.OriginRefused,
    errors.HostRefused,
    errors.RequestTimeout,
    errors.RateLimited,
    errors.Overloaded,
    BridgeError,
)
OF_THE_API: tuple[type[BridgeError], ...] = (errors.Unauthorized, errors.TokenExpired, errors.Forbidden)
OF_A_SESSION: tuple[type[BridgeError], ...] = (errors.SessionNotFound, errors.NotFound)
OF_A_BODY: tuple[type[BridgeError], ...] = (errors.BodyTooLarge, errors.UnsupportedMediaType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A part of the path, the query or the headers."""

    name: str
    where: Literal["path", "query", "header"]
    text: str
    schema: Schema
    required: bool = False


SESSION_ID = Parameter(
    name="session_id",
    where="path",
    text="The session, as `POST /v1/sessions` named it.",
    schema={"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[0-9a-zA-Z_-]+$"},
    required=True,
)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    where="header",
    text="A name for this request: repeated within ten minutes it gets the same answer and does nothing twice.",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
)


def query_of(model: Model) -> tuple[Parameter, ...]:
    """Return the parameters of a query, none of which is required."""
    return tuple(
        Parameter(name=name, where="query", text=str(schema.pop("description", "")), schema=schema)
        for name, schema in Schemas().parameters(model).items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a call takes: a closed model as JSON, or what `media` names; the example is of the first."""

    model: Model | None = None
    media: Mapping[str, Schema] | None = None
    required: bool = True
    example: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call gives. `events` are the models of an event stream by their names, `more` its other media types."""

    text: str
    model: Model | None = None
    media_type: str = JSON
    schema: Schema | None = None
    more: Mapping[str, Schema] | None = None
    events: Mapping[str, Model] | None = None
    headers: Mapping[str, str] | None = None
    example: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path; `name` is its operationId, `role` the least that a caller needs.

    One that `creates` answers with a `session_id`, with which the others go on. `otherwise` is what it gives with any
    other status.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    name: str
    tag: Tag
    role: Role
    summary: str
    answers: Mapping[int, Answer]
    text: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    creates: bool = False
    otherwise: Answer | None = None
    errors: tuple[type[BridgeError], ...] = ()

    def all_parameters(self) -> Iterator[Parameter]:
        """Yield those of the path, then those of its own."""
        if "{session_id}" in self.path:
            yield SESSION_ID
        yield from self.parameters

    def all_errors(self) -> dict[int, list[type[BridgeError]]]:
        """Return every error that the call may answer with, by HTTP status."""
        kinds = [*OF_EVERY_CALL, *self.errors]
        if self.role != "open":
            kinds += OF_THE_API
        if "{session_id}" in self.path:
            kinds += OF_A_SESSION
        if self.body is not None:
            kinds += OF_A_BODY
        if IDEMPOTENCY_KEY in self.parameters:
            kinds.append(errors.IdempotencyMismatch)
        by_status: dict[int, list[type[BridgeError]]] = {}
        for kind in sorted(dict.fromkeys(kinds), key=lambda kind: (kind.status, kind.code)):
            by_status.setdefault(kind.status, []).append(kind)
        return by_status

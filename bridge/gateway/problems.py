"""Every error as problem JSON (RFC 9457), with our stable `code`."""

import secrets
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bridge import errors
from bridge.errors import BridgeError, InvalidRequest, RateLimited, WaitTimeout
from bridge.gateway.limits import retry_after
from bridge.gateway.replies import ChatFailed
from bridge.session.events import Problem as EventProblem

log = structlog.stdlib.get_logger("bridge.gateway")

MEDIA_TYPE = "application/problem+json"
MAX_FIELDS = 20

_OF_STATUS: dict[int, type[BridgeError]] = {
    HTTPStatus.NOT_FOUND: errors.NotFound,
    HTTPStatus.METHOD_NOT_ALLOWED: errors.MethodNotAllowed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: errors.BodyTooLarge,
}
_MESSAGES = {
    HTTPStatus.NOT_FOUND: "there is nothing at this path",
    HTTPStatus.METHOD_NOT_ALLOWED: "this path does not take this method; the Allow header names those it does",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the body is too long",
}

_SAID = {"missing": "is missing", "extra_forbidden": "is unknown; look for a slip in its name"}


class FieldError(msgspec.Struct, frozen=True):
    """A wrong field of a request: where it stands, and what is wrong; never what was sent."""

    field: str
    message: str


class ProblemDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of an error."""

    title: str
    status: int
    code: str
    detail: str
    retryable: bool
    cloud_code: int | None = None
    errors: list[FieldError] | None = None
    error_id: str | None = None
    utterance_id: str | None = None


class InvalidFields(InvalidRequest):
    """Fields of the body or the query are missing, unknown or malformed."""

    def __init__(self, fields: list[FieldError]) -> None:
        first = fields[0]
        super().__init__(f"{first.field}: {first.message}" if first.field else first.message)
        self.fields = fields


def complaint(detail: ErrorDetails) -> str:
    """Return what is wrong with a field, in words for those who wrote the request."""
    return _SAID.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")


def of_validation(error: ValidationError) -> InvalidFields:
    """Return pydantic's complaint without the values it complains about."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return InvalidFields(
        [
            FieldError(".".join(str(part)[:64] for part in detail["loc"]), complaint(detail))
            for detail in details[:MAX_FIELDS]
        ]
    )


def problem_of(error: BridgeError, *, error_id: str | None = None) -> ProblemDetails:
    """Return what a caller is told about `error`."""
    return ProblemDetails(
        title=_title(error.status),
        status=error.status,
        code=error.code,
        detail=error.message,
        retryable=error.retryable,
        cloud_code=error.cloud_code,
        errors=error.fields if isinstance(error, InvalidFields) else None,
        error_id=error_id,
        utterance_id=error.utterance_id if isinstance(error, WaitTimeout) else None,
    )


def of_event(problem: EventProblem) -> ChatFailed:
    """Return an error of the session's events as the SSE of a chat tells it."""
    return ChatFailed(
        code=problem.code, detail=problem.message, retryable=problem.retryable, cloud_code=problem.cloud_code
    )


def response_of(problem: ProblemDetails, headers: dict[str, str] | None = None) -> web.Response:
    """Return `problem` as an answer."""
    return web.Response(
        status=problem.status,
        body=msgspec.json.encode(problem),
        content_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def of_bridge_error(error: BridgeError) -> web.Response:
    """Return the answer for one of our errors, with the headers that belong to its status."""
    headers: dict[str, str] = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="avatar-bridge"'
    elif isinstance(error, RateLimited):
        headers["Retry-After"] = retry_after(error.retry_after_s)
    elif error.retryable and error.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        headers["Retry-After"] = "1"
    return response_of(problem_of(error), headers)


def of_http_error(error: web.HTTPException) -> web.Response:
    """Return aiohttp's own error in our shape; Allow stays."""
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    kind = _OF_STATUS.get(error.status)
    message = _MESSAGES.get(HTTPStatus(error.status), "the request is malformed")
    if kind is not None:
        return response_of(problem_of(kind(message)), headers)
    code = InvalidRequest.code if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else BridgeError.code
    problem = ProblemDetails(
        title=_title(error.status), status=error.status, code=code, detail=_title(error.status), retryable=False
    )
    return response_of(problem, headers)


def of_unexpected(error: BaseException) -> web.Response:
    """Log a mistake of ours with its traceback and return an answer that names only the log line."""
    error_id = secrets.token_hex(6)
    log.error("http_unexpected", error_id=error_id, exc_info=error)
    return response_of(problem_of(BridgeError("an unexpected error; the log has more under its id"), error_id=error_id))


def answer_of(error: Exception) -> web.Response:
    """Return the answer for whatever a handler raised."""
    match error:
        case BridgeError():
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.warning("http_failed", code=error.code, error=error.message, cloud_code=error.cloud_code)
            return of_bridge_error(error)
        case ValidationError():
            return of_bridge_error(of_validation(error))
        case web.HTTPException():
            return of_http_error(error)
        case web.RequestPayloadError():
            return of_bridge_error(InvalidRequest("the body broke off or is not framed as HTTP wants it"))
        case _:
            return of_unexpected(error)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception of the handlers and middlewares within into problem JSON."""
    try:
        return await handler(request)
    except ConnectionError:
        raise  # the reader has gone; there is nobody to answer
    except Exception as error:
        if isinstance(error, web.HTTPException) and error.status < HTTPStatus.BAD_REQUEST:
            raise
        if request.writer.output_size > 0:
            # The answer has begun: all that is left is to break it off.
            log.exception("http_broken_off")
            raise ConnectionResetError from error
        return answer_of(error)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"

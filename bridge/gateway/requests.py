"""Reads what callers send, within limits of size and time."""

import asyncio
import json
from typing import TypeVar

from aiohttp import web
from pydantic import ValidationError

from bridge.errors import BodyTooLarge, RequestTimeout, UnsupportedMediaType
from bridge.gateway.access import CALLER
from bridge.gateway.context import gateway
from bridge.gateway.models import Model
from bridge.gateway.problems import FieldError, InvalidFields, of_validation

ModelT = TypeVar("ModelT", bound=Model)

BODY_LIMIT_S = 20.0
MAX_JSON = 256 * 1024
"""A text of 64 KiB may be written in JSON with escapes."""


async def read_body(request: web.Request, media_type: str, limit: int) -> bytes:
    """Return the body.

    Raises UnsupportedMediaType if it is not of `media_type` or compressed, BodyTooLarge beyond `limit` bytes,
    RequestTimeout if it takes more than 20 s, RateLimited for a client that sends too much.
    """
    if not request.body_exists:
        return b""
    if request.headers.get("Content-Type") is None or request.content_type != media_type:
        raise UnsupportedMediaType(f"the body must be {media_type}, and the Content-Type must say so")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("the body must not be compressed")
    if (request.content_length or 0) > limit:
        raise BodyTooLarge(f"the body may have at most {limit} bytes")
    server, caller = gateway(request), request.get(CALLER)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            while chunk := await request.content.readany():
                body += chunk
                if caller is not None:
                    server.count_bytes(caller, len(chunk))
                if len(body) > limit:
                    raise BodyTooLarge(f"the body may have at most {limit} bytes")
    except TimeoutError:
        raise RequestTimeout(f"the body did not arrive within {BODY_LIMIT_S:.0f} s") from None
    return bytes(body)


async def read_json_body(request: web.Request) -> bytes:
    """Return the body of a JSON call as it came. Raises as `read_body`."""
    return await read_body(request, "application/json", MAX_JSON)


def parse_json(body: bytes, model: type[ModelT]) -> ModelT:
    """Return `body` as a `model`; an empty one is an empty object.

    Raises InvalidRequest, without what was sent, for whatever else it is; a name that stands twice in an object, too.
    """
    try:
        parsed = model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise of_validation(error) from None
    json.loads(body or b"{}", object_pairs_hook=_refuse_twins)
    return parsed


def _refuse_twins(pairs: list[tuple[str, object]]) -> None:
    """Raise InvalidFields if a name comes twice: readers disagree which of the two counts."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise InvalidFields([FieldError("", "a name stands twice in the same object")])

"""The manual's limits, checked before a request is sent; each check raises CloudParameterInvalid.

A message names the field and its limit, never the value: it may be a secret or what a visitor said.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from bridge.errors import CloudParameterInvalid

UUID32 = re.compile(r"[0-9a-fA-F]{32}")


def given(field: str, value: str, why: str = "") -> None:
    """`value` must hold text; `why` says what makes the field necessary."""
    if not value:
        raise CloudParameterInvalid(f"{field} must not be empty{why}")
    utf8_length(field, value)


def req_id(value: str) -> None:
    """`value` must be a UUID of 32 characters."""
    if not UUID32.fullmatch(value):
        raise CloudParameterInvalid("ReqId must be a UUID of 32 hexadecimal characters")


def utf8_length(field: str, value: str) -> int:
    """Return how many bytes `value` has on the wire; half a surrogate pair is no text."""
    try:
        return len(value.encode())
    except UnicodeEncodeError:
        raise CloudParameterInvalid(f"{field} must be valid Unicode text") from None


def at_most(field: str, value: str, limit: int) -> None:
    """`value` may have `limit` bytes of UTF-8."""
    length = utf8_length(field, value)
    if length > limit:
        raise CloudParameterInvalid(f"{field} may have {limit} bytes of UTF-8, not {length}")


def between(field: str, value: float | None, low: float, high: float) -> None:
    """`value`, if there is one, must lie in [low, high]."""
    if value is not None and not low <= value <= high:  # NaN lies nowhere
        raise CloudParameterInvalid(f"{field} must be from {low:g} to {high:g}")


def one_of(field: str, value: object, choices: Collection[object]) -> None:
    """`value` must be one of `choices`."""
    if value not in choices:
        raise CloudParameterInvalid(f"{field} must be one of {', '.join(str(choice) for choice in choices)}")


def push_url(field: str, value: str) -> None:
    """`value` must look like rtmp://host/app/stream?txSecret=…&txTime=…; the query is the push address's own matter."""
    try:
        parts = urlsplit(value)
        path = parts.path.split("/")
        right = parts.scheme == "rtmp" and parts.hostname and len(path) == 3 and all(path[1:])
    except ValueError:
        right = False
    if not right:
        raise CloudParameterInvalid(f"{field} must look like rtmp://host/app/stream?txSecret=…&txTime=…")
    utf8_length(field, value)


def image_url(field: str, value: str) -> None:
    """`value` must be an http(s) address; if its path has a suffix it must be one of jpg, jpeg and png."""
    try:
        parts = urlsplit(value)
        name = parts.path.rpartition("/")[2]
        suffix = name.rpartition(".")[2].lower() if "." in name else "png"
        right = parts.scheme in {"http", "https"} and parts.hostname and suffix in {"jpg", "jpeg", "png"}
    except ValueError:
        right = False
    if not right:
        raise CloudParameterInvalid(f"{field} must be the http(s) address of a jpg, jpeg or png picture")
    utf8_length(field, value)

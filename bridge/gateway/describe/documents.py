"""The documents that describe this server, as they are served, printed and committed under docs/api."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

import msgspec

from bridge.gateway.describe.asyncapi import asyncapi
from bridge.gateway.describe.catalogue import catalogue
from bridge.gateway.describe.openapi import openapi

Name = Literal["openapi", "asyncapi", "errors"]


def errors() -> dict[str, object]:
    """Return the catalogue of errors."""
    return {"errors": catalogue()}


MAKERS: Mapping[Name, Callable[[], object]] = {"openapi": openapi, "asyncapi": asyncapi, "errors": errors}


@cache
def document(name: Name) -> bytes:
    """Return a document as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(MAKERS[name]()), indent=2) + b"\n"

"""`/openapi.json`, `/asyncapi.json` and `/docs`."""

from aiohttp import web

from bridge.gateway.answers import Answer
from bridge.gateway.describe.documents import document
from bridge.gateway.describe.page import page
from bridge.gateway.security import PAGE_POLICY


async def openapi(_request: web.Request) -> web.StreamResponse:
    """Return the calls as OpenAPI."""
    return Answer(200, document("openapi")).response()


async def asyncapi(_request: web.Request) -> web.StreamResponse:
    """Return the events and messages as AsyncAPI."""
    return Answer(200, document("asyncapi")).response()


async def docs(_request: web.Request) -> web.StreamResponse:
    """Return both as a page to read."""
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": PAGE_POLICY}
    return web.Response(body=page(), content_type="text/html", charset="utf-8", headers=headers)

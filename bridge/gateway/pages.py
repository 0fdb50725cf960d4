"""The pages and the probes."""

from pathlib import Path

from aiohttp import web

from bridge import __version__
from bridge.errors import NotFound
from bridge.gateway.answers import answer_json
from bridge.gateway.context import gateway
from bridge.gateway.replies import Alive, Ready, Version
from bridge.gateway.security import PAGE_POLICY
from bridge.paths import PAGES

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".webp": "image/webp",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ico": "image/x-icon",
}
"""Nothing else in the folder is for the public."""


def _file(name: str, policy: str = PAGE_POLICY) -> web.FileResponse:
    """Return a file of the pages. Raises NotFound for anything that is none, or lies elsewhere."""
    try:
        path = (PAGES / name).resolve()
        found = path.is_relative_to(PAGES) and path.suffix in TYPES and path.is_file()
    except (OSError, ValueError):
        found, path = False, Path()
    if not found:
        raise NotFound("there is nothing at this path")
    headers = {"Content-Type": TYPES[path.suffix], "Cache-Control": "no-cache", "Content-Security-Policy": policy}
    return web.FileResponse(path, headers=headers)


async def index(_request: web.Request) -> web.StreamResponse:
    """Return the first page."""
    return _file("index.html")


async def kiosk(request: web.Request) -> web.StreamResponse:
    """Return the kiosk's page, which pages of allowed origins may embed."""
    return _file("kiosk.html", gateway(request).gatekeeper.kiosk_policy)


async def console(_request: web.Request) -> web.StreamResponse:
    """Return the operator's page."""
    return _file("console/index.html")


async def host(_request: web.Request) -> web.StreamResponse:
    """Return the live host's page."""
    return _file("host/index.html")


async def stage(_request: web.Request) -> web.StreamResponse:
    """Return the page for a browser source: only the picture."""
    return _file("stage/index.html")


async def static(request: web.Request) -> web.StreamResponse:
    """Return a file that the pages need."""
    return _file(request.match_info["name"])


async def livez(_request: web.Request) -> web.StreamResponse:
    """Say that the process answers."""
    return answer_json(Alive()).response()


async def readyz(request: web.Request) -> web.StreamResponse:
    """Say whether sessions can be created. Raises ShuttingDown if not."""
    gateway(request).check_accepting()
    return answer_json(Ready()).response()


async def version(_request: web.Request) -> web.StreamResponse:
    """Say which version this is."""
    return answer_json(Version(version=__version__)).response()

"""Every route of the server. A route that is not here fails a test."""

from bridge.gateway.describe import access, hosting, server, sessions, speech, watching
from bridge.gateway.describe.route import Route

ROUTES: tuple[Route, ...] = (
    *sessions.ROUTES,
    *speech.ROUTES,
    *hosting.ROUTES,
    *watching.ROUTES,
    *access.ROUTES,
    *server.ROUTES,
)

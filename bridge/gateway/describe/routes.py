"""Every route of the server. A route that is not here fails a test."""

from bridge.gateway.describe import server, sessions, speech, watching
from bridge.gateway.describe.route import Route

ROUTES: tuple[Route, ...] = (*sessions.ROUTES, *speech.ROUTES, *watching.ROUTES, *server.ROUTES)

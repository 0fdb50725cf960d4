"""Which right each route takes (DESIGN 5.3).

A route that is missing here fails a test, and nobody but the operator may use it.
"""

from collections.abc import Mapping
from typing import Literal

from bridge.gateway.access import Action

Rule = Literal["open", "watch", "drive", "manage", "renew", "socket"]
"""`open`: anybody. `watch`, `drive`, `manage`: an action of `bridge.gateway.access`. `renew`: watch, with a token that
has expired a moment ago too. `socket`: the first message tells who it is; a header may, but need not."""

ACTIONS: Mapping[Rule, Action] = {
    "watch": "watch",
    "drive": "drive",
    "manage": "manage",
    "renew": "watch",
    "socket": "watch",
}
"""What is checked before the handler runs, where the rule knows who calls."""

ONE = "/v1/sessions/{session_id}"

RULES: Mapping[tuple[str, str], Rule] = {
    ("POST", "/v1/sessions"): "manage",
    ("GET", "/v1/sessions"): "manage",
    ("GET", ONE): "watch",
    ("DELETE", ONE): "manage",
    ("POST", f"{ONE}/token"): "renew",
    ("GET", f"{ONE}/play"): "watch",
    ("GET", f"{ONE}/events"): "watch",
    ("GET", f"{ONE}/ws"): "socket",
    ("POST", f"{ONE}/whep"): "watch",
    ("DELETE", f"{ONE}/whep"): "watch",
    ("POST", f"{ONE}/say"): "drive",
    ("POST", f"{ONE}/stream"): "drive",
    ("POST", f"{ONE}/audio"): "drive",
    ("POST", f"{ONE}/chat"): "drive",
    ("POST", f"{ONE}/interrupt"): "drive",
    ("POST", f"{ONE}/reset"): "drive",
    ("GET", f"{ONE}/script"): "watch",
    ("PUT", f"{ONE}/script"): "drive",
    ("PATCH", f"{ONE}/script"): "drive",
    ("POST", f"{ONE}/script/lines"): "drive",
    ("PATCH", f"{ONE}/script/lines/{{line_id}}"): "drive",
    ("DELETE", f"{ONE}/script/lines/{{line_id}}"): "drive",
    ("POST", f"{ONE}/script/start"): "drive",
    ("POST", f"{ONE}/script/stop"): "drive",
    ("POST", f"{ONE}/script/skip"): "drive",
    ("POST", f"{ONE}/script/repeat"): "drive",
    ("GET", f"{ONE}/audience"): "watch",
    ("POST", f"{ONE}/audience"): "drive",
    ("POST", f"{ONE}/audience/{{message_id}}/answer"): "drive",
    ("DELETE", f"{ONE}/audience/{{message_id}}"): "drive",
    ("POST", "/v1/chat/completions"): "drive",
    ("POST", "/v1/grants"): "manage",
    ("GET", "/v1/grants"): "manage",
    ("DELETE", "/v1/grants/{grant_id}"): "manage",
    ("POST", "/v1/grants/exchange"): "open",
    ("GET", "/metrics"): "manage",
    ("GET", "/livez"): "open",
    ("GET", "/readyz"): "open",
    ("GET", "/version"): "open",
    ("GET", "/openapi.json"): "open",
    ("GET", "/asyncapi.json"): "open",
    ("GET", "/docs"): "open",
    ("GET", "/"): "open",
    ("GET", "/kiosk"): "open",
    ("GET", "/console"): "open",
    ("GET", "/host"): "open",
    ("GET", "/stage"): "open",
    ("GET", "/static/{name}"): "open",
}


def rule_of(method: str, route: str | None, path: str) -> Rule:
    """Return the rule of a route; `route` None stands for a path that leads nowhere, which only callers may learn."""
    if route is None:
        return "watch" if path.startswith("/v1/") else "open"
    return RULES.get(("GET" if method == "HEAD" else method, route), "manage")

"""Who calls, and what they may do (DESIGN 5.3)."""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from bridge.errors import Forbidden, TokenExpired, Unauthorized
from bridge.gateway.limits import Guesses
from bridge.gateway.secret_file import token_secrets
from bridge.gateway.tokens import GRACE_S, ClientRole, Minted, Tokens, looks_like_token
from bridge.settings import Server

Role = Literal["operator", "driver", "watcher"]
"""`operator` has the server's api_key, or is anybody on a server without one."""

Action = Literal["watch", "drive", "manage"]

MAY: dict[Role, frozenset[Action]] = {
    "operator": frozenset({"watch", "drive", "manage"}),
    "driver": frozenset({"watch", "drive"}),
    "watcher": frozenset({"watch"}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has shown who they are.

    `session_id` None means all sessions; `expires_at` is in Unix seconds, None means never; `client_id` stays the
    same when a token is renewed.
    """

    role: Role
    session_id: str | None
    expires_at: float | None
    client_id: str

    def check_may(self, action: Action, session_id: str | None) -> None:
        """Let pass who may do this to a session, or with None to the server. Raises Forbidden.

        A session of others and one that does not exist are refused alike.
        """
        if action not in MAY[self.role]:
            raise Forbidden(f"a {self.role} may not do this; it takes {_who_may(action)}")
        if self.session_id is not None and self.session_id != session_id:
            raise Forbidden("this token is good for another session only")


def _who_may(action: Action) -> str:
    return "the server's api_key" if action == "manage" else "a driver's token"


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Tells who bears a key or a token; `api_key` None opens the server to everybody."""

    api_key: bytes | None = field(repr=False)
    tokens: Tokens
    guesses: Guesses = field(default_factory=Guesses)

    @staticmethod
    def of(server: Server) -> "Doorkeeper":
        """Return the one that the settings ask for. Raises SettingsError when the state directory cannot be used."""
        key = server.api_key.get_secret_value().encode() if server.api_key else None
        return Doorkeeper(key, Tokens(token_secrets(server)))

    def authenticate(self, token: str | None, now: float, *, address: str = "", grace: bool = False) -> Caller:
        """Return who bears `token`, at `now` in Unix seconds.

        A client token is believed on an open server too; anything else is not looked at there, because some libraries
        insist on sending a key. With `grace` a client token counts until 25 s after its end, to be renewed.
        Raises TokenExpired, Unauthorized, and RateLimited after too many wrong keys from `address`.
        """
        if token is not None and looks_like_token(token):
            try:
                return self._client(token, now, GRACE_S if grace else 0.0)
            except Unauthorized as error:
                if self.api_key is None or isinstance(error, TokenExpired):
                    raise
        if self.api_key is None:
            return Caller("operator", None, None, "anybody")
        if token is None:
            raise Unauthorized("this call needs the header Authorization: Bearer with the server's api_key or a token")
        self.guesses.check(address, now)
        if not hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self.api_key):
            self.guesses.failed(address, now)
            raise Unauthorized("this is neither the server's api_key nor one of its tokens")
        return Caller("operator", None, None, "operator")

    def mint(self, role: ClientRole, session_id: str, now: float, *, client_id: str | None = None) -> Minted:
        """Return a new token for a session; a renewed one keeps its `client_id`."""
        jti = secrets.token_urlsafe(9)
        return self.tokens.mint(role, session_id, now=now, jti=jti, client_id=client_id or jti)

    def _client(self, token: str, now: float, grace_s: float) -> Caller:
        claims = self.tokens.read(token, now, grace_s=grace_s)
        return Caller(claims.role, claims.session, float(claims.exp), claims.sub)


CALLER = web.RequestKey("caller", Caller)


def caller_of(request: web.Request) -> Caller:
    """Return who sent `request`; only where the rule of its route wants to know."""
    return request[CALLER]

"""Client tokens: signed, short-lived, good for one session (DESIGN 5.3). Pure.

A token is a JWT (RFC 7519) signed with HS256. Its header names the secret (`kid`); its claims are `role`, `session`,
`exp`, `jti` and `sub`, the client, which stays the same when the token is renewed.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import jwt
from jwt.exceptions import InvalidTokenError
from jwt.types import Options
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bridge.errors import TokenExpired, Unauthorized

ALGORITHM = "HS256"
LIFETIME_S = 900.0
GRACE_S = 25.0
"""How long after its end a token may still be renewed."""
MAX_TOKEN = 4096

ClientRole = Literal["driver", "watcher"]


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token; `expires_at` is in Unix seconds."""

    token: str = field(repr=False)
    expires_at: float


class Claims(BaseModel):
    """What a token says; `exp` is in Unix seconds."""

    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    role: ClientRole
    session: str = Field(min_length=1)
    exp: int
    jti: str
    sub: str


class _Header(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)

    alg: str
    kid: str


def looks_like_token(text: str) -> bool:
    """Return whether `text` has the shape of a JWT, whoever signed it."""
    return text.startswith("eyJ") and text.count(".") == 2


class Tokens:
    """Signs and verifies. The first secret signs, all of them verify, so that secrets can be changed without a gap."""

    def __init__(self, secrets: Sequence[str]) -> None:
        keys = [secret.encode() for secret in secrets]
        self._signing = _kid(keys[0])
        self._keys = {_kid(key): key for key in keys}

    def __repr__(self) -> str:
        return f"Tokens({len(self._keys)} secrets)"

    def mint(self, role: ClientRole, session_id: str, *, now: float, jti: str, client_id: str) -> Minted:
        """Return a token that is good for 15 minutes from `now`; `jti` must never come twice."""
        expires_at = int(now + LIFETIME_S)
        claims = {"role": role, "session": session_id, "exp": expires_at, "jti": jti, "sub": client_id}
        key = self._keys[self._signing]
        token = jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": self._signing})
        return Minted(token, float(expires_at))

    def read(self, token: str, now: float, *, grace_s: float = 0.0) -> Claims:
        """Return what a token of ours says.

        Raises TokenExpired `grace_s` after its end, Unauthorized if one of our secrets did not sign it.
        """
        claims = self._verify(token)
        if now >= claims.exp + grace_s:
            raise TokenExpired("the token has expired; renew it before its end, or ask for a new one")
        return claims

    def _verify(self, token: str) -> Claims:
        refused = Unauthorized("the token is not one of this server's")
        if len(token) > MAX_TOKEN:
            raise refused
        try:
            header = _Header.model_validate(jwt.get_unverified_header(token))
            if header.alg != ALGORITHM or header.kid not in self._keys:
                raise refused
            # The time is ours to compare: the library would ask a clock of its own.
            options: Options = {"verify_exp": False, "require": ["exp", "jti", "sub"]}
            claims = jwt.decode(token, self._keys[header.kid], algorithms=[ALGORITHM], options=options)
            return Claims.model_validate(claims)
        except (InvalidTokenError, ValidationError, ValueError, RecursionError):
            raise refused from None


def _kid(key: bytes) -> str:
    """Return a name for a secret that tells nothing about it."""
    digest = hmac.digest(key, b"avatar-bridge token key", hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:9]).decode()

"""The signature of every call (manual: "Avatar aPaas API Calling Methods", III)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote


def sign(parameters: Mapping[str, str], accesstoken: str) -> str:
    """Return the base64 signature over all query `parameters`, not yet percent-encoded."""
    plain = "&".join(f"{key}={parameters[key]}" for key in sorted(parameters))
    digest = hmac.new(accesstoken.encode(), plain.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signed_url(url: str, parameters: Mapping[str, str], accesstoken: str) -> str:
    """Return `url` with `parameters` and their signature as its query, each value percent-encoded once."""
    query = {**parameters, "signature": sign(parameters, accesstoken)}
    return f"{url}?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())

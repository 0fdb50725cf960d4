"""The signature of a request (manual, "Signature Method"): over whatever parameters arrive. PURE."""

import base64
import hashlib
import hmac
import math
from collections.abc import Mapping

from emulator.codes import UNAUTHORIZED, CloudError


def sign(parameters: Mapping[str, str], accesstoken: str) -> str:
    """Return the base64 of HMAC-SHA256 over the sorted `k=v` pairs, without `signature`; not percent-encoded."""
    plain = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if name != "signature")
    digest = hmac.new(accesstoken.encode(), plain.encode(errors="replace"), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def verify(parameters: Mapping[str, str], appkey: str, accesstoken: str, now: float, skew: float) -> None:
    """Check decoded query `parameters` at Unix time `now`; raises CloudError 100005 with the reason."""
    for name in ("appkey", "timestamp", "signature"):
        if not parameters.get(name):
            raise CloudError(UNAUTHORIZED, f"the query has no {name}", "AuthParameterMissing")
    if not hmac.compare_digest(parameters["appkey"].encode(errors="replace"), appkey.encode()):
        raise CloudError(UNAUTHORIZED, "there is no such appkey", "AppKeyNotFound")
    if not math.isfinite(timestamp := _seconds(parameters["timestamp"])):
        raise CloudError(UNAUTHORIZED, "timestamp is not a number of seconds", "TimestampInvalid")
    if abs(now - timestamp) > skew:
        raise CloudError(UNAUTHORIZED, f"timestamp differs from ours by more than {skew:g} s", "TimestampExpired")
    given = parameters["signature"].encode(errors="replace")
    if not hmac.compare_digest(given, sign(parameters, accesstoken).encode()):
        raise CloudError(UNAUTHORIZED, "the signature does not match the parameters", "SignatureMismatch")


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 12 else math.nan

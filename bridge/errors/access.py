"""The caller is not let in, or not now."""

from bridge.errors.requests import RequestError


class Unauthorized(RequestError):
    """The call needs a key or token that was not given or is not valid."""

    code = "unauthorized"
    status = 401


class TokenExpired(Unauthorized):
    """The token was good, and is not any more."""

    code = "token_expired"


class GrantUnknown(Unauthorized):
    """The grant of the page's link was never given, or was taken back."""

    code = "grant_unknown"


class GrantInUse(RequestError):
    """Another browser uses the session of this grant at the moment."""

    code = "grant_in_use"
    status = 409
    retryable = True


class TooManyGrants(RequestError):
    """As many grants are out as this server keeps."""

    code = "too_many_grants"
    status = 409


class Forbidden(RequestError):
    """The caller is known, and may not do this."""

    code = "forbidden"
    status = 403


class RateLimited(RequestError):
    """The caller asks for too much at a time, or guessed wrong too often; `retry_after_s` says how long to wait."""

    code = "rate_limited"
    status = 429
    retryable = True

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Overloaded(RequestError):
    """This server holds as many connections as it may."""

    code = "overloaded"
    status = 503
    retryable = True


class OriginRefused(RequestError):
    """The request comes from a web page of another origin."""

    code = "origin_refused"
    status = 403


class HostRefused(RequestError):
    """The Host header names a machine that this server is not."""

    code = "host_refused"
    status = 421


class ShuttingDown(RequestError):
    """This server is about to end and begins nothing new."""

    code = "shutting_down"
    status = 503
    retryable = True

"""The cloud's codes (manual: "Error Code Description") as errors of ours that say what to do."""

from bridge.errors import (
    CloudError,
    CloudRefused,
    CloudRefusedForNow,
    CloudSessionLost,
    CredentialsRefused,
    ProjectUnknown,
    QuotaFull,
)

_KNOWN: dict[int, tuple[type[CloudRefused], str]] = {
    100001: (CloudRefused, "the cloud found a parameter wrong; this is a bug of ours or a newer cloud"),
    100005: (CredentialsRefused, "the cloud refused the credentials; check cloud.appkey and cloud.accesstoken"),
    100007: (ProjectUnknown, "the cloud does not know this avatar; check cloud.project_id or cloud.asset_key"),
    100008: (QuotaFull, "all concurrent sessions of the account are in use; close one (sessions close) or buy more"),
    100012: (CloudRefusedForNow, "the cloud asks for fewer requests a second"),
    100014: (QuotaFull, "the account has no valid concurrency quota; check it in the cloud's console"),
    100015: (CloudRefused, "the avatar has expired; renew it in the cloud's console"),
    110013: (CloudSessionLost, "the cloud has closed the session"),
    110014: (CloudRefusedForNow, "the cloud session is not ready yet"),
    110015: (CloudRefused, "the cloud did not expect this command now"),
    110016: (CloudRefusedForNow, "the cloud session is not started"),
    110018: (CloudSessionLost, "the cloud has no such session any more"),
    110021: (CloudRefused, "the account's TRTC service is overdue or used up; check it in the cloud's console"),
    110022: (CloudSessionLost, "the cloud closed the session because the same user opened another"),
}
_INTERNAL = {100000, -100000, -101000, -101001, -101002, -111001, -111002, -111003, -111004, -111005}


def error_of(code: int, message: str) -> CloudError:
    """Return the error that the cloud's `code` stands for; `message` is the cloud's own, shown behind ours."""
    if code in _INTERNAL:
        kind, meaning = CloudRefusedForNow, "the cloud had an internal error; it is tried again"
    else:
        kind, meaning = _KNOWN.get(code, (CloudRefused, "the cloud refused"))
    said = f" ({code}: {message})" if message else f" ({code})"
    return kind(meaning + said, cloud_code=code)

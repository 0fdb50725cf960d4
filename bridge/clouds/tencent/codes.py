"""The cloud's codes (manual: "Error Code Description"): what each means, and what is to be done about it."""

from dataclasses import dataclass

from bridge.errors import (
    CloudError,
    CloudRefused,
    CloudRefusedForNow,
    CloudSessionLost,
    CredentialsRefused,
    ProjectUnknown,
    QuotaFull,
)

_AGAIN = "it is tried again; if it lasts, ask the cloud's support"


@dataclass(frozen=True, slots=True)
class Code:
    """One row: the error of ours it becomes, what happened, and what the person should do."""

    number: int
    error: type[CloudRefused]
    meaning: str
    advice: str

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later without anybody changing anything."""
        return self.error.retryable


TABLE: tuple[Code, ...] = (
    Code(-101000, CloudRefusedForNow, "the cloud had an internal error", _AGAIN),
    Code(-101001, CloudRefusedForNow, "the cloud has no machine free for the avatar", _AGAIN),
    Code(-101002, CloudRefusedForNow, "the cloud could not download the picture", _AGAIN),
    Code(-111001, CloudRefusedForNow, "the cloud could not change the stream's parameters", _AGAIN),
    Code(-111002, CloudRefusedForNow, "a connection inside the cloud broke", _AGAIN),
    Code(-111003, CloudRefusedForNow, "the cloud could not load the avatar", _AGAIN),
    Code(-111004, CloudRefusedForNow, "the cloud did not make the stream in time", _AGAIN),
    Code(
        -111005,
        CloudRefused,
        "the cloud failed at speaking",
        "look at its message; if it names a system error, ask the cloud's support",
    ),
    Code(
        100001,
        CloudRefused,
        "the cloud found a parameter wrong",
        "check the field its message names; this is a bug of ours or a newer cloud",
    ),
    Code(100005, CredentialsRefused, "the cloud refused the credentials", "check cloud.appkey and cloud.accesstoken"),
    Code(
        100008,
        QuotaFull,
        "all concurrent sessions of the account are in use",
        "close one (avatar-bridge sessions close) or buy more",
    ),
    Code(100012, CloudRefusedForNow, "the cloud asks for fewer requests a second", "wait a moment"),
    Code(
        100014,
        QuotaFull,
        "the account has no valid concurrency quota",
        "check it in the cloud's console: how many, and until when",
    ),
    Code(100015, CloudRefused, "the avatar has expired", "renew it in the cloud's console"),
    Code(
        110013,
        CloudSessionLost,
        "the cloud has closed the session",
        "create another; statsession tells why it was closed",
    ),
    Code(
        110014,
        CloudRefusedForNow,
        "the cloud session is not ready yet",
        "wait until its status is 1 and it has been started",
    ),
    Code(
        110015,
        CloudRefused,
        "the cloud did not expect this command now",
        "interrupt what is being said, or wait for its end",
    ),
    Code(
        110016,
        CloudRefusedForNow,
        "the cloud session is not started",
        "wait until its status is 1 and it has been started",
    ),
    Code(110018, CloudSessionLost, "the cloud has no such session any more", "create another"),
    Code(
        110021,
        CloudRefused,
        "the account's TRTC service is overdue or used up",
        "check it in the cloud's console",
    ),
    Code(
        110022,
        CloudSessionLost,
        "the cloud closed the session because the same user opened another",
        "give each user an id of its own",
    ),
    # Not in the manual's table: its own sample, the later pages' sample, and what the cloud is known to answer.
    Code(100000, CloudRefusedForNow, "the cloud had an internal error", _AGAIN),
    Code(-100000, CloudRefusedForNow, "the cloud had an internal error", _AGAIN),
    Code(100007, ProjectUnknown, "the cloud does not know this avatar", "check cloud.project_id or cloud.asset_key"),
)
_BY_NUMBER = {code.number: code for code in TABLE}
KNOWN = frozenset({0, *_BY_NUMBER})
"""Success, and every code of the table."""


def code_of(number: int) -> Code:
    """Return the row of `number`; a code that nobody has described is one of its own, not to be retried."""
    return _BY_NUMBER.get(number) or Code(number, CloudRefused, "the cloud refused", "look the code up in its manual")


def error_of(number: int, message: str) -> CloudError:
    """Return the error that the cloud's code stands for; `message` is the cloud's own, shown behind ours."""
    code = code_of(number)
    said = f" ({number}: {message})" if message else f" ({number})"
    return code.error(f"{code.meaning}; {code.advice}{said}", cloud_code=number)

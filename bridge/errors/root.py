"""The root of the tree, and what belongs to none of its branches."""

from typing import ClassVar


class BridgeError(Exception):
    """Root of the tree.

    `code` is the stable public name, `status` the HTTP status it is answered with, `retryable` whether the same
    request may succeed later without anybody changing anything, `cloud_code` the cloud's own code if it gave one.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, cloud_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cloud_code = cloud_code


class SettingsError(BridgeError):
    """An option is unknown, malformed or missing; the message names it and where it stands, never its value."""

    code = "settings"


class DialogFailed(BridgeError):
    """The dialog (the LLM or the quick answers) found no answer."""

    code = "dialog_failed"
    status = 502
    retryable = True


class SourceLost(BridgeError):
    """What was to be said stopped arriving before its end."""

    code = "source_lost"
    status = 400

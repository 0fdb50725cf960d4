"""The clouds' error codes as data (manual, "Error Code List")."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Code:
    """One row of the table: the number, the English word that leads the message, and the meaning."""

    number: int
    word: str
    meaning: str


INTERNAL: Final = Code(-101000, "InternalError", "Internal system error")
NO_COMPUTING: Final = Code(-101001, "ComputeInsufficient", "The computing resources are insufficient")
IMAGE_DOWNLOAD: Final = Code(-101002, "ImageDownloadFailed", "Image downloading failed")
UPDATE_FAILED: Final = Code(-111001, "UpdateStreamFailed", "Updating stream parameters failed")
DISCONNECTED: Final = Code(-111002, "ConnectionLost", "Connection abnormally disconnected")
MODEL_LOADING: Final = Code(-111003, "ModelLoadFailed", "An error occurred while the digital human was loaded")
CREATE_TIMEOUT: Final = Code(-111004, "CreateStreamTimeout", "The stream was not created in time")
DRIVE_FAILED: Final = Code(-111005, "DriveFailed", "An error occurred while the digital human was driven")
BAD_PARAMETER: Final = Code(100001, "InvalidParameter", "The request parameters were incorrect")
UNAUTHORIZED: Final = Code(100005, "Unauthorized", "Unauthorized operation")
PROJECT_INVALID: Final = Code(100007, "ProjectInvalid", "The project or the image does not exist")
CONCURRENCY: Final = Code(100008, "ConcurrencyLimitExceeded", "Exceeding the concurrency limit")
TOO_FREQUENT: Final = Code(100012, "RequestTooFrequent", "Requests are too frequent")
NO_QUOTA: Final = Code(100014, "AssetConcurrencyQuotaNotFound", "The concurrency quota is insufficient")
AVATAR_EXPIRED: Final = Code(100015, "AvatarExpired", "The digital human avatar has expired")
SESSION_CLOSED: Final = Code(110013, "SessionClosed", "The session has been closed")
SESSION_NOT_READY: Final = Code(110014, "SessionNotReady", "The session is not ready")
WRONG_TIMING: Final = Code(110015, "DriveTimingInvalid", "The drive command came at the wrong time")
SESSION_INACTIVE: Final = Code(110016, "SessionInactive", "A drive command was sent to an inactive session")
SESSION_UNKNOWN: Final = Code(110018, "SessionNotFound", "The session does not exist")
TRTC_OVERDUE: Final = Code(110021, "TrtcOverdue", "TRTC service is overdue")
SAME_USER: Final = Code(110022, "SameUserId", "The session of the same UserId has been closed")

CODES: Final[dict[int, Code]] = {
    code.number: code
    for code in (
        INTERNAL, NO_COMPUTING, IMAGE_DOWNLOAD, UPDATE_FAILED, DISCONNECTED, MODEL_LOADING, CREATE_TIMEOUT,
        DRIVE_FAILED, BAD_PARAMETER, UNAUTHORIZED, PROJECT_INVALID, CONCURRENCY, TOO_FREQUENT, NO_QUOTA,
        AVATAR_EXPIRED, SESSION_CLOSED, SESSION_NOT_READY, WRONG_TIMING, SESSION_INACTIVE, SESSION_UNKNOWN,
        TRTC_OVERDUE, SAME_USER,
    )
}  # fmt: skip


class CloudError(Exception):
    """A request the cloud refuses; `word` may be more precise than the code's own."""

    def __init__(self, code: Code, detail: str = "", word: str = "") -> None:
        self.code = code
        self.message = f"{word or code.word}: {detail or code.meaning}"
        super().__init__(f"{code.number} {self.message}")

"""What can go wrong with the words.

- `DialogError`
    - `DialogFileError`: a file of answers or a persona is malformed
    - `DialogPackageError`: the optional package for language models is not installed
    - `LlmError`: the language model gave no usable answer
        - `LlmUnauthorized`, `LlmModelNotFound`, `LlmRequestRejected`: asking again will not help
        - `LlmRateLimited`, `LlmUnavailable`, `LlmUnreachable`, `LlmStalled`, `LlmStreamBroken`, `LlmEmptyAnswer`

No message holds a key, a question or an answer.
"""

from typing import ClassVar


class DialogError(Exception):
    """An error with a stable `code`, a hint whether to try again, and a message that says what to do."""

    code: ClassVar[str] = "dialog_failed"
    retryable: ClassVar[bool] = False


class DialogFileError(DialogError):
    """A file of answers or a persona cannot be used; names file, entry and field."""

    code = "dialog_file_invalid"


class DialogPackageError(DialogError):
    """The optional package for language models is not installed."""

    code = "llm_package_missing"


class LlmError(DialogError):
    """The language model gave no usable answer."""

    code = "llm_failed"


class LlmUnauthorized(LlmError):
    """The server refused the key."""

    code = "llm_unauthorized"


class LlmModelNotFound(LlmError):
    """The server has no such model, or no such address."""

    code = "llm_model_not_found"


class LlmRequestRejected(LlmError):
    """The server refused the request itself."""

    code = "llm_request_rejected"


class LlmRateLimited(LlmError):
    """The server wants fewer requests, or the account has no quota left."""

    code = "llm_rate_limited"
    retryable = True


class LlmUnavailable(LlmError):
    """The server failed or is overloaded."""

    code = "llm_unavailable"
    retryable = True


class LlmUnreachable(LlmError):
    """No connection to the server."""

    code = "llm_unreachable"
    retryable = True


class LlmStalled(LlmError):
    """The server said nothing for too long."""

    code = "llm_stalled"
    retryable = True


class LlmStreamBroken(LlmError):
    """The stream ended or turned unreadable in the middle of an answer."""

    code = "llm_stream_broken"
    retryable = True


class LlmEmptyAnswer(LlmError):
    """The answer had no text."""

    code = "llm_empty_answer"
    retryable = True

"""What can go wrong with the words.

- `DialogError`
    - `DialogFileError`: a file of answers, words, tools or a persona is malformed
    - `DialogPackageError`: the optional package for language models is not installed
    - `LlmError`: the language model gave no usable answer
    - `AsrError`: the speech recognition gave no usable transcript
    - `TtsError`: the speech server gave no usable sound
    - `VoiceModelError`: the voice model gave no usable answer

Each of the last four has the same children, named after it: `…Unauthorized`, `…ModelNotFound`, `…RequestRejected`
(asking again will not help), `…RateLimited`, `…Unavailable`, `…Unreachable`, `…Stalled`, `…StreamBroken` (it may).

No message holds a key, a question, an answer or a transcript; each says what the operator can do.
"""

from typing import ClassVar


class DialogError(Exception):
    """An error with a stable `code`, a hint whether to try again, and a message that says what to do."""

    code: ClassVar[str] = "dialog_failed"
    retryable: ClassVar[bool] = False
    retry_after_s: float = 0.0
    """How long the server asked to wait."""


class DialogFileError(DialogError):
    """A file of `config/` cannot be used; names file, entry and field."""

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


class LlmAnswerTooLong(LlmError):
    """The answer went on beyond what anybody would listen to."""

    code = "llm_answer_too_long"


class LlmToolLoop(LlmError):
    """The model asked for more tool calls than one answer may take."""

    code = "llm_tool_loop"
    retryable = True


class AsrError(DialogError):
    """The speech recognition gave no usable transcript."""

    code = "asr_failed"


class AsrUnauthorized(AsrError):
    """The server refused the key."""

    code = "asr_unauthorized"


class AsrModelNotFound(AsrError):
    """The server has no such model, or no such address."""

    code = "asr_model_not_found"


class AsrRequestRejected(AsrError):
    """The server refused the request itself."""

    code = "asr_request_rejected"


class AsrRateLimited(AsrError):
    """The server wants fewer requests, or the account has no quota left."""

    code = "asr_rate_limited"
    retryable = True


class AsrUnavailable(AsrError):
    """The server failed or is overloaded."""

    code = "asr_unavailable"
    retryable = True


class AsrUnreachable(AsrError):
    """No connection to the server."""

    code = "asr_unreachable"
    retryable = True


class AsrStalled(AsrError):
    """The server said nothing for too long."""

    code = "asr_stalled"
    retryable = True


class AsrStreamBroken(AsrError):
    """What the server sent ended early or cannot be read."""

    code = "asr_stream_broken"
    retryable = True


class TtsError(DialogError):
    """The speech server gave no usable sound."""

    code = "tts_failed"


class TtsUnauthorized(TtsError):
    """The server refused the key."""

    code = "tts_unauthorized"


class TtsModelNotFound(TtsError):
    """The server has no such model, or no such address."""

    code = "tts_model_not_found"


class TtsRequestRejected(TtsError):
    """The server refused the request itself."""

    code = "tts_request_rejected"


class TtsRateLimited(TtsError):
    """The server wants fewer requests, or the account has no quota left."""

    code = "tts_rate_limited"
    retryable = True


class TtsUnavailable(TtsError):
    """The server failed or is overloaded."""

    code = "tts_unavailable"
    retryable = True


class TtsUnreachable(TtsError):
    """No connection to the server."""

    code = "tts_unreachable"
    retryable = True


class TtsStalled(TtsError):
    """The server said nothing for too long."""

    code = "tts_stalled"
    retryable = True


class TtsStreamBroken(TtsError):
    """What the server sent ended early or cannot be read."""

    code = "tts_stream_broken"
    retryable = True


class VoiceModelError(DialogError):
    """The voice model gave no usable answer."""

    code = "voice_model_failed"


class VoiceModelUnauthorized(VoiceModelError):
    """The server refused the key."""

    code = "voice_model_unauthorized"


class VoiceModelModelNotFound(VoiceModelError):
    """The server has no such model, or no such address."""

    code = "voice_model_model_not_found"


class VoiceModelRequestRejected(VoiceModelError):
    """The server refused the request itself."""

    code = "voice_model_request_rejected"


class VoiceModelRateLimited(VoiceModelError):
    """The server wants fewer requests, or the account has no quota left."""

    code = "voice_model_rate_limited"
    retryable = True


class VoiceModelUnavailable(VoiceModelError):
    """The server failed or is overloaded."""

    code = "voice_model_unavailable"
    retryable = True


class VoiceModelUnreachable(VoiceModelError):
    """No connection to the server."""

    code = "voice_model_unreachable"
    retryable = True


class VoiceModelStalled(VoiceModelError):
    """The server said nothing for too long."""

    code = "voice_model_stalled"
    retryable = True


class VoiceModelStreamBroken(VoiceModelError):
    """What the server sent ended early or cannot be read."""

    code = "voice_model_stream_broken"
    retryable = True

"""The caller asked for something that cannot be had."""

from bridge.errors.root import BridgeError


class RequestError(BridgeError):
    """The caller's request cannot be met."""

    code = "invalid_request"
    status = 400


class InvalidRequest(RequestError):
    """The body, the query or a header is malformed."""


class BodyTooLarge(RequestError):
    """The body is longer than the call allows."""

    code = "body_too_large"
    status = 413


class UnsupportedMediaType(RequestError):
    """The body is not of the Content-Type or Content-Encoding that the call takes."""

    code = "unsupported_media_type"
    status = 415


class RequestTimeout(RequestError):
    """The body did not arrive in time."""

    code = "request_timeout"
    status = 408
    retryable = True


class IdempotencyMismatch(RequestError):
    """The `Idempotency-Key` was used for another request before."""

    code = "idempotency_mismatch"
    status = 422


class CloudParameterInvalid(RequestError):
    """A field of a request to the cloud breaks a limit of the cloud's manual; nothing was sent."""

    code = "cloud_parameter_invalid"


class NotFound(RequestError):
    """No such path."""

    code = "not_found"
    status = 404


class MethodNotAllowed(RequestError):
    """The path exists, but not for this method."""

    code = "method_not_allowed"
    status = 405


class SessionNotFound(RequestError):
    """No session has this id, or it ended a while ago."""

    code = "session_not_found"
    status = 404


class LineNotFound(RequestError):
    """The script has no line of this id."""

    code = "line_not_found"
    status = 404


class MessageNotFound(RequestError):
    """The audience has no message of this id."""

    code = "message_not_found"
    status = 404


class MessageOver(RequestError):
    """The message was answered or dismissed before."""

    code = "message_over"
    status = 409


class AuthExpected(RequestError):
    """The first message of a WebSocket has to be `auth`, and only the first."""

    code = "auth_expected"


class RefInUse(RequestError):
    """What this `ref` names has not ended yet."""

    code = "ref_in_use"
    status = 409


class RefUnknown(RequestError):
    """Nothing that is open has this `ref`."""

    code = "ref_unknown"
    status = 409


class FloorTaken(RequestError):
    """Somebody else has the microphone's floor."""

    code = "floor_taken"
    status = 409
    retryable = True


class ModeMismatch(RequestError):
    """The session is for text, or for sound, and the call is for the other."""

    code = "mode_mismatch"
    status = 409


class NoVoice(RequestError):
    """This server has nothing that could listen to a microphone."""

    code = "no_voice"
    status = 409


class NoLanguageModel(RequestError):
    """The call needs a language model, and none is set up."""

    code = "no_language_model"
    status = 409


class UserBusy(RequestError):
    """This user has a live session already; `replace` would close it."""

    code = "user_busy"
    status = 409


class SessionEnded(RequestError):
    """The session is closing, closed or failed, and says nothing more."""

    code = "session_ended"
    status = 409


class QueueFull(RequestError):
    """Too many utterances wait to be said."""

    code = "queue_full"
    status = 429
    retryable = True


class TooManySessions(RequestError):
    """`server.max_sessions` sessions are open already."""

    code = "too_many_sessions"
    status = 429
    retryable = True


class WaitTimeout(RequestError):
    """The utterance did not get as far as the caller wanted in time; it goes on."""

    code = "wait_timeout"
    status = 504

    def __init__(self, message: str, utterance_id: str) -> None:
        super().__init__(message)
        self.utterance_id = utterance_id

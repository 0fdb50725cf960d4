"""Every error this program shows to anyone.

- `BridgeError`
  - `SettingsError`: the program cannot start as it is set up
  - `RequestError`: the caller asked for something that cannot be had
    - `InvalidRequest`, `BodyTooLarge`, `UnsupportedMediaType`, `RequestTimeout`, `IdempotencyMismatch`
    - `CloudParameterInvalid`
    - `Unauthorized` (`TokenExpired`, `GrantUnknown`), `Forbidden`, `OriginRefused`, `HostRefused`, `ShuttingDown`
    - `RateLimited`, `Overloaded`, `GrantInUse`, `TooManyGrants`
    - `NotFound`, `MethodNotAllowed`, `SessionNotFound`
    - `AuthExpected`, `RefInUse`, `RefUnknown`, `FloorTaken`, `ModeMismatch`, `NoVoice`, `NoLanguageModel`
    - `AudioUnusable`: sound that somebody brought
      - `AudioEmpty`, `AudioTruncated`, `AudioNotRecognised`, `AudioNoTrack`, `AudioCodecUnsupported`
      - `AudioTooManyChannels`, `AudioProtected`, `AudioTooLarge`, `AudioAddressRefused`, `AudioFetchFailed`
    - `UserBusy`, `SessionEnded`, `QueueFull`, `TooManySessions`, `WaitTimeout`
  - `CloudError`: the avatar's cloud did not do its part
    - `CloudUnreachable`, `CloudProtocolError`
    - `CloudRefused`, `CloudRefusedForNow`: the cloud answered with a code of its own
      - `CredentialsRefused`, `ClockSkew`, `ProjectUnknown`, `QuotaFull`, `CloudSessionLost`
        - `SessionStopped`
    - `PreparationTimeout`, `PreparationFailed`, `ChannelLost`, `DriveFailed`, `NoOver`
  - `PictureError`: the video cannot be shown
    - `NoPicture`, `NoNetworkInterface`
  - `DialogFailed`: the dialog found no answer
  - `SourceLost`: what was to be said stopped arriving

`code` is stable and public; the message says what to do and never holds a secret.
"""

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


class AudioUnusable(RequestError):
    """Sound that somebody brought cannot be spoken."""

    code = "audio_failed"
    status = 415


class AudioEmpty(AudioUnusable):
    """Nothing came, or nothing that sounds."""

    code = "audio_empty"
    status = 400


class AudioTruncated(AudioUnusable):
    """Less sound came than its file had promised; what came was spoken."""

    code = "audio_truncated"
    status = 400


class AudioNotRecognised(AudioUnusable):
    """It is no kind of sound that is known."""

    code = "audio_not_recognised"


class AudioNoTrack(AudioUnusable):
    """It is a file without a track of sound."""

    code = "audio_no_track"


class AudioCodecUnsupported(AudioUnusable):
    """It is sound of a kind that no decoder here can read."""

    code = "audio_codec_unsupported"


class AudioTooManyChannels(AudioUnusable):
    """The sound has more than eight channels."""

    code = "audio_too_many_channels"


class AudioProtected(AudioUnusable):
    """The sound is encrypted (DRM)."""

    code = "audio_protected"


class AudioTooLarge(AudioUnusable):
    """The sound has more bytes, or lasts longer, than is taken."""

    code = "audio_too_large"
    status = 413


class AudioAddressRefused(AudioUnusable):
    """The address of the sound is one that must not be opened."""

    code = "audio_address_refused"
    status = 400


class AudioFetchFailed(AudioUnusable):
    """The address of the sound did not give it."""

    code = "audio_fetch_failed"
    status = 502


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


class CloudError(BridgeError):
    """The avatar's cloud did not do its part."""

    code = "cloud"
    status = 502


class CloudUnreachable(CloudError):
    """No answer from the cloud: network, DNS, TLS, or a server error."""

    code = "cloud_unreachable"
    status = 503
    retryable = True


class CloudProtocolError(CloudError):
    """The cloud answered something that its manual does not describe."""

    code = "cloud_protocol"


class CloudRefused(CloudError):
    """The cloud answered with a code other than 0 that has no class of its own."""

    code = "cloud_refused"


class CloudRefusedForNow(CloudRefused):
    """The same, where the cloud's table says that it may be tried again."""

    code = "cloud_refused_for_now"
    status = 503
    retryable = True


class CredentialsRefused(CloudRefused):
    """The cloud does not accept `cloud.appkey` and `cloud.accesstoken` (100005)."""

    code = "credentials_refused"


class ClockSkew(CloudRefused):
    """The cloud refuses the signature because this machine's clock is more than five minutes off."""

    code = "clock_skew"


class ProjectUnknown(CloudRefused):
    """The cloud does not know `cloud.project_id` or `cloud.asset_key` (100007)."""

    code = "project_unknown"


class QuotaFull(CloudRefused):
    """All sessions that the account may hold at once are in use, or there is no quota (100008, 100014)."""

    code = "quota_full"
    status = 503
    retryable = True


class CloudSessionLost(CloudRefused):
    """The cloud closed the session by itself (110013, 110018, 110022)."""

    code = "cloud_session_lost"


class SessionStopped(CloudSessionLost):
    """A person has stopped the session in the cloud's console; it is not created anew."""

    code = "session_stopped"


class PreparationTimeout(CloudError):
    """The cloud was still preparing the session when we gave up."""

    code = "preparation_timeout"
    status = 504
    retryable = True


class PreparationFailed(CloudError):
    """The cloud says that it could not make the session (status 4)."""

    code = "preparation_failed"
    retryable = True


class ChannelLost(CloudError):
    """The command channel could not be opened, or opened again, in time."""

    code = "channel_lost"
    status = 503
    retryable = True


class DriveFailed(CloudError):
    """The cloud could not say an utterance."""

    code = "drive_failed"


class NoOver(CloudError):
    """The cloud never said that an utterance had ended."""

    code = "no_over"


class PictureError(BridgeError):
    """The avatar's video cannot be shown."""

    code = "picture"
    status = 502


class NoPicture(PictureError):
    """This session has no video that a page could show here, or not yet."""

    code = "no_picture"
    status = 409
    retryable = True


class NoNetworkInterface(PictureError):
    """WebRTC finds no address of this machine to offer."""

    code = "no_network_interface"
    status = 503


class DialogFailed(BridgeError):
    """The dialog (the LLM or the quick answers) found no answer."""

    code = "dialog_failed"
    status = 502
    retryable = True


class SourceLost(BridgeError):
    """What was to be said stopped arriving before its end."""

    code = "source_lost"
    status = 400

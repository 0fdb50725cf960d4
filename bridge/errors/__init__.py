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
    - `LineNotFound`, `MessageNotFound`, `MessageOver`
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

from bridge.errors.access import (
    Forbidden,
    GrantInUse,
    GrantUnknown,
    HostRefused,
    OriginRefused,
    Overloaded,
    RateLimited,
    ShuttingDown,
    TokenExpired,
    TooManyGrants,
    Unauthorized,
)
from bridge.errors.cloud import (
    ChannelLost,
    ClockSkew,
    CloudError,
    CloudProtocolError,
    CloudRefused,
    CloudRefusedForNow,
    CloudSessionLost,
    CloudUnreachable,
    CredentialsRefused,
    DriveFailed,
    NoNetworkInterface,
    NoOver,
    NoPicture,
    PictureError,
    PreparationFailed,
    PreparationTimeout,
    ProjectUnknown,
    QuotaFull,
    SessionStopped,
)
from bridge.errors.requests import (
    AuthExpected,
    BodyTooLarge,
    CloudParameterInvalid,
    FloorTaken,
    IdempotencyMismatch,
    InvalidRequest,
    LineNotFound,
    MessageNotFound,
    MessageOver,
    MethodNotAllowed,
    ModeMismatch,
    NoLanguageModel,
    NotFound,
    NoVoice,
    QueueFull,
    RefInUse,
    RefUnknown,
    RequestError,
    RequestTimeout,
    SessionEnded,
    SessionNotFound,
    TooManySessions,
    UnsupportedMediaType,
    UserBusy,
    WaitTimeout,
)
from bridge.errors.root import (
    BridgeError,
    DialogFailed,
    SettingsError,
    SourceLost,
)
from bridge.errors.sound import (
    AudioAddressRefused,
    AudioCodecUnsupported,
    AudioEmpty,
    AudioFetchFailed,
    AudioNoTrack,
    AudioNotRecognised,
    AudioProtected,
    AudioTooLarge,
    AudioTooManyChannels,
    AudioTruncated,
    AudioUnusable,
)

__all__ = [
    "AudioAddressRefused",
    "AudioCodecUnsupported",
    "AudioEmpty",
    "AudioFetchFailed",
    "AudioNoTrack",
    "AudioNotRecognised",
    "AudioProtected",
    "AudioTooLarge",
    "AudioTooManyChannels",
    "AudioTruncated",
    "AudioUnusable",
    "AuthExpected",
    "BodyTooLarge",
    "BridgeError",
    "ChannelLost",
    "ClockSkew",
    "CloudError",
    "CloudParameterInvalid",
    "CloudProtocolError",
    "CloudRefused",
    "CloudRefusedForNow",
    "CloudSessionLost",
    "CloudUnreachable",
    "CredentialsRefused",
    "DialogFailed",
    "DriveFailed",
    "FloorTaken",
    "Forbidden",
    "GrantInUse",
    "GrantUnknown",
    "HostRefused",
    "IdempotencyMismatch",
    "InvalidRequest",
    "LineNotFound",
    "MessageNotFound",
    "MessageOver",
    "MethodNotAllowed",
    "ModeMismatch",
    "NoLanguageModel",
    "NoNetworkInterface",
    "NoOver",
    "NoPicture",
    "NoVoice",
    "NotFound",
    "OriginRefused",
    "Overloaded",
    "PictureError",
    "PreparationFailed",
    "PreparationTimeout",
    "ProjectUnknown",
    "QueueFull",
    "QuotaFull",
    "RateLimited",
    "RefInUse",
    "RefUnknown",
    "RequestError",
    "RequestTimeout",
    "SessionEnded",
    "SessionNotFound",
    "SessionStopped",
    "SettingsError",
    "ShuttingDown",
    "SourceLost",
    "TokenExpired",
    "TooManyGrants",
    "TooManySessions",
    "Unauthorized",
    "UnsupportedMediaType",
    "UserBusy",
    "WaitTimeout",
]

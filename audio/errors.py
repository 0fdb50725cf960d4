"""What can be wrong with sound that somebody brings. Each class has a stable `code`; no message holds an address.

AudioError
├── EmptyAudio          nothing came, or nothing that sounds
├── NotAudio            no container of sound that is known
├── NoAudioTrack        a container without a track of sound
├── UnsupportedCodec    a track that no decoder here can read
├── TooManyChannels     more than eight channels
├── ProtectedAudio      encrypted (DRM)
├── AudioTooLarge       has to be kept whole, and is too large for that
├── AddressRefused      an address that must not be opened
└── FetchFailed         an address that did not give its sound
"""

from typing import ClassVar


class AudioError(Exception):
    """Any of these; the message says what to do."""

    code: ClassVar[str] = "audio_failed"


class EmptyAudio(AudioError):
    """Nothing came, or nothing that sounds."""

    code = "audio_empty"


class NotAudio(AudioError):
    """No container of sound that is known."""

    code = "audio_not_recognised"


class NoAudioTrack(AudioError):
    """A container without a track of sound."""

    code = "audio_no_track"


class UnsupportedCodec(AudioError):
    """A track that no decoder here can read."""

    code = "audio_codec_unsupported"


class TooManyChannels(AudioError):
    """More than eight channels."""

    code = "audio_too_many_channels"


class ProtectedAudio(AudioError):
    """Encrypted (DRM)."""

    code = "audio_protected"


class AudioTooLarge(AudioError):
    """Has to be kept whole, and is too large for that."""

    code = "audio_too_large"


class AddressRefused(AudioError):
    """An address that must not be opened."""

    code = "audio_address_refused"


class FetchFailed(AudioError):
    """An address that did not give its sound."""

    code = "audio_fetch_failed"

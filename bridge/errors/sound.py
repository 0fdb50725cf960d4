"""Sound that somebody brought cannot be spoken."""

from bridge.errors.requests import RequestError


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

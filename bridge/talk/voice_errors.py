"""What is wrong with somebody's sound, as the interface tells it."""

from audio import errors as audio
from bridge import errors
from bridge.errors import AudioUnusable

_KINDS: dict[type[audio.AudioError], type[AudioUnusable]] = {
    audio.EmptyAudio: errors.AudioEmpty,
    audio.NotAudio: errors.AudioNotRecognised,
    audio.NoAudioTrack: errors.AudioNoTrack,
    audio.UnsupportedCodec: errors.AudioCodecUnsupported,
    audio.TooManyChannels: errors.AudioTooManyChannels,
    audio.ProtectedAudio: errors.AudioProtected,
    audio.AudioTooLarge: errors.AudioTooLarge,
    audio.AddressRefused: errors.AudioAddressRefused,
    audio.FetchFailed: errors.AudioFetchFailed,
}


def of_audio(error: audio.AudioError) -> AudioUnusable:
    """Return `error` as one of ours; the code is the same."""
    return _KINDS.get(type(error), AudioUnusable)(str(error))

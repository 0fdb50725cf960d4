"""The speech recognition that the settings name."""

from collections.abc import Callable

from audio.pcm import HOUSE_RATE, Resampler, from_bytes, to_bytes
from bridge.errors import SettingsError
from bridge.settings import Asr
from bridge.talk.dialogs import OPENAI_URL
from bridge.talk.hearing import Recognition
from dialog.ears import Recognizer
from dialog.errors import DialogPackageError


def recognition_of(asr: Asr) -> Recognition | None:
    """Return what `asr.*` hears with, or None where it names nothing. Raises SettingsError without its package."""
    if asr.model is None:
        return None
    try:
        recognizer = _upload(asr, asr.model) if asr.mode == "upload" else _realtime(asr, asr.model)
    except DialogPackageError as error:
        raise SettingsError(str(error)) from None
    return Recognition(recognizer, asr.timeout_s, asr.language)


def _upload(asr: Asr, model: str) -> Recognizer:
    # Only here, as below: the package that it needs is an extra, and slow to import.
    from dialog.transcriber import OpenAITranscriber  # noqa: PLC0415

    return OpenAITranscriber(
        base_url=str(asr.base_url or OPENAI_URL),
        model=model,
        api_key=asr.api_key,
        prompt=asr.prompt,
        timeout_s=asr.timeout_s,
    )


def _realtime(asr: Asr, model: str) -> Recognizer:
    from dialog.realtime import RATE_OUT, RealtimeTranscriber  # noqa: PLC0415

    return RealtimeTranscriber(
        base_url=str(asr.base_url or OPENAI_URL),
        model=model,
        new_resampler=lambda: _resampler(RATE_OUT),
        api_key=asr.api_key,
        timeout_s=asr.timeout_s,
    )


def _resampler(rate: int) -> Callable[[bytes, bool], bytes]:
    resampler = Resampler(HOUSE_RATE, rate)
    return lambda pcm, last: to_bytes(resampler.push(from_bytes(pcm), last=last))

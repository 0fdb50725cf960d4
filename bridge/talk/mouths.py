"""With whose voice the sessions of this server speak."""

import asyncio
from typing import Protocol

from bridge.errors import SettingsError
from bridge.session.session import Session
from bridge.settings import Settings, Tts
from bridge.talk.dialogs import OPENAI_URL
from bridge.talk.mouth import CloudMouth, Excuse, Mouth
from bridge.talk.own_mouth import OwnMouth
from bridge.talk.own_speech import OwnSpeech, Voice
from dialog.errors import DialogPackageError


class LastingVoice(Voice, Protocol):
    """A voice that holds connections."""

    async def aclose(self) -> None:
        """Close them. May be called twice."""
        ...


class Mouths:
    """The cloud's voice, and `voice` for sessions of mode audio if there is one; `lead_ms` of its sound go ahead."""

    def __init__(self, voice: LastingVoice | None = None, lead_ms: int = 1_000) -> None:
        self._voice = voice
        self._lead_ms = lead_ms

    @classmethod
    def load(cls, settings: Settings) -> "Mouths":
        """Return the voices of these settings. Raises SettingsError where a package is missing."""
        return cls(voice_of(settings.tts), settings.audio.lead_ms)

    def of(self, session: Session, tasks: asyncio.TaskGroup) -> Mouth:
        """Return what speaks in a session; its work is done by tasks of `tasks`."""
        if self._voice is None or session.new.mode != "audio":
            return CloudMouth(session)
        voice, lead_ms = self._voice, self._lead_ms

        def begin(utterance_id: str, excuse: Excuse | None) -> OwnSpeech:
            return OwnSpeech(session, utterance_id, voice, lead_ms, excuse)

        return OwnMouth(session, begin, tasks, CloudMouth(session))

    async def aclose(self) -> None:
        """Release what the voices hold. May be called twice."""
        if self._voice is not None:
            await self._voice.aclose()


def voice_of(tts: Tts) -> LastingVoice | None:
    """Return the voice of these settings, if they have one. Raises SettingsError where a package is missing."""
    if tts.model is None:
        return None
    try:
        # Only here: the package that it needs is an extra, and slow to import.
        from dialog.voice import OpenAIVoice  # noqa: PLC0415
    except DialogPackageError as error:
        raise SettingsError(str(error)) from None
    base_url = str(tts.base_url or OPENAI_URL)
    return OpenAIVoice(base_url=base_url, model=tts.model, voice=tts.voice, api_key=tts.api_key)

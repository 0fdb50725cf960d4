"""A voice model in one session: it hears the questions, answers them, and moves the avatar's lips."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from bridge.errors import SettingsError
from bridge.session.estimate import SpeechRate
from bridge.session.events import Event, StateChanged
from bridge.session.session import Session
from bridge.settings import Settings, VoiceModel
from bridge.talk.dialogs import OPENAI_URL
from bridge.talk.model_speech import ModelSpeech
from bridge.talk.mouth import Excuse, Mouth
from bridge.talk.own_mouth import OwnMouth
from dialog.ears import Transcript
from dialog.errors import DialogPackageError
from dialog.persona import Persona
from dialog.protocol import Dialog, Message

if TYPE_CHECKING:
    from dialog.speech_to_speech import VoiceModel as RealtimeModel


class Model(Protocol):
    """A conversation with a model that hears and speaks itself."""

    async def hear(
        self,
        sound: AsyncIterator[bytes],
        *,
        language: str | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> Transcript:
        """Let the model hear somebody; return what it understood. Raises DialogError."""
        ...

    def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str | bytes, None]:
        """Yield the words of the answer and its sound, as in `VOICE`. Raises DialogError."""
        ...

    async def check(self) -> None:
        """Connect, and let the model take its settings. Raises DialogError."""
        ...

    async def aclose(self) -> None:
        """Close the connection. May be called twice."""
        ...


class Partner:
    """Joins a model to a session, until that ends. What is no answer is spoken by `other`."""

    def __init__(self, session: Session, model: Model, other: Mouth, tasks: asyncio.TaskGroup, lead_ms: int) -> None:
        self.model = model
        self.is_over = False
        self._tasks = tasks
        rate = SpeechRate()

        def begin(utterance_id: str, _excuse: Excuse | None) -> ModelSpeech:
            return ModelSpeech(session, utterance_id, lead_ms, rate, other)

        self.mouth = OwnMouth(session, begin, tasks, other, answers_only=True)
        session.follow(self._follow)

    def aloud(self, utterance_id: str) -> Dialog:
        """Return what answers one question: its words are yielded, its sound is this utterance's."""
        return _Aloud(self.model, self.mouth.speech(utterance_id))

    async def aclose(self) -> None:
        """Let the model go. May be called twice."""
        self.is_over = True
        await self.model.aclose()

    def _follow(self, event: Event, _now: float) -> None:
        if isinstance(event, StateChanged) and event.state in {"closed", "failed"}:
            self._tasks.create_task(self.aclose(), name="partner-leaves")


class _Aloud:
    """A `Dialog` of one answer."""

    def __init__(self, model: Model, speech: ModelSpeech) -> None:
        self._model = model
        self._speech = speech

    async def answer(self, history: Sequence[Message], message: str) -> AsyncGenerator[str, None]:
        """Yield the words of the answer as they come."""
        async with aclosing(self._model.answer(history, message)) as pieces:
            async for piece in pieces:
                if isinstance(piece, str):
                    yield piece
                else:
                    self._speech.sound(piece)

    async def aclose(self) -> None:
        """Keep the model: it is the session's."""


class Partners:
    """The voice models of this server's sessions, one each."""

    def __init__(self, section: VoiceModel, lead_ms: int) -> None:
        self._section = section
        self._lead_ms = lead_ms
        self._partners: list[Partner] = []

    @classmethod
    def load(cls, settings: Settings) -> "Partners":
        """Return what the settings have. Raises SettingsError where a package is missing."""
        if settings.voice_model.model is not None:
            _voice_model()
        return cls(settings.voice_model, settings.audio.lead_ms)

    def of(self, session: Session, persona: Persona, other: Mouth, tasks: asyncio.TaskGroup) -> Partner:
        """Return the partner of a session."""
        model = model_of(self._section, persona.system_prompt)
        partner = Partner(session, model, other, tasks, self._lead_ms)
        self._partners = [*(each for each in self._partners if not each.is_over), partner]
        return partner

    async def aclose(self) -> None:
        """Let all go. May be called twice."""
        partners, self._partners = self._partners, []
        for partner in partners:
            await partner.aclose()


def model_of(section: VoiceModel, instructions: Callable[[str], str]) -> Model:
    """Return a conversation with the model of these settings. Raises SettingsError where a package is missing."""
    assert section.model is not None
    return _voice_model()(
        base_url=str(section.base_url or OPENAI_URL),
        model=section.model,
        voice=section.voice,
        transcription=section.transcription,
        instructions=instructions,
        api_key=section.api_key,
    )


def _voice_model() -> "type[RealtimeModel]":
    try:
        # Only here: the package that it needs is an extra, and slow to import.
        from dialog.speech_to_speech import VoiceModel as RealtimeModel  # noqa: PLC0415
    except DialogPackageError as error:
        raise SettingsError(str(error)) from None
    return RealtimeModel

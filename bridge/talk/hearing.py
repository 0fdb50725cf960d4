"""The listening side of one conversation: what is understood, and what is said when nothing can be."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from audio.voice import SileroVoiceActivity, VoiceActivity
from bridge.errors import BridgeError
from bridge.session.events import PartialTranscript
from bridge.session.session import Session
from bridge.talk.ears import Ears
from bridge.talk.turntaking import TurnTaking
from bridge.talk.voice import VoiceFormat, VoiceSink
from bridge.talk.voice_listener import Listener
from dialog.ears import Recognizer
from dialog.errors import DialogError
from dialog.turnevents import DropListening, Effect, FinishListening, Listen, Partial, Unheard
from dialog.turnevents import Final as FinalTranscript

log = structlog.stdlib.get_logger("bridge.talk")


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a server hears people with; a transcript takes `timeout_s` at most, a `language` is a hint (ISO 639-1)."""

    recognizer: Recognizer
    timeout_s: float = 8.0
    language: str | None = None
    detect: Callable[[], VoiceActivity] = SileroVoiceActivity


class Hearing:
    """Joins a microphone and the speech recognition to the turn-taking.

    When the recognition fails, `apologise` is called, once until it works again.
    """

    def __init__(
        self,
        means: Recognition,
        session: Session,
        turns: TurnTaking,
        tasks: asyncio.TaskGroup,
        apologise: Callable[[], object],
    ) -> None:
        self._session = session
        self._turns = turns
        self._apologise = apologise
        self._apologised = False
        self._shown = False
        self._ears = Ears(
            means.recognizer, tasks, self._understood, self._failed, worked=self._works, language=means.language
        )
        self._listener = Listener(self._ears, tasks, turns.receive, session.measures.sound_unheard, means.detect)

    @property
    def speech_ended_at(self) -> float:
        """When somebody was last heard to speak, in monotonic seconds."""
        return self._listener.speech_ended_at

    def open(self, wanted: VoiceFormat) -> VoiceSink:
        """Begin to listen to a microphone, in place of the one before."""
        return self._listener.open(wanted)

    def carry_out(self, effect: Effect) -> None:
        """Do what the turns want done with ears; other effects are for others."""
        match effect:
            case Listen(ear):
                self._ears.listen(ear)
            case FinishListening(ear):
                self._ears.finish(ear)
            case DropListening(ear):
                self._ears.drop(ear)
                if self._shown:
                    self._show("")
            case Unheard():
                # What pages may have shown of it is taken back.
                self._show("")
            case _:
                pass

    def forget(self) -> None:
        """Drop what was heard so far; the microphone stays open. The next person is told anew of a failure."""
        self._ears.close()
        self._apologised = False

    def close(self) -> None:
        """Hear nothing more. May be called twice."""
        self._listener.close()
        self._ears.close()

    def _understood(self, told: Partial | FinalTranscript) -> None:
        self._turns.receive(told)
        if isinstance(told, Partial) and self._turns.is_for_all(told.text):
            self._show(told.text)

    def _show(self, text: str) -> None:
        self._shown = bool(text)
        self._session.whisper(PartialTranscript(who="user", text=text))

    def _failed(self, error: DialogError) -> None:
        log.warning("asr_failed", session_id=self._session.session_id, code=error.code, error=str(error))
        self._session.measures.asr_failed(error.code)
        if self._apologised or self._turns.is_busy:
            return
        try:
            self._apologise()
        except BridgeError as refused:
            log.info("asr_apology_unsaid", session_id=self._session.session_id, code=refused.code)
        else:
            self._apologised = True

    def _works(self) -> None:
        self._apologised = False

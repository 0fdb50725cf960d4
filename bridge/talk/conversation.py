"""What is said in one session: texts as they are given, and questions, in writing or aloud, that its dialog answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Literal

import structlog

from bridge.errors import BridgeError, InvalidRequest, ModeMismatch, NoVoice, SessionEnded
from bridge.session.events import (
    Event,
    Hold,
    Interrupted,
    InterruptSource,
    SentenceChanged,
    StateChanged,
    Transcript,
    TurnChanged,
    TurnState,
    UtteranceChanged,
)
from bridge.session.session import Session
from bridge.session.utterance import ENDS
from bridge.talk.answers import Answers
from bridge.talk.chat import Chat
from bridge.talk.dialogs import Part, Words
from bridge.talk.exchange import Exchange
from bridge.talk.floor import Floor
from bridge.talk.hearing import Hearing, Recognition
from bridge.talk.media import MediaReport, MediaReports
from bridge.talk.mouth import CloudMouth, Mouth
from bridge.talk.silence import Silenced, Silences
from bridge.talk.source import TextSource
from bridge.talk.turntaking import TurnTaking, turns_for
from bridge.talk.voice import VoiceFormat, VoiceOpener, VoiceSink
from bridge.talk.voice_playing import Manner, Playing, begin
from dialog import turnevents as turns
from dialog.timeline import Stage

log = structlog.stdlib.get_logger("bridge.talk")


class Conversation:
    """Speaks in one session, and listens where there are `means` to. At most one question is being answered.

    What is asked, in writing or aloud, what interrupts and what is said goes through one machine (`dialog.turns`).
    Its tasks are those of `tasks`, whose owner ends them.
    """

    def __init__(
        self,
        session: Session,
        part: Part,
        tasks: asyncio.TaskGroup,
        open_voice: VoiceOpener | None = None,
        mouth: Mouth | None = None,
        means: Recognition | None = None,
    ) -> None:
        self.session = session
        self.media = MediaReports()
        self.floor = Floor()
        self._mouth = mouth or CloudMouth(session)
        self._open_voice = open_voice
        self._words = Words(part.persona)
        self._tasks = tasks
        self._silences = Silences()
        self._turns = TurnTaking(turns_for(part, means.timeout_s if means else 0.0), self._carry_out)
        self._answers = Answers(
            session, self._mouth, part, self._words, self.media, tasks, self._turns.receive, self._answered
        )
        self._hearing = None if means is None else Hearing(means, session, self._turns, tasks, self._cannot_hear)
        self._language = self._usual_language = part.persona.default_language
        self._opened: str | None = None
        self._unasked: str | None = None
        self._tail: tuple[turns.Ended, asyncio.TimerHandle] | None = None
        self._acting = self._held = False
        self._held_at = 0.0
        self._shown: TurnState = "idle"
        session.follow(self._follow)

    # What others want said.

    def say(self, text: str, *, interrupt: bool = False, ref: str | None = None) -> str:
        """Have `text` spoken as it is; return the utterance's id. Raises SessionEnded, QueueFull."""
        source = self.open_text(interrupt=interrupt, ref=ref)
        source.feed(text)
        source.end()
        return source.utterance_id

    def open_text(self, *, interrupt: bool = False, ref: str | None = None) -> TextSource:
        """Begin a text that arrives in pieces. Raises as `say`."""
        self.session.touch()
        utterance_id = self._mouth.open(interrupt=interrupt, by="api", ref=ref)
        if interrupt:
            self._answers.cut_tail()
        return TextSource(self._mouth, utterance_id)

    async def play(self, pieces: AsyncIterator[bytes], manner: Manner) -> Playing:
        """Have a file of sound spoken that arrives in `pieces`; return once its first sound is there.

        Raises ModeMismatch, SessionEnded, QueueFull, AudioUnusable, and what the pieces raise.
        """
        self.session.touch()
        return await begin(self.session, pieces, manner, self._tasks)

    # What a person says and does.

    def voice(self, wanted: VoiceFormat) -> VoiceSink:
        """Begin to listen to a microphone.

        Raises ModeMismatch where the avatar cannot speak with a voice from outside, NoVoice, SessionEnded.
        """
        self.session.touch()
        if wanted.purpose == "converse":
            if self._hearing is None:
                raise NoVoice("this server does not listen to what people say; set asr.base_url and asr.model")
            if self.session.is_over:
                raise SessionEnded("the session is over, and nobody listens; create a new one")
            return self._hearing.open(wanted)
        if self.session.new.mode != "audio":
            raise ModeMismatch("this session is for text; create one with mode audio to speak with your own voice")
        if self._open_voice is None:
            raise NoVoice("this server does not listen to microphones")
        return self._open_voice(wanted)

    def chat(self, message: str) -> Chat:
        """Ask the dialog and have its answer spoken; whatever is being said is interrupted.

        Raises SessionEnded, QueueFull, InvalidRequest for what cannot be asked; what fails later is told by the chat.
        """
        self.session.touch()
        if not message.strip():
            raise InvalidRequest("the question must hold more than white space")
        self._opened = self._open_answer(message, "text")
        self._turns.receive(turns.Typed(message))
        assert self._answers.current is not None
        return self._answers.current.chat

    def interrupt(self, scope: Literal["all", "current"], by: InterruptSource) -> tuple[str, ...]:
        """Stop what is being said, and with "all" what waits; return the ids. What still sounds is heard no further."""
        self.session.touch()
        self._answers.cut_tail()
        stopped = self.session.interrupt(scope, by)
        self._turns.receive(turns.Interrupt(by))
        return stopped

    def report(self, client_id: str, report: MediaReport) -> None:
        """Take what a client's player really does."""
        self.media.report(client_id, report)
        self._measure(self._silences.reported(report.utterance_id, report.state, report.at))
        if self._tail is not None and self.media.is_silent(report.utterance_id):
            self._end_tail()

    def reset(self) -> None:
        """Forget the person: stop what is said or waits to be said, and clear the history and the event log."""
        self.interrupt("all", "api")
        self._turns.receive(turns.Forget())
        self._answers.forget()
        self._language = self._usual_language
        if self._hearing is not None:
            self._hearing.forget()
        self.session.forget()

    # What the turns want done.

    def _carry_out(self, effects: Sequence[turns.Effect], event: turns.Event | None) -> None:
        if isinstance(event, turns.VoiceStarted | turns.Pressed):
            self._silences.voice(time.monotonic())
        stopped: int | None = None
        asks = any(isinstance(effect, turns.Ask) for effect in effects)
        for effect in effects:
            match effect:
                case turns.StateChanged(state):
                    self._show(state, unasked=stopped == 0 if state == "interrupted" else self._turns.answering == 0)
                case turns.Stop(stopped):
                    self._stop(effect, replaced=asks)
                case turns.Ask():
                    self._ask(effect, event)
                case turns.SayFiller(turn, text):
                    self._fill(turn, text)
                case _ if self._hearing is not None:
                    self._hearing.carry_out(effect)
                case _:
                    pass
        # Not by the effects: an answer that ends while it is held gives the sound back, too.
        if self._held != self._turns.held:
            self._held, self._held_at = not self._held, time.monotonic()
            self.session.whisper(Hold(held=self._held))

    def _show(self, state: TurnState, *, unasked: bool) -> None:
        """Tell how the exchange with the person stands, of which speech that nobody asked for is no part."""
        turn = "idle" if unasked else state
        if turn != self._shown:
            self._shown = turn
            self.session.emit(TurnChanged(turn=turn))

    def _ask(self, ask: turns.Ask, event: turns.Event | None) -> None:
        utterance_id, self._opened = self._opened, None
        try:
            utterance_id = utterance_id or self._open_answer(ask.text, "voice")
        except BridgeError as error:
            log.info("question_lost", session_id=self.session.session_id, code=error.code)
            self._turns.receive(turns.Ended(ask.turn))
            return
        exchange = self._answers.ask(ask.turn, ask.text, utterance_id)
        self._language = ask.language
        if isinstance(event, turns.Final) and self._hearing is not None:
            exchange.timeline.mark(Stage.SPEECH_ENDED, self._hearing.speech_ended_at)
        self.session.emit(Transcript(who="user", text=ask.text, final=True))

    def _fill(self, turn: int, filler: str) -> None:
        exchange = self._answers.running(turn)
        if exchange is not None:
            exchange.fill(filler)

    def _open_answer(self, question: str, by: InterruptSource) -> str:
        """Open the answer's utterance in place of all that is being said or waits."""
        self._acting = True
        try:
            utterance_id = self._answers.open(question, by)
        finally:
            self._acting = False
        self._answers.cut_tail()
        return utterance_id

    def _stop(self, stop: turns.Stop, *, replaced: bool) -> None:
        """End the answer; where it is `replaced`, the utterance that comes after it ends it in the cloud."""
        by: InterruptSource = "api" if stop.by == "timeout" else stop.by
        exchange = self._answers.running(stop.turn) if stop.turn else None
        if exchange is not None:
            if self._held:
                # People have heard nothing more since then.
                exchange.cut(self._held_at - self._answers.delay_s())
            if exchange.producer is not None:
                exchange.producer.cancel()
        self._answers.cut_tail()
        utterance_id = exchange.chat.utterance_id if exchange is not None else self._unasked
        self._unasked = None
        if self._tail is not None:
            self._tail[1].cancel()
            self._tail = None
            if utterance_id is not None:
                # The cloud has nothing to stop any more, but the players have.
                self.session.emit(Interrupted(utterance_ids=(utterance_id,), by=by))
        elif utterance_id is not None and self.session.is_open(utterance_id) and not replaced:
            self._acting = True
            try:
                self.session.interrupt("all", by)
            finally:
                self._acting = False

    # What the session tells.

    def _follow(self, event: Event, now: float) -> None:
        self._answers.receive(event, now)
        match event:
            case SentenceChanged(utterance_id=whose, status="started"):
                self._turns.receive(turns.Sent(self._answers.turn_of(whose) or 0, event.text))
            case UtteranceChanged(utterance_id=whose):
                self._utterance_changed(event, whose, now)
            case Interrupted(utterance_ids=ids):
                self._measure(self._silences.interrupted(ids, event.by, now))
                if not self._acting and self._speaking() in ids:
                    self._turns.receive(turns.Interrupt(event.by))
            case StateChanged(state="closing" | "closed" | "failed"):
                self._close()
            case _:
                pass

    def _utterance_changed(self, event: UtteranceChanged, whose: str, now: float) -> None:
        turn = self._answers.turn_of(whose)
        if event.status == "started":
            self._end_tail()
            self._silences.started(whose)
            if turn is None:
                self._unasked = whose
            self._turns.receive(turns.Started(turn or 0))
        elif event.status in ENDS:
            self._measure(self._silences.over(whose, now))
            if whose == self._unasked:
                self._over(turns.Ended(0), whose, still_sounds=event.status == "ended")

    def _answered(self, exchange: Exchange) -> None:
        """Take note that an answer is over, and all of it is told."""
        self._over(turns.Ended(exchange.number), exchange.chat.utterance_id, still_sounds=exchange.status == "ended")

    def _over(self, ended: turns.Ended, utterance_id: str, *, still_sounds: bool) -> None:
        """End a turn when the players have played what the cloud has said."""
        delay_s = self._answers.delay_s()
        if not still_sounds or delay_s <= 0 or self.media.is_silent(utterance_id) or self._speaking() != utterance_id:
            self._turns.receive(ended)
            return
        self._end_tail()
        self._tail = (ended, asyncio.get_running_loop().call_later(delay_s, self._end_tail))

    def _end_tail(self) -> None:
        tail, self._tail = self._tail, None
        if tail is not None:
            tail[1].cancel()
            self._turns.receive(tail[0])

    def _speaking(self) -> str | None:
        """Return the utterance that the present turn is."""
        current = self._answers.current
        if current is not None and current.number == self._turns.answering:
            return current.chat.utterance_id
        return self._unasked

    def _close(self) -> None:
        """Listen and decide no more: the session is over."""
        if self._hearing is not None:
            self._hearing.close()
        self._turns.close()
        if self._tail is not None:
            self._tail[1].cancel()

    def _measure(self, silenced: Silenced | None) -> None:
        if silenced is not None:
            self.session.measures.silenced(silenced.seconds, silenced.by, silenced.seen)

    def _cannot_hear(self) -> None:
        self.say(self._words.cannot_hear(self._language))

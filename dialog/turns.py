"""Who speaks when: decides when a person has finished, when the avatar answers and when it falls silent. Pure."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Literal

from dialog import turnevents as events
from dialog.fillers import Fillers
from dialog.listening import Listening
from dialog.turnevents import By, Effect, Event, State
from dialog.utterances import Rules, Utterances

__all__ = ["Rules", "Turns"]

_MOST_AWAITED = 2
"""Utterances whose transcripts are awaited at the same time; of more, the oldest is given up."""


class _Timer(Enum):
    HOLD = auto()
    ENDPOINT = auto()
    UTTERANCE = auto()
    FINAL = auto()
    FILLER = auto()
    ANSWER = auto()


class Turns:
    """Turn-taking of one conversation.

    `receive` takes events, `tick` the time when `next_deadline` has come; both return what is to be done, in order.
    At most one answer runs at a time, and every turn gets back to `idle` though events be lost. Events of another
    turn or ear than the present one change nothing.
    """

    def __init__(
        self,
        rules: Rules | None = None,
        *,
        listening: Mapping[str, Listening] | None = None,
        fillers: Mapping[str, Sequence[str]] | None = None,
        languages: Sequence[str] = ("en", "zh"),
        wake_phrases: Sequence[str] = (),
        hands_free: bool = True,
    ) -> None:
        self._rules = rules or Rules()
        self._fillers = Fillers(fillers or {})
        self._utterances = Utterances(
            self._rules, listening=listening or {}, languages=languages, wake_phrases=wake_phrases
        )
        self._hands_free = hands_free
        self._state: State = "idle"
        self._turns = self._ears = 0
        self._answer: int | None = None
        self._speaking = self._held = False
        self._ear: int | None = None
        self._awaited: list[int] = []
        self._voice = self._pressed = False
        self._voice_ended = self._spoke = self._awake = float("-inf")
        self._partial = ""
        self._timers: dict[_Timer, float] = {}
        self._effects: list[Effect] = []
        self._handlers: dict[type[Event], Callable[..., None]] = {
            events.VoiceStarted: self._voice_started,
            events.VoiceEnded: self._voice_has_ended,
            events.Pressed: self._was_pressed,
            events.Released: self._was_released,
            events.HandsFree: self._change_mode,
            events.Muted: self._was_muted,
            events.Forget: self._forget_all,
            events.Partial: self._understood_so_far,
            events.Final: self._understood,
            events.Typed: self._typed,
            events.Interrupt: self._interrupted,
            events.FirstToken: self._first_token,
            events.Sent: self._sent,
            events.Started: self._started,
            events.Ended: self._ended,
        }

    @property
    def state(self) -> State:
        """What the avatar is doing."""
        return self._state

    @property
    def language(self) -> str:
        """The language of the last question."""
        return self._utterances.language

    @property
    def answering(self) -> int | None:
        """The turn whose answer runs, if one does."""
        return self._answer

    @property
    def held(self) -> bool:
        """Whether the speech is to be ducked or paused now; a `Stop` or the end of the answer ends that, too."""
        return self._held

    def is_for_all(self, text: str, now: float) -> bool:
        """Whether people may see what an ear understands: no echo, and nothing said to others before a wake phrase."""
        if self._is_audible(now) and self._utterances.is_echo(text):
            return False
        return not self._is_asleep(now) or self._utterances.wakes(text)

    def receive(self, event: Event, now: float) -> list[Effect]:
        """Take an event."""
        self._handlers[type(event)](event, now)
        return self._flush()

    def tick(self, now: float) -> list[Effect]:
        """Do what is due."""
        while self._timers:
            timer = min(self._timers, key=lambda key: self._timers[key])
            if self._timers[timer] > now:
                break
            del self._timers[timer]
            self._due(timer, now)
        return self._flush()

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        return min(self._timers.values(), default=None)

    def _due(self, timer: _Timer, now: float) -> None:
        match timer:
            case _Timer.HOLD if self._rules.interrupt_by == "voice":
                self._break_in(now)
            case _Timer.HOLD:
                self._resume()
            case _Timer.ENDPOINT | _Timer.UTTERANCE:
                self._finish_ear(now)
            case _Timer.FINAL:
                self._forget_awaited("late")
                self._settle()
            case _Timer.FILLER:
                self._say_filler()
            case _Timer.ANSWER:
                self._stop("timeout", now)
                self._settle()

    # What the microphone brings.

    def _voice_started(self, _event: events.VoiceStarted, now: float) -> None:
        if not self._hands_free or self._voice:
            return
        self._voice = True
        if self._pressed:
            return
        self._timers.pop(_Timer.ENDPOINT, None)
        if self._ear is None:
            self._open_ear(now)
        self._suspect(now)
        self._settle()

    def _voice_has_ended(self, _event: events.VoiceEnded, now: float) -> None:
        self._voice, self._voice_ended = False, now
        if self._ear is None or self._pressed:
            return
        if self._answer is None:
            self._set_endpoint(now)
        else:
            # Too short to interrupt: the speech goes on while the few words are looked at.
            self._resume()
            self._finish_ear(now)

    def _was_pressed(self, _event: events.Pressed, now: float) -> None:
        if self._pressed:
            return
        self._pressed = True
        self._stop("voice", now)
        self._drop_ear()
        self._open_ear(now)
        self._settle()

    def _was_released(self, _event: events.Released, now: float) -> None:
        if self._pressed:
            self._pressed = False
            self._finish_ear(now)

    def _change_mode(self, event: events.HandsFree, now: float) -> None:
        self._hands_free = event.on
        if not event.on and not self._pressed:
            self._voice = False
            self._resume()
            self._drop_ear()
            self._settle()

    def _was_muted(self, _event: events.Muted, now: float) -> None:
        self._voice = self._pressed = False
        self._finish_ear(now)
        self._settle()

    def _forget_all(self, _event: events.Forget, now: float) -> None:
        self._stop("api", now)
        self._drop_ear()
        self._forget_awaited("stop")
        self._utterances.forget()
        self._spoke = self._awake = float("-inf")
        self._settle()

    def _understood_so_far(self, event: events.Partial, now: float) -> None:
        if event.ear != self._ear:
            return
        self._partial = event.text
        if self._answer is not None:
            if self._is_audible(now) and self._utterances.is_echo(event.text):
                self._resume()  # and listen on: a person may talk over it
            elif self._utterances.is_interruption(event.text):
                self._break_in(now)
        elif _Timer.ENDPOINT in self._timers:
            self._set_endpoint(now)

    def _understood(self, event: events.Final, now: float) -> None:
        if event.ear in self._awaited:
            self._awaited.remove(event.ear)
            if not self._awaited:
                self._timers.pop(_Timer.FINAL, None)
        elif event.ear == self._ear:
            self._resume()
            self._close_ear()
        else:
            return
        self._judge(event.ear, event.text, now)
        self._settle()

    def _judge(self, ear: int, text: str, now: float) -> None:
        """Find out whether an utterance is a question, and ask it."""
        verdict = self._utterances.judge(
            text,
            busy=self._answer is not None,
            audible=self._is_audible(now),
            asleep=self._is_asleep(now),
        )
        match verdict.kind:
            case "question":
                self._stop("voice", now)
                self._ask(verdict.question, now)
            case "awake":
                self._stop("voice", now)
                self._awake = now + self._rules.awake_s
                self._effects.append(events.Awake())
            case reason:
                if reason == "stop":
                    self._stop("voice", now)
                self._effects.append(events.Unheard(ear, reason))

    def _open_ear(self, now: float) -> None:
        self._ears += 1
        self._ear, self._partial = self._ears, ""
        self._timers[_Timer.UTTERANCE] = now + self._rules.utterance_s
        self._effects.append(events.Listen(self._ears))

    def _close_ear(self) -> None:
        self._ear = None
        for timer in (_Timer.UTTERANCE, _Timer.ENDPOINT, _Timer.HOLD):
            self._timers.pop(timer, None)

    def _drop_ear(self) -> None:
        if self._ear is not None:
            self._effects.append(events.DropListening(self._ear))
            self._close_ear()

    def _finish_ear(self, now: float) -> None:
        if self._ear is None:
            return
        self._resume()
        ear = self._ear
        self._close_ear()
        self._awaited.append(ear)
        self._timers[_Timer.FINAL] = now + self._rules.final_s
        self._effects.append(events.FinishListening(ear))
        while len(self._awaited) > _MOST_AWAITED:
            self._forget(self._awaited.pop(0), "late")

    def _forget_awaited(self, reason: Literal["late", "stop"]) -> None:
        for ear in self._awaited:
            self._forget(ear, reason)
        self._awaited.clear()
        self._timers.pop(_Timer.FINAL, None)

    def _forget(self, ear: int, reason: Literal["late", "stop"]) -> None:
        self._effects += [events.DropListening(ear), events.Unheard(ear, reason)]

    def _set_endpoint(self, now: float) -> None:
        self._timers[_Timer.ENDPOINT] = max(self._voice_ended + self._utterances.patience(self._partial), now)

    # Whether it is an interruption.

    def _suspect(self, now: float) -> None:
        """Pause the speech at the first sound of a voice; what it is will show."""
        if self._answer is None or not self._voice or self._pressed or self._ear is None:
            return
        if self._speaking and not self._held:
            self._held = True
            self._effects.append(events.Hold(self._answer))
        self._timers.setdefault(_Timer.HOLD, now + self._rules.hold_s)

    def _is_audible(self, now: float) -> bool:
        return self._speaking or now < self._spoke + self._rules.echo_s

    def _is_asleep(self, now: float) -> bool:
        return self._answer is None and now > self._awake

    def _break_in(self, now: float) -> None:
        self._stop("voice", now)
        self._settle()
        if self._ear is not None and not self._voice and not self._pressed:
            self._set_endpoint(now)

    def _resume(self) -> None:
        self._timers.pop(_Timer.HOLD, None)
        if self._held and self._answer is not None:
            self._effects.append(events.Resume(self._answer))
        self._held = False

    # What happens to an answer.

    def _typed(self, event: events.Typed, now: float) -> None:
        if not event.text.strip():
            return
        self._stop("text", now)
        self._drop_ear()
        self._forget_awaited("stop")
        self._ask(event.text, now)
        self._settle()

    def _interrupted(self, event: events.Interrupt, now: float) -> None:
        self._stop(event.by, now)
        self._forget_awaited("stop")
        if self._ear is not None and not self._voice and not self._pressed:
            self._drop_ear()
        self._settle()

    def _ask(self, text: str, now: float) -> None:
        self._turns += 1
        language = self._utterances.asked(text)
        self._answer = self._turns
        self._timers[_Timer.FILLER] = now + self._rules.filler_s
        self._timers[_Timer.ANSWER] = now + self._rules.answer_s
        self._effects.append(events.Ask(self._turns, text, language))
        self._suspect(now)

    def _first_token(self, event: events.FirstToken, now: float) -> None:
        if event.turn == self._answer:
            self._timers.pop(_Timer.FILLER, None)

    def _sent(self, event: events.Sent, now: float) -> None:
        if event.turn == self._answer or event.turn == 0:
            self._utterances.spoke(event.clause)

    def _started(self, event: events.Started, now: float) -> None:
        if event.turn == 0 and self._answer is None:
            self._answer = 0
        if event.turn != self._answer or self._speaking:
            return
        self._speaking = True
        self._timers.pop(_Timer.FILLER, None)
        self._timers[_Timer.ANSWER] = now + self._rules.speech_s
        if self._pressed:
            self._break_in(now)  # whoever holds the button has the word
            return
        self._suspect(now)
        self._settle()

    def _ended(self, event: events.Ended, now: float) -> None:
        if event.turn != self._answer:
            return
        self._over(now)
        if self._ear is not None and not self._voice and not self._pressed:
            self._set_endpoint(now)
        self._settle()

    def _over(self, now: float) -> None:
        if self._speaking:
            self._spoke = now
        self._awake = now + self._rules.awake_s
        self._answer = None
        self._speaking = self._held = False
        for timer in (_Timer.FILLER, _Timer.ANSWER, _Timer.HOLD):
            self._timers.pop(timer, None)

    def _stop(self, by: By, now: float) -> None:
        """End the answer if there is one; the caller settles."""
        if self._answer is None:
            return
        self._effects.append(events.Stop(self._answer, by))
        self._over(now)
        self._enter("interrupted")

    def _say_filler(self) -> None:
        if self._pressed:
            return
        filler = self._fillers.next(self._utterances.language) if self._answer else None
        if self._answer is not None and filler is not None:
            self._effects.append(events.SayFiller(self._answer, filler))

    # The state that people see.

    def _settle(self) -> None:
        if self._answer is not None:
            self._enter("speaking" if self._speaking else "thinking")
        elif self._ear is not None or self._awaited:
            self._enter("listening")
        else:
            self._enter("idle")

    def _enter(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._effects.append(events.StateChanged(state))

    def _flush(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        return effects
